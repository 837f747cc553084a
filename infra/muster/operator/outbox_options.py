"""The options of `muster outbox`, and its output."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from muster.operator.options import parser_of, show_all

LEFT = 1
"""The exit status when messages that could be sent are left."""


def add(nouns: Any) -> None:
    """Add the command `outbox`."""
    summary = "show messages to gateways and letters to workers that were not sent, and send them"
    verbs = nouns.add_parser("outbox", help=summary).add_subparsers(required=True, metavar="list|retry")
    for verb, what, run in (
        ("list", "show the messages to gateways and the letters to workers that were not sent, without their content", _list),
        ("retry", "send the messages and letters that were not sent, each gateway's in order; exits with 1 when some of them fail", _retry),
    ):
        parser_of(verbs, verb, what, run).add_argument(
            "--sn", help="only messages to this gateway (default: all, and letters, which reads the whole table)"
        )


def _list(options: argparse.Namespace) -> int:
    from muster.operator import letters, outbox

    return show_all(options, _both(options, outbox.unsent, letters.unsent), _in_words)


def _retry(options: argparse.Namespace) -> int:
    from muster.operator import letters, outbox

    retried = list(_both(options, outbox.retry, letters.retry))
    show_all(options, retried, _in_words)
    return LEFT if any(each.left for each in retried) else 0


def _both(
    options: argparse.Namespace, messages: Callable[[str | None], Iterable[Any]], letters: Callable[[], Iterable[Any]]
) -> Iterator[Any]:
    """Messages to gateways, then the letters to workers, unless only one gateway is asked for."""
    yield from messages(options.sn)
    if options.sn is None:
        yield from letters()


def _in_words(of: Any) -> str:
    from muster.operator import letters, outbox

    return letters.in_words(of) if isinstance(of, letters.UnsentLetter) else outbox.in_words(of)
