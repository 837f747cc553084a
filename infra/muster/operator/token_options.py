"""The options of `muster token`, and its output."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fleet.tokens.scopes import DEVICE_SCOPES, SCOPES
from muster.operator.options import of_organization, parser_of, show, show_all

if TYPE_CHECKING:
    from muster.operator.access_token import CreatedToken, TokenState

_OF_DEVICE = f"make it the token of this device, which sees and commands only that; its scopes are {' or '.join(sorted(DEVICE_SCOPES))}"


def add(nouns: Any) -> None:
    """Add the command `token`."""
    summary = "create, list and revoke access tokens"
    verbs = nouns.add_parser("token", help=summary).add_subparsers(required=True, metavar="create|list|revoke")
    _options(parser_of(verbs, "create", "make an access token; its text is shown once", _create))
    of_organization(parser_of(verbs, "list", "list the access tokens of an organization, also those that have expired", _list))
    one = of_organization(parser_of(verbs, "revoke", "refuse an access token from the next request on, for good", _revoke))
    one.add_argument("--token", required=True, metavar="ID", help="the id of the token, as `muster token list` shows it")


def _options(parser: argparse.ArgumentParser) -> None:
    of_organization(parser)
    parser.add_argument("--name", required=True, help="what it is for")
    one_of = f"one of {', '.join(SCOPES)}; give it again for more"
    parser.add_argument("--scope", required=True, action="append", type=_scope, choices=SCOPES, metavar="SCOPE", help=one_of)
    parser.add_argument("--owner-email", metavar="EMAIL", help="where results are mailed that go to no other address")
    parser.add_argument("--device", metavar="ID", help=_OF_DEVICE)
    parser.add_argument("--allow", action="append", default=[], metavar="ID", help="a device that the token of a device sees besides it")
    parser.add_argument("--days", type=int, help="days until it expires (default: it does not)")


def _scope(text: str) -> str:
    if "," in text:
        raise argparse.ArgumentTypeError(f"takes one scope: {' '.join(f'--scope {each.strip()}' for each in text.split(','))}")
    return text


def _create(options: argparse.Namespace) -> int:
    from muster.operator import access_token

    request = access_token.TokenRequest(
        organization=options.organization,
        name=options.name,
        scopes=tuple(options.scope),
        owner_email=options.owner_email,
        device=options.device,
        allow=tuple(options.allow),
        days=options.days,
    )
    return show(options, access_token.create(request), _created_text)


def _list(options: argparse.Namespace) -> int:
    from muster.operator import access_token

    return show_all(options, access_token.list_all(options.organization), _text)


def _revoke(options: argparse.Namespace) -> int:
    from muster.operator import access_token

    gone = access_token.revoke(options.organization, options.token)
    return show(options, gone, lambda gone: f"Revoked: {_text(gone)}")


def _created_text(result: CreatedToken) -> str:
    return f"{_text(result)}\n  text    {result.token}\nKeep it now: it is not shown again."


def _text(result: TokenState) -> str:
    refused = {"expired": result.expired, "its organization is disabled": not result.organization_active}
    why = "".join(f", {reason}" for reason, holds in refused.items() if holds)
    until = f"until {result.expires:%Y-%m-%d %H:%M} UTC" if result.expires else "without end"
    lines = {
        "id": result.id,
        "scopes": ", ".join(result.scopes),
        "owner": result.owner_email,
        "device": result.device,
        "sees": ", ".join(result.devices),
    }
    more = "".join(f"\n  {name:7} {value}" for name, value in lines.items() if value)
    return f"Access token {result.name}, {until}{why}{more}"
