"""Times as text, and as numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fleet.times import iso_text, unix_ms


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2031, 2, 3, 4, 5, 6, 789_999, UTC), "2031-02-03T04:05:06.789Z"),
        (datetime(2031, 2, 3, tzinfo=UTC), "2031-02-03T00:00:00.000Z"),
        (datetime(2031, 2, 3, 0, 30, tzinfo=timezone(timedelta(hours=1))), "2031-02-02T23:30:00.000Z"),
    ],
)
def test_times_are_in_utc_cut_to_the_millisecond(at: datetime, text: str) -> None:
    assert iso_text(at) == text


@pytest.mark.parametrize(
    ("at", "milliseconds"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 0, 1_999, UTC), 1),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), -1),
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 0),
        (datetime(2026, 1, 5, 10, 10, 0, 123_999, UTC), 1_767_607_800_123),
        (datetime(2039, 1, 1, 0, 0, 0, 2_000, UTC), 2_177_452_800_002),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC), 253_402_300_799_999),
    ],
)
def test_milliseconds_of_a_time_are_cut_and_exact_where_floats_are_not(at: datetime, milliseconds: int) -> None:
    assert unix_ms(at) == milliseconds
