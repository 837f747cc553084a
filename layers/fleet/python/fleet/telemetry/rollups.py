"""Rollups: hours and days of a series, recomputed from what they summarise.

The hours of a series are summarised up to the newest one; what came in after that is read as it came in. So an open
hour, in which reports still arrive, costs nothing, and a settled one is written once, when the first report of a later
hour comes in. A report that belongs to a settled hour (late, replaced, or out of order) has that hour and its day
recomputed. Whatever comes again finds the same and changes nothing.

The hours of a day are written together with the day, days in their order: so a call that ends halfway leaves every hour
up to the newest one in place. A day is only replaced where it is still the sum of the hours that were read: of two calls
for one series at once, which the stream may make, the second is repeated, and sees what the first one wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby

from fleet.access import Reach
from fleet.aws import series_rows
from fleet.grants import needs
from fleet.telemetry.kinds import DAY, DAY_ROWS, HOUR, HOUR_ROWS, RAW_ROWS, Series, Step, day_of, hour_of, summaries

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Rollups:
    """The summaries of series (access-patterns.md P4)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:Query", keys=[*RAW_ROWS, *HOUR_ROWS])
    @needs("SeriesTable", "dynamodb:PutItem", keys=[*HOUR_ROWS, *DAY_ROWS])
    def settle(reach: Reach, pk: str, keys: Iterable[str]) -> int:
        """P4: bring the summaries of a series up to date after rows with these keys came in or changed; how many hours were written.

        For the worker, whose reach is everything. An error is a fault: the call is to be repeated.
        """
        reach.demand_change(None, "Device")
        series = Series.named(pk)
        touched = {hour_of(series.kind.time(key)) for key in keys}
        newest = series.newest()
        hours: dict[datetime, Step] = {}
        open_from = _FIRST if newest is None else newest.at + HOUR
        for hour in sorted(hour for hour in touched if hour < open_from):
            hours |= _settled(series, hour, hour + HOUR)
        if open_from < max(touched):
            hours |= _settled(series, open_from, max(touched))
        for day, group in groupby(sorted(hours), key=day_of):
            _write(series, day, {hour: hours[hour] for hour in group})
        return len(hours)


def _settled(series: Series, start: datetime, end: datetime) -> dict[datetime, Step]:
    """The hours of a time from what came in, as far as anything did."""
    reports = series.reports(start, end)
    return {hour: Step.of(hour, group) for hour, group in groupby(reports, key=lambda report: hour_of(report.at))}


def _write(series: Series, day: datetime, hours: dict[datetime, Step]) -> None:
    """Write hours of a day and the day in one transaction, unless another call has written the day since its hours were read."""
    before = {hour.at: hour for hour in summaries(series.hours, day, day + DAY)}
    whole = _row(series.days, _sum(day, before | hours))
    replaced = _row(series.days, _sum(day, before)) if before else None
    series_rows.store_all([whole, *(_row(series.hours, hour) for hour in hours.values())], replaced)


def _sum(day: datetime, hours: Mapping[datetime, Step]) -> Step:
    return Step.of(day, (hours[hour] for hour in sorted(hours)))


def _row(pk: str, step: Step) -> series_rows.Row:
    numbers = {name: stat.numbers for name, stat in step.stats.items()}
    return {
        "pk": {"S": pk},
        "sk": {"S": series_rows.second(step.at)},
        "n": {"N": str(step.count)},
        "body": {"S": json.dumps(numbers, separators=(",", ":"))},
        "ttl": series_rows.expiry(step.at),
    }
