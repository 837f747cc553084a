"""The options of `muster job`, and its output."""

from __future__ import annotations

import argparse
from typing import Any

from muster.operator.options import of_organization, parser_of, show_all


def add(nouns: Any) -> None:
    """Add the command `job`."""
    summary = "show jobs, and make one go on that was given up"
    verbs = nouns.add_parser("job", help=summary).add_subparsers(required=True, metavar="list|show|retry")
    of_organization(parser_of(verbs, "list", "list the jobs of an organization, the newest first", _list))
    for verb, what, run in (
        ("show", "show how far a job is", _show),
        ("retry", "make a job go on, also one that was given up, with the objects that it has not come to", _retry),
    ):
        parser_of(verbs, verb, what, run).add_argument("--job", required=True, metavar="ID", help="its id, as the API or the list shows it")


def _list(options: argparse.Namespace) -> int:
    from muster.operator import job

    return show_all(options, job.of_organization(options.organization), job.in_words)


def _show(options: argparse.Namespace) -> int:
    from muster.operator import job

    return show_all(options, [job.show(options.job)], job.in_words)


def _retry(options: argparse.Namespace) -> int:
    from muster.operator import job

    return show_all(options, [job.retry(options.job)], job.in_words)
