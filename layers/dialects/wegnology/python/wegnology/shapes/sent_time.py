"""Times in bodies: when something was measured, or is commanded (wegnology.md 3.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

_SECONDS_BELOW = 10**11
"""Numbers below are seconds: as milliseconds they would be before March 1973."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


def _checked(given: Any) -> Any:
    match given:
        case bool():
            pass
        case str() | int() | float() | {"$date": str()} if not isinstance(given, dict) or len(given) == 1:
            return given
    raise ValueError("must be a text, a number, or an object of a text $date")


SentTime = Annotated[
    Any,
    AfterValidator(_checked),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number"]},
                {"type": "object", "properties": {"$date": {"type": "string"}}, "required": ["$date"], "additionalProperties": False},
            ]
        }
    ),
]
"""A time in a body, as it was sent: `time_of` reads it."""


def time_of(sent: Any, now: datetime) -> datetime:
    """The time that was sent: seconds or milliseconds since the epoch, milliseconds before now where negative, or a text in ISO 8601.

    None, 0 and a text that is no time are now. What lies before the epoch or behind the year 9999 is the first or the last time there is.
    """
    match sent:
        case None | 0:
            return now
        case {"$date": text}:
            return _of_text(text, now)
        case str():
            return _of_text(sent, now)
        case _:
            return _of_number(sent, now)


def _of_number(sent: float, now: datetime) -> datetime:
    since = now.timestamp() + sent / 1000 if sent < 0 else sent if sent < _SECONDS_BELOW else sent / 1000
    return _FIRST + timedelta(milliseconds=round(min(max(since, 0), _LAST.timestamp()) * 1000))


def _of_text(sent: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(sent.strip())
    except ValueError:
        return now
    try:
        return max(_FIRST, (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC))
    except OverflowError:
        return _FIRST if at.year == 1 else _LAST
