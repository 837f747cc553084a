"""The options of `muster outbox`, and its output."""

from __future__ import annotations

import argparse
from typing import Any

from muster.operator.options import parser_of, show_all

LEFT = 1
"""The exit status when messages that could be sent are left."""


def add(nouns: Any) -> None:
    """Add the command `outbox`."""
    summary = "show messages to gateways that were not sent, and send them"
    verbs = nouns.add_parser("outbox", help=summary).add_subparsers(required=True, metavar="list|retry")
    for verb, what, run in (
        ("list", "show the messages to gateways that were not sent, without their content", _list),
        ("retry", "send the messages to gateways that were not sent, in their order; exits with 1 when some of them fail", _retry),
    ):
        parser_of(verbs, verb, what, run).add_argument(
            "--sn", help="only those to this gateway (default: all, which reads the whole table)"
        )


def _list(options: argparse.Namespace) -> int:
    from muster.operator import outbox

    return show_all(options, outbox.unsent(options.sn), outbox.in_words)


def _retry(options: argparse.Namespace) -> int:
    from muster.operator import outbox

    retried = list(outbox.retry(options.sn))
    show_all(options, retried, outbox.in_words)
    return LEFT if any(each.left for each in retried) else 0
