"""The kinds of series, and how their rows are keyed: those that came in, and what was made of them by the hour and by the day."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fleet.aws import series_rows
from fleet.aws.series_rows import Row
from fleet.grants import ANY
from fleet.telemetry import perf, points, stats
from fleet.telemetry.stats import Stat
from fleet.times import unix_ms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_SECOND = timedelta(seconds=1)


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class SeriesKind:
    """How rows that came in are keyed: the least sort key from a time on, the greatest before a time, and the time of one."""

    prefix: str
    since: Callable[[datetime], str]
    before: Callable[[datetime], str]
    time: Callable[[str], datetime]


def _milliseconds(at: datetime) -> str:
    """Exclusive bound: real keys continue with `#<message id>`."""
    return f"{unix_ms(at):015d}"


def _of_milliseconds(sk: str) -> datetime:
    return datetime.fromtimestamp(int(sk.partition("#")[0]) / 1000, UTC)


def _second_before(at: datetime) -> str:
    return series_rows.second(at - _SECOND)


POINTS = SeriesKind(points.PREFIX, _milliseconds, _milliseconds, _of_milliseconds)
PERF = SeriesKind(perf.PREFIX, series_rows.second, _second_before, datetime.fromisoformat)
KINDS = (POINTS, PERF)
PREFIXES = tuple(kind.prefix for kind in KINDS)
"""What begins the partition keys of rows that come in."""


@dataclass(frozen=True)
class Step:
    """What was measured from a time on: of one report, in an hour or in a day. `count` is the number of reports."""

    at: datetime
    count: int
    stats: Mapping[str, Stat]

    @classmethod
    def of(cls, at: datetime, parts: Iterable[Step]) -> Step:
        """Parts in the order of time, as one."""
        known = list(parts)
        return cls(at, sum(part.count for part in known), stats.together(part.stats for part in known))


@dataclass(frozen=True)
class Series:
    """One series of one device."""

    kind: SeriesKind
    device: str

    @classmethod
    def named(cls, pk: str) -> Series:
        """The series whose incoming rows have this partition key."""
        kind = next(kind for kind in KINDS if pk.startswith(kind.prefix))
        return cls(kind, pk.removeprefix(kind.prefix))

    @property
    def raw(self) -> str:
        return f"{self.kind.prefix}{self.device}"

    @property
    def hours(self) -> str:
        return f"HOURS#{self.raw}"

    @property
    def days(self) -> str:
        return f"DAYS#{self.raw}"

    def reports(self, start: datetime, end: datetime, *, page: int | None = None, backward: bool = False) -> Iterator[Step]:
        """What came in from `start` on and before `end`, both whole seconds."""
        for row in series_rows.read(self.raw, self.kind.since(start), self.kind.before(end), page=page, backward=backward):
            yield Step(self.kind.time(row["sk"]["S"]), 1, stats.of(json.loads(row["body"]["S"])))

    def newest(self) -> Step | None:
        """The newest hour that is summarised."""
        found = series_rows.read(self.hours, "0", "9", page=1, backward=True)
        return next((summary(row) for row in found), None)


def summary(row: Row) -> Step:
    """The hour or day of a row."""
    numbers = json.loads(row["body"]["S"])
    return Step(datetime.fromisoformat(row["sk"]["S"]), int(row["n"]["N"]), {name: Stat.read(five) for name, five in numbers.items()})


def summaries(pk: str, start: datetime, end: datetime) -> Iterator[Step]:
    """The hours or days from `start` on and before `end`."""
    yield from (summary(row) for row in series_rows.read(pk, series_rows.second(start), _second_before(end)))


_ANY = [Series(kind, ANY) for kind in KINDS]
RAW_ROWS, HOUR_ROWS, DAY_ROWS = ([each.raw for each in _ANY], [each.hours for each in _ANY], [each.days for each in _ANY])
"""Patterns of the partition keys of what came in, and of its summaries."""
