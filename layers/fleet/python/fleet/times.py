"""Times as text, and as numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)


def iso_text(at: datetime) -> str:
    """A time in ISO 8601: UTC, to the millisecond (cut, not rounded), as `2031-02-03T04:05:06.789Z`."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def unix_ms(at: datetime) -> int:
    """Milliseconds from the epoch to a time that has a zone, exactly; what is beyond them is cut."""
    return (at - _EPOCH) // timedelta(milliseconds=1)
