"""Hours and days are recomputed from what they summarise, whatever comes late, twice or out of order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from fleet import aws
from fleet.access import EVERYWHERE, Reach
from fleet.errors import NotFound
from fleet.grants import Grant
from fleet.series.charts import Chart, Charts
from fleet.series.kinds import DAY, HOUR, PERF, POINTS, Kind, Step
from fleet.series.rollups import Rollups
from fleet.series.stats import Stat
from functions.workers.rollup.settle import handler
from tests.harness.recorder import Recorder
from tests.workers.series import DEVICE, ORGANIZATION, Key, bucket, changed, load, milliseconds, point, rows

MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(MIDNIGHT + DAY, tick=False):
        yield


def at(hour: float, day: int = 0) -> datetime:
    return MIDNIGHT + timedelta(days=day, hours=hour)


def chart(start: datetime, end: datetime, kind: Kind = POINTS) -> Chart:
    return Charts.chart(EVERYWHERE, ORGANIZATION, DEVICE, start, end, kind)


def hours(pk: str = f"HOURS#POINTS#{DEVICE}") -> dict[str, list[float]]:
    """The settled hours by name: count, sum, least, greatest and last of the first metric."""
    return {row["sk"]["S"][:13]: next(iter(json.loads(row["body"]["S"]).values())) for row in rows(pk)}


def days() -> dict[str, list[float]]:
    return {name[:10]: numbers for name, numbers in hours(f"DAYS#POINTS#{DEVICE}").items()}


class TestSettling:
    """An hour is written when a later one begins."""

    def test_an_open_hour_costs_nothing(self) -> None:
        assert changed(point(at(10.1), cpu=20), point(at(10.3), "n", cpu=30)) == []
        assert hours() == days() == {}

    def test_the_first_report_of_a_later_hour_settles_those_before(self) -> None:
        changed(point(at(8.5), cpu=5), point(at(10.1), cpu=20), point(at(10.3), cpu=30))
        changed(point(at(11), cpu=70))
        assert hours() == {"2026-01-05T08": [1, 5, 5, 5, 5], "2026-01-05T10": [2, 50, 20, 30, 30]}
        assert days() == {"2026-01-05": [3, 55, 5, 30, 30]}

    def test_each_metric_has_its_own_count(self) -> None:
        changed(point(at(1), cpu=1), point(at(1.5), cpu=2, memory=40), point(at(2), cpu=3))
        (row,) = rows(f"HOURS#POINTS#{DEVICE}")
        assert json.loads(row["body"]["S"]) == {"cpu": [2, 3, 1, 2, 2], "memory": [1, 40, 40, 40, 40]}
        assert row["n"] == {"N": "2"}
        assert int(row["ttl"]["N"]) == int((at(1) + timedelta(days=400)).timestamp())

    def test_a_late_report_has_its_hour_and_day_recomputed(self) -> None:
        changed(point(at(10.5), cpu=20), point(at(12), cpu=1))
        changed(point(at(10.1), "late", cpu=40))
        assert hours() == {"2026-01-05T10": [2, 60, 20, 40, 20]}
        assert days() == {"2026-01-05": [2, 60, 20, 40, 20]}

    def test_a_late_report_of_an_hour_without_any_makes_that_hour(self) -> None:
        changed(point(at(8), cpu=1), point(at(12), cpu=2))
        changed(point(at(13), cpu=3), point(at(10), cpu=9))
        assert hours() == {"2026-01-05T08": [1, 1, 1, 1, 1], "2026-01-05T10": [1, 9, 9, 9, 9], "2026-01-05T12": [1, 2, 2, 2, 2]}

    def test_the_same_again_changes_nothing(self) -> None:
        batch = [point(at(10), cpu=20), point(at(11), cpu=30), point(at(12), cpu=40)]
        changed(*batch)
        before = hours(), days()
        changed(*batch)
        changed(batch[0])
        assert (hours(), days()) == before

    def test_days_end_at_midnight_in_utc(self) -> None:
        changed(point(at(23.9), cpu=1), point(at(0, day=1), cpu=2), point(at(1, day=1), cpu=3))
        assert days() == {"2026-01-05": [1, 1, 1, 1, 1], "2026-01-06": [1, 2, 2, 2, 2]}

    def test_a_bucket_that_is_replaced_is_summarised_as_it_is_now(self) -> None:
        changed(bucket(at(10), uplink=5), bucket(at(10.5), uplink=1), bucket(at(11), uplink=7))
        changed(bucket(at(10), seq=2, uplink=50))
        assert hours(f"HOURS#PERF#{DEVICE}") == {"2026-01-05T10": [2, 51, 1, 50, 1]}

    def test_series_and_devices_are_kept_apart(self) -> None:
        changed(point(at(10), cpu=1), bucket(at(10)), point(at(10), device="2" * 24, cpu=9), point(at(11), cpu=2))
        assert hours() == {"2026-01-05T10": [1, 1, 1, 1, 1]}
        assert hours(f"HOURS#PERF#{DEVICE}") == {}

    def test_one_hour_is_recomputed_once_a_batch(self, signed: Recorder) -> None:
        changed(point(at(10), cpu=1), point(at(11), cpu=2))
        batch = [point(at(10, 0) + timedelta(minutes=number), cpu=number) for number in range(1, 20)]
        signed.clear()
        changed(*batch)
        assert signed.requests == ["dynamodb:Query", "dynamodb:Query", "dynamodb:Query", "dynamodb:TransactWriteItems"]

    def test_a_report_in_an_open_hour_costs_one_request(self, signed: Recorder) -> None:
        changed(point(at(10), cpu=1), point(at(11), cpu=2))
        again = point(at(11.5), cpu=3)
        signed.clear()
        changed(again)
        assert signed.requests == ["dynamodb:Query"]


def reports(numbers: random.Random) -> list[tuple[datetime, str, float]]:
    """Reports of three days, at most a few an hour, with hours in which there are none."""
    times = sorted(MIDNIGHT + timedelta(minutes=numbers.randrange(3 * 24 * 60)) for _ in range(60))
    return [(time, f"m{number}", float(numbers.randrange(100))) for number, time in enumerate(times)]


@pytest.mark.parametrize("seed", range(8))
def test_any_order_ends_in_the_same_summaries(seed: int) -> None:
    numbers = random.Random(seed)
    told = reports(numbers)
    disorder = sorted(range(len(told)), key=lambda place: place + numbers.randrange(-12, 12))
    arrived: list[Key] = []
    while disorder:
        batch = [told[disorder.pop(0)] for _ in range(min(len(disorder), numbers.randrange(1, 6)))]
        arrived += [point(time, name, cpu=value) for time, name, value in batch]
        changed(*arrived[-len(batch) :], *numbers.sample(arrived, min(2, len(arrived))))
    for unit, length in ((HOUR, 3 * 24), (DAY, 3)):
        expected = {}
        for number in range(length):
            since = MIDNIGHT + number * unit
            values = [value for time, _, value in told if since <= time < since + unit]
            if values:
                expected[since] = Stat(len(values), sum(values), min(values), max(values), values[-1])
        assert {step.at: step.stats["cpu"] for step in steps_of(unit)} == expected


def steps_of(unit: timedelta) -> list[Step]:
    """The chart of the three days, by the hour or, as the middle of a long time, by the day."""
    wide = timedelta(days=20) if unit == DAY else timedelta(days=7)
    found = chart(MIDNIGHT - wide, MIDNIGHT + 3 * DAY)
    assert found.step == unit
    return found.steps


def test_a_call_that_fails_is_repeated_and_loses_nothing() -> None:
    """The first hour of a new day settles the last of the one before: both are written, or neither and all is done again."""
    changed(point(at(22), cpu=1))
    batch = [point(at(23), cpu=2), point(at(0, day=1), cpu=3), point(at(1, day=1), cpu=4)]
    calls: list[str] = []

    def fail(**_: object) -> None:
        calls.append("transaction")
        if len(calls) == 2:
            raise ConnectionError

    aws.dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", fail, unique_id="fail")
    try:
        assert len(changed(*batch)) == 3
        assert list(days()) == ["2026-01-05"]
        assert changed(*batch) == []
    finally:
        aws.dynamodb().meta.events.unregister("before-call.dynamodb.TransactWriteItems", unique_id="fail")
    assert days() == {"2026-01-05": [2, 3, 1, 2, 2], "2026-01-06": [1, 3, 3, 3, 3]}
    assert len(hours()) == 3


def test_a_series_that_fails_costs_no_other() -> None:
    broken = point(at(10), device="3" * 24, cpu=1)
    row = rows(broken[0])[0]
    load([row | {"body": {"S": "{"}}])
    good = [point(at(10), cpu=1), point(at(11), cpu=2)]
    failed = changed(broken, good[0], point(at(11), device="3" * 24, cpu=2), good[1])
    assert len(failed) == 2
    assert list(hours()) == ["2026-01-05T10"]


def test_only_what_came_in_wakes_the_worker() -> None:
    takes = handler.worker.takes
    assert takes("INSERT", "POINTS#1")
    assert takes("MODIFY", "PERF#1")
    assert not takes("REMOVE", "POINTS#1")
    assert not takes("INSERT", "HOURS#POINTS#1")
    assert json.loads(handler.worker.pattern) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "POINTS#"}, {"prefix": "PERF#"}]}}},
    }


def test_the_worker_may_do_what_it_does(signed: Recorder) -> None:
    batch = [point(at(10), cpu=1), point(at(11), cpu=2)]
    signed.clear()
    changed(*batch)
    assert signed.grants == handler.worker.grants == {Grant("SeriesTable", "dynamodb:Query"), Grant("SeriesTable", "dynamodb:PutItem")}
    assert not handler.worker.layers


def test_only_the_worker_settles() -> None:
    with pytest.raises(NotFound):
        Rollups.settle(Reach.of(ORGANIZATION), f"POINTS#{DEVICE}", [f"{milliseconds(MIDNIGHT):015d}#m"])


class TestCharts:
    """Any time, from about 400 rows."""

    def test_another_organization_sees_nothing(self) -> None:
        with pytest.raises(NotFound):
            Charts.chart(Reach.of("f" * 24), ORGANIZATION, DEVICE, MIDNIGHT, MIDNIGHT + DAY)

    def test_nothing_measured_is_nothing_shown(self) -> None:
        assert chart(MIDNIGHT - DAY, MIDNIGHT).steps == chart(MIDNIGHT - 300 * DAY, MIDNIGHT).steps == []
        assert chart(MIDNIGHT, MIDNIGHT).steps == chart(MIDNIGHT, MIDNIGHT - DAY).steps == []

    def test_a_short_time_is_shown_report_by_report(self) -> None:
        changed(point(at(9.99), cpu=0), point(at(10), cpu=1), point(at(11), cpu=2), point(at(12), cpu=3))
        found = chart(at(10), at(12))
        assert found.step == timedelta()
        assert [(step.at, step.stats["cpu"].mean) for step in found.steps] == [(at(10), 1), (at(11), 2)]

    def test_a_gateway_that_fell_silent_is_shown_to_its_last_report(self) -> None:
        changed(point(at(10), cpu=1), point(at(11), cpu=2), point(at(11.5), cpu=4))
        by_hour, by_day = chart(MIDNIGHT - 10 * DAY, MIDNIGHT + DAY), chart(MIDNIGHT - 100 * DAY, MIDNIGHT + DAY)
        assert [(step.at, step.stats["cpu"].mean) for step in by_hour.steps] == [(at(10), 1), (at(11), 3)]
        assert [(step.at, step.count, step.stats["cpu"].sum) for step in by_day.steps] == [(MIDNIGHT, 3, 7)]

    def test_radio_performance_is_charted_too(self) -> None:
        changed(bucket(at(10), uplink=5, rssi=-90), bucket(at(10.5), uplink=7), bucket(at(11), uplink=1, rssi=-80))
        found = chart(MIDNIGHT - 10 * DAY, MIDNIGHT + DAY, PERF)
        assert [(step.at, step.stats["uplink"].sum, step.count) for step in found.steps] == [(at(10), 12, 2), (at(11), 1, 1)]
        assert found.steps[0].stats["rssi"] == Stat(1, -90, -90, -90, -90)

    @pytest.mark.parametrize(("minutes", "span"), [(10, 1), (10, 2), (10, 7), (10, 16), (10, 30), (1, 1), (1, 10)])
    def test_takes_about_400_rows(self, minutes: int, span: int) -> None:
        """A fleet's device that reports every ten minutes, and one that reports each minute."""
        every, since = timedelta(minutes=minutes), MIDNIGHT - timedelta(days=span)
        times = [since + number * every for number in range(int(span * DAY / every))]
        template = rows(point(times[0], cpu=1)[0])[0]
        keys = [(template["pk"]["S"], f"{milliseconds(time):015d}#m") for time in times]
        load([template | {"sk": {"S": sk}} for _, sk in keys])
        changed(keys[-1])
        with counted() as read:
            found = chart(since, MIDNIGHT)
        assert sum(step.count for step in found.steps) == len(times)
        assert sum(read) <= 440

    def test_the_longest_time_takes_about_400_rows(self) -> None:
        settled = [point(at(number), cpu=1) for number in (0, 1, 2)]
        changed(*settled)
        (day,) = rows(f"DAYS#POINTS#{DEVICE}")
        load([day | {"sk": {"S": f"{MIDNIGHT - number * DAY:%Y-%m-%dT%H:%M:%SZ}"}} for number in range(1, 400)])
        with counted() as read:
            found = chart(MIDNIGHT - 399 * DAY, MIDNIGHT + DAY)
        assert (found.step, len(found.steps), found.steps[-1].count) == (DAY, 400, 3)
        assert sum(read) <= 440


class counted:  # noqa: N801
    """How many rows each query brings."""

    def __enter__(self) -> list[int]:
        self.read: list[int] = []
        aws.dynamodb().meta.events.register("after-call.dynamodb.Query", self._note, unique_id="counted")
        return self.read

    def __exit__(self, *_: object) -> None:
        aws.dynamodb().meta.events.unregister("after-call.dynamodb.Query", unique_id="counted")

    def _note(self, parsed: dict[str, int], **_: object) -> None:
        self.read.append(parsed["Count"])
