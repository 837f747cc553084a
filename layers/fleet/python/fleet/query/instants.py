"""Instants as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fleet.times import unix_ms

_TIME = "T[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]+)?)?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_ISO_8601 = re.compile(f"[0-9]{{4}}(?:-[0-9]{{2}})?|(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{8}})(?:{_TIME})?")
_FIRST = {len("2031"): "-01-01", len("2031-02"): "-01"}
"""What makes a date of a year and of a month, by the length of these."""


def milliseconds(text: str) -> int | None:
    """Milliseconds since the epoch of an ISO 8601 text (year, month, date, or date and time; in UTC where it names no zone), or None.

    Digits beyond milliseconds are dropped.
    """
    if not _ISO_8601.fullmatch(text):
        return None
    try:
        named = datetime.fromisoformat(text + _FIRST.get(len(text), ""))
    except ValueError:
        return None
    return unix_ms(named if named.tzinfo else named.replace(tzinfo=UTC))
