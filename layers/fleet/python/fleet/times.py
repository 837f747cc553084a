"""Times as text."""

from __future__ import annotations

from datetime import UTC, datetime


def iso_text(at: datetime) -> str:
    """A time in ISO 8601: UTC, to the millisecond (cut, not rounded), as `2031-02-03T04:05:06.789Z`."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
