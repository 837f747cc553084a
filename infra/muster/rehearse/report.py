"""The report of a rehearsal: a line for each route and worker, then what is wrong."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from muster.rehearse.walk import Row

_MISSING = re.compile(r"No module named '[^']+'")
_LONGEST = 300


def table(rows: Sequence[Row]) -> str:
    """Route, status, milliseconds of the first and of a later call."""
    lines = [f"{'route':32} {'method':8} {'status':>6} {'cold ms':>8} {'warm ms':>8}"]
    for row in rows:
        numbers = f"{_format(row.status):>6} {_format(row.cold):>8} {_format(row.warm):>8}"
        lines.append(f"{row.name:32} {row.method:8} {numbers}  {'FAILED' if row.trouble else ''}".rstrip())
    return "\n".join(lines)


def _format(number: float | None) -> str:
    return "" if number is None else f"{number:.0f}"


def troubles(rows: Iterable[Row], reasons: Mapping[str, Sequence[str]]) -> list[str]:
    """A line for each failed row, with the reasons from the function's log."""
    wrong = {row.name: row.trouble for row in rows if row.trouble}
    lines = [f"{name}: {trouble}{_because(reasons.get(name, ()))}" for name, trouble in wrong.items()]
    return [*lines, *(f"{name}: failed at least once{_because(why)}" for name, why in reasons.items() if why and name not in wrong)]


def _because(reasons: Sequence[str]) -> str:
    return f" ({'; '.join(reasons)})" if reasons else ""


def failures(file: Path) -> dict[str, list[str]]:
    """Reasons of failed invocations by the function's deployed name: those that never reach the function's own log."""
    found: dict[str, list[str]] = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        failure = json.loads(line)
        message = _short(failure["message"])
        if message not in found.setdefault(failure["function"], []):
            found[failure["function"]].append(message)
    return found


def _short(message: str) -> str:
    found = _MISSING.search(message)
    return found[0] if found else message.strip()[:_LONGEST]


def reasons(log: Iterable[str]) -> list[str]:
    """The last lines of the exceptions in a function's log, each once."""
    return list(dict.fromkeys(_short(line["exception"].strip().rpartition("\n")[2]) for line in _lines(log) if line.get("exception")))


def _lines(log: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The lines that are JSON objects; the emulator may join several in one log event."""
    for event in log:
        for line in event.splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict):
                    yield entry
