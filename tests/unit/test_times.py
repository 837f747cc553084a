"""Times as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fleet.times import iso_text


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
