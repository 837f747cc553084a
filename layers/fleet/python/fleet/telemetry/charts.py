"""Charts: a series over any time, from as few rows as its length allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from fleet.access import Reach
from fleet.grants import needs
from fleet.telemetry.kinds import DAY, DAY_ROWS, HOUR, HOUR_ROWS, POINTS, RAW_ROWS, Series, SeriesKind, Step, day_of, hour_of, summaries

MOST = 400
"""Rows that a chart is made of, about: a day that is not over adds its hours, an hour that is not over its reports."""
SHORT = 2 * DAY
"""The longest time that is shown report by report; it has about 300 of a gateway that reports every ten minutes."""


@dataclass(frozen=True)
class Chart:
    """What was measured, oldest first, in rows that are `step` long each; a step of 0 means one row per report.

    Steps begin at whole hours or days in UTC; the first and the last may reach beyond the time that was asked for.
    Those in which nothing came in are left out.
    """

    step: timedelta
    steps: list[Step]


class Charts:
    """Series to look at (access-patterns.md P5)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", keys=[*RAW_ROWS, *HOUR_ROWS, *DAY_ROWS])
    def chart(reach: Reach, organization: str, device: str, start: datetime, end: datetime, kind: SeriesKind = POINTS) -> Chart:
        """P5: a series of a device from `start` on and before `end`: report by report, by the hour or by the day.

        Two days at most are shown report by report, unless the device reports more often than fits into about 400 rows;
        16 days at most by the hour. NotFound when the reach does not cover the organization.
        """
        reach.demand(organization, "Device")
        start, end = start.replace(microsecond=0), _whole(end)
        series = Series(kind, device)
        newest = series.newest()
        if end - start <= SHORT and (end - start) / HOUR * (newest.count if newest else 0) <= MOST:
            reports = list(islice(series.reports(start, end, page=MOST + 1), MOST + 1))
            if len(reports) <= MOST:
                return Chart(timedelta(), reports)
        if (end - start) / HOUR <= MOST:
            return Chart(HOUR, list(_hours(series, newest, hour_of(start), end)))
        return Chart(DAY, list(_days(series, newest, day_of(start), end)))


def _whole(at: datetime) -> datetime:
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


def _hours(series: Series, newest: Step | None, start: datetime, end: datetime) -> Iterator[Step]:
    """The settled hours, then what came in since by the hour."""
    settled = start if newest is None else min(end, max(start, newest.at + HOUR))
    yield from summaries(series.hours, start, settled)
    since = list(islice(series.reports(settled, end, page=MOST, backward=True), MOST))
    for hour, group in groupby(reversed(since), key=lambda report: hour_of(report.at)):
        yield Step.of(hour, group)


def _days(series: Series, newest: Step | None, start: datetime, end: datetime) -> Iterator[Step]:
    """The days that are over, then those since by their hours: only of these it is known which reports they hold."""
    over = start if newest is None else min(end, max(start, day_of(newest.at)))
    yield from summaries(series.days, start, over)
    yield from _by_day(_hours(series, newest, over, end))


def _by_day(hours: Iterable[Step]) -> Iterator[Step]:
    for day, group in groupby(hours, key=lambda hour: day_of(hour.at)):
        yield Step.of(day, group)
