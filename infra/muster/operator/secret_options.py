"""The options of the operator's commands for the deployment's own secrets, and their output."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from muster.operator.options import parser_of, show, show_all

if TYPE_CHECKING:
    from muster.operator.secret import SecretState

_OF = ("credentials", "paging", "sign-in", "links")


def add(nouns: Any) -> None:
    """Add the command `secret`."""
    summary = "replace the secrets behind credentials and tokens by new versions, and retire old ones"
    verbs = nouns.add_parser("secret", help=summary).add_subparsers(required=True, metavar="list|rotate")
    parser_of(verbs, "list", "list the secrets, and since when their versions are used", _list)
    parser = parser_of(verbs, "rotate", "make a new version of a secret, or retire the one before", _rotate)
    parser.add_argument("--of", required=True, choices=_OF, help="what the secret is behind")
    parser.add_argument("--retire", action="store_true", help="show what would end with the version before, in place of making one")
    parser.add_argument("--yes", action="store_true", help="with --retire: do it")


def _list(options: argparse.Namespace) -> int:
    from muster.operator import secret

    return show_all(options, secret.list_all(), _text)


def _rotate(options: argparse.Namespace) -> int:
    from muster.operator import secret

    if options.retire:
        return show(options, secret.retire(options.of, options.yes), _retirement)
    return show(options, secret.rotate(options.of), _text)


def _text(state: SecretState) -> str:
    since = f"{state.used_from:%Y-%m-%d %H:%M:%S} UTC" if state.used_from else "the deployment"
    return f"{state.secret}: version used from {since}" + (f", {state.older} before it accepted" if state.older else "")


def _retirement(state: SecretState) -> str:
    lines = [f"{each.kind} {each.id} of {each.of}" for each in state.ends]
    if state.retired:
        return "\n".join(["Retired. Ended within five minutes:", *(lines or ["no credential"]), _text(state)])
    return "\n".join(["Would end:", *(lines or ["no credential"]), "Nothing is retired yet: repeat the command with --yes to do it"])
