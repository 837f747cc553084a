"""Collects the reports of all places, whichever process made them, for the table of docs/faults.md."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.faults import table
from tests.faults.trial import Report, Tally

PROPERTY = "faults"
"""The property of a test with its place's name and report, as plain values."""
WRITTEN = os.environ.get("FAULTS_WRITTEN")
"""A file to write the table to (`make faults`)."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if WRITTEN:
        tests = [test for outcome in ("passed", "failed") for test in terminalreporter.getreports(outcome)]
        table.write(Path(WRITTEN), dict(_report(*value) for test in tests for name, value in test.user_properties if name == PROPERTY))


def _report(place: str, fields: Any) -> tuple[str, Report]:
    tallies = {kind: Tally(**tally) for kind, tally in fields["tallies"].items()}
    return place, Report(fields["calls"], tallies, fields["wrong"])
