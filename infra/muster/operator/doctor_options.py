"""The options of `muster doctor`, and its output."""

from __future__ import annotations

import argparse
from typing import Any

from fleet.errors import Invalid, Problem
from muster.operator.options import parser_of, show

DIFFERENT = 1
"""The exit status when something differs and is not put right."""


def add(nouns: Any) -> None:
    """Add the command `doctor`."""
    summary = "compare what is stored of devices under other keys, and counted, with the devices"
    verbs = nouns.add_parser("doctor", help=f"registry: {summary}").add_subparsers(required=True, metavar="registry")
    parser = parser_of(verbs, "registry", f"{summary}; exits with 1 when something differs", _examine_registry)
    parser.add_argument("--repair", action="store_true", help="put right what differs, and exit with 0 when all of it is")
    parser.add_argument("--orphans", action="store_true", help="with --repair: also delete rows whose device is not there")


def _examine_registry(options: argparse.Namespace) -> int:
    from muster.operator import doctor

    if options.orphans and not options.repair:
        raise Invalid(Problem(("orphans",), "goes with --repair"))
    diagnosis = doctor.registry(repair=options.repair, orphans=options.orphans)
    show(options, diagnosis, doctor.in_words)
    return 0 if diagnosis.healthy else DIFFERENT
