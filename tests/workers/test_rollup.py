"""Hours and days are recomputed from their points, however late, repeated or out of order reports are."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from fleet.access import EVERYWHERE, Reach
from fleet.aws import clients
from fleet.errors import NotFound
from fleet.grants import Grant
from fleet.telemetry.charts import Chart, Charts
from fleet.telemetry.kinds import DAY, HOUR, PERF, POINTS, SeriesKind, summaries
from fleet.telemetry.rollups import Rollups
from fleet.telemetry.stats import Stat
from functions.workers.rollup.settle import handler
from tests.harness.interference import TRANSACTION, before_first_request
from tests.harness.recorder import Recorder, differences, without_keys
from tests.workers.series import DEVICE, ORGANIZATION, Key, add_bucket, add_point, deliver_changes, insert, milliseconds, rows

MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(MIDNIGHT + DAY, tick=False):
        yield


def at(hour: float, day: int = 0) -> datetime:
    return MIDNIGHT + timedelta(days=day, hours=hour)


def chart(start: datetime, end: datetime, kind: SeriesKind = POINTS) -> Chart:
    return Charts.chart(EVERYWHERE, ORGANIZATION, DEVICE, start, end, kind)


def hours(pk: str = f"HOURS#POINTS#{DEVICE}") -> dict[str, list[float]]:
    """The closed hours by name: count, sum, minimum, maximum and last value of the first metric."""
    return {row["sk"]["S"][:13]: next(iter(json.loads(row["body"]["S"]).values())) for row in rows(pk)}


def days() -> dict[str, list[float]]:
    return {name[:10]: numbers for name, numbers in hours(f"DAYS#POINTS#{DEVICE}").items()}


class TestSettling:
    """An hour is written when a later one begins."""

    def test_an_open_hour_costs_nothing(self) -> None:
        assert deliver_changes(add_point(at(10.1), cpu=20), add_point(at(10.3), "n", cpu=30)) == []
        assert hours() == days() == {}

    def test_the_first_report_of_a_later_hour_settles_those_before(self) -> None:
        deliver_changes(add_point(at(8.5), cpu=5), add_point(at(10.1), cpu=20), add_point(at(10.3), cpu=30))
        deliver_changes(add_point(at(11), cpu=70))
        assert hours() == {"2026-01-05T08": [1, 5, 5, 5, 5], "2026-01-05T10": [2, 50, 20, 30, 30]}
        assert days() == {"2026-01-05": [3, 55, 5, 30, 30]}

    def test_each_metric_has_its_own_count(self) -> None:
        deliver_changes(add_point(at(1), cpu=1), add_point(at(1.5), cpu=2, memory=40), add_point(at(2), cpu=3))
        (row,) = rows(f"HOURS#POINTS#{DEVICE}")
        assert json.loads(row["body"]["S"]) == {"cpu": [2, 3, 1, 2, 2], "memory": [1, 40, 40, 40, 40]}
        assert row["n"] == {"N": "2"}
        assert int(row["ttl"]["N"]) == int((at(1) + timedelta(days=400)).timestamp())

    def test_a_late_report_has_its_hour_and_day_recomputed(self) -> None:
        deliver_changes(add_point(at(10.5), cpu=20), add_point(at(12), cpu=1))
        deliver_changes(add_point(at(10.1), "late", cpu=40))
        assert hours() == {"2026-01-05T10": [2, 60, 20, 40, 20]}
        assert days() == {"2026-01-05": [2, 60, 20, 40, 20]}

    def test_a_late_report_of_an_hour_without_any_makes_that_hour(self) -> None:
        deliver_changes(add_point(at(8), cpu=1), add_point(at(12), cpu=2))
        deliver_changes(add_point(at(13), cpu=3), add_point(at(10), cpu=9))
        assert hours() == {"2026-01-05T08": [1, 1, 1, 1, 1], "2026-01-05T10": [1, 9, 9, 9, 9], "2026-01-05T12": [1, 2, 2, 2, 2]}

    def test_the_same_again_changes_nothing(self) -> None:
        batch = [add_point(at(10), cpu=20), add_point(at(11), cpu=30), add_point(at(12), cpu=40)]
        deliver_changes(*batch)
        before = hours(), days()
        deliver_changes(*batch)
        deliver_changes(batch[0])
        assert (hours(), days()) == before

    def test_days_end_at_midnight_in_utc(self) -> None:
        deliver_changes(add_point(at(23.9), cpu=1), add_point(at(0, day=1), cpu=2), add_point(at(1, day=1), cpu=3))
        assert days() == {"2026-01-05": [1, 1, 1, 1, 1], "2026-01-06": [1, 2, 2, 2, 2]}

    def test_a_bucket_that_is_replaced_is_summarised_as_it_is_now(self) -> None:
        deliver_changes(add_bucket(at(10), uplink=5), add_bucket(at(10.5), uplink=1), add_bucket(at(11), uplink=7))
        deliver_changes(add_bucket(at(10), seq=2, uplink=50))
        assert hours(f"HOURS#PERF#{DEVICE}") == {"2026-01-05T10": [2, 51, 1, 50, 1]}

    def test_series_and_devices_are_kept_apart(self) -> None:
        deliver_changes(add_point(at(10), cpu=1), add_bucket(at(10)), add_point(at(10), device="2" * 24, cpu=9), add_point(at(11), cpu=2))
        assert hours() == {"2026-01-05T10": [1, 1, 1, 1, 1]}
        assert hours(f"HOURS#PERF#{DEVICE}") == {}

    def test_one_hour_is_recomputed_once_a_batch(self, aws_requests: Recorder) -> None:
        deliver_changes(add_point(at(10), cpu=1), add_point(at(11), cpu=2))
        batch = [add_point(at(10, 0) + timedelta(minutes=number), cpu=number) for number in range(1, 20)]
        aws_requests.clear()
        deliver_changes(*batch)
        assert aws_requests.requests == ["dynamodb:Query", "dynamodb:Query", "dynamodb:Query", "dynamodb:TransactWriteItems"]

    def test_a_report_in_an_open_hour_costs_one_request(self, aws_requests: Recorder) -> None:
        deliver_changes(add_point(at(10), cpu=1), add_point(at(11), cpu=2))
        again = add_point(at(11.5), cpu=3)
        aws_requests.clear()
        deliver_changes(again)
        assert aws_requests.requests == ["dynamodb:Query"]


def random_reports(numbers: random.Random) -> list[tuple[datetime, str, float]]:
    """Reports of three days, at most a few an hour, with hours in which there are none."""
    times = sorted(MIDNIGHT + timedelta(minutes=minute) for minute in numbers.sample(range(3 * 24 * 60), 60))
    return [(time, f"m{number}", float(numbers.randrange(100))) for number, time in enumerate(times)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_any_order_ends_in_the_same_summaries(seed: int) -> None:
    numbers = random.Random(seed)
    points = random_reports(numbers)
    disorder = sorted(range(len(points)), key=lambda place: place + numbers.randrange(-12, 12))
    arrived: list[Key] = []
    while disorder:
        batch = [points[disorder.pop(0)] for _ in range(min(len(disorder), numbers.randrange(1, 6)))]
        arrived += [add_point(time, name, cpu=value) for time, name, value in batch]
        deliver_changes(*arrived[-len(batch) :], *numbers.sample(arrived, min(2, len(arrived))))
    by_hour, by_day = expected_summaries(points, HOUR), expected_summaries(points, DAY)
    by_hour.popitem()  # the last hour is open
    assert {step.at: step.stats["cpu"] for step in summaries(f"HOURS#POINTS#{DEVICE}", MIDNIGHT, MIDNIGHT + 3 * DAY)} == by_hour
    assert {step.at: step.stats["cpu"] for step in chart(MIDNIGHT - 20 * DAY, MIDNIGHT + 3 * DAY).steps} == by_day


def expected_summaries(points: list[tuple[datetime, str, float]], unit: timedelta) -> dict[datetime, Stat]:
    """The expected summaries by hour or day; `points` are in order of time."""
    values: dict[datetime, list[float]] = {}
    for time, _, value in points:
        values.setdefault(time - (time - MIDNIGHT) % unit, []).append(value)
    return {since: Stat(len(each), sum(each), min(each), max(each), each[-1]) for since, each in values.items()}


def test_a_call_that_fails_is_repeated_and_loses_nothing() -> None:
    """The first hour of a new day closes the last of the day before: both are written, or neither and the call is repeated."""
    deliver_changes(add_point(at(22), cpu=1))
    batch = [add_point(at(23), cpu=2), add_point(at(0, day=1), cpu=3), add_point(at(1, day=1), cpu=4)]
    calls: list[str] = []

    def fail(**_: object) -> None:
        calls.append("transaction")
        if len(calls) == 2:
            raise ConnectionError

    clients.dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", fail, unique_id="fail")
    try:
        assert len(deliver_changes(*batch)) == 3
        assert list(days()) == ["2026-01-05"]
        assert deliver_changes(*batch) == []
    finally:
        clients.dynamodb().meta.events.unregister("before-call.dynamodb.TransactWriteItems", unique_id="fail")
    assert days() == {"2026-01-05": [2, 3, 1, 2, 2], "2026-01-06": [1, 3, 3, 3, 3]}
    assert len(hours()) == 3


def test_two_calls_for_one_series_at_once_lose_no_hour() -> None:
    """The one that writes the day last is repeated when it has not seen the other's hour."""
    first, late = [add_point(at(22), cpu=1), add_point(at(23), cpu=2)], add_point(at(20), cpu=5)
    deliver_changes(*first)
    other = [add_point(at(0, day=1), cpu=3)]
    with before_first_request(TRANSACTION, lambda: deliver_changes(*other)):
        assert len(deliver_changes(late)) == 1
    assert deliver_changes(late) == []
    assert days()["2026-01-05"] == [3, 8, 1, 5, 2]


def test_a_series_that_fails_costs_no_other() -> None:
    broken = add_point(at(10), device="3" * 24, cpu=1)
    row = rows(broken[0])[0]
    insert([row | {"body": {"S": "{"}}])
    good = [add_point(at(10), cpu=1), add_point(at(11), cpu=2)]
    failed = deliver_changes(broken, good[0], add_point(at(11), device="3" * 24, cpu=2), good[1])
    assert len(failed) == 2
    assert list(hours()) == ["2026-01-05T10"]


def test_only_what_came_in_wakes_the_worker() -> None:
    takes = handler.worker.filter.takes
    assert takes("INSERT", "POINTS#1")
    assert takes("MODIFY", "PERF#1")
    assert not takes("REMOVE", "POINTS#1")
    assert not takes("INSERT", "HOURS#POINTS#1")
    (pattern,) = handler.worker.filter.patterns
    assert json.loads(pattern) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "POINTS#"}, {"prefix": "PERF#"}]}}},
    }


def test_the_worker_may_do_what_it_does(aws_requests: Recorder) -> None:
    batch = [add_point(at(10), cpu=1), add_point(at(11), cpu=2), add_bucket(at(10), uplink=1), add_bucket(at(11), uplink=2)]
    aws_requests.clear()
    deliver_changes(*batch)
    assert differences(aws_requests.grants, handler.worker.grants) == []
    assert without_keys(aws_requests.grants) == {Grant("SeriesTable", "dynamodb:Query"), Grant("SeriesTable", "dynamodb:PutItem")}
    assert not handler.worker.layers


def test_only_the_worker_settles() -> None:
    with pytest.raises(NotFound):
        Rollups.settle(Reach.of(ORGANIZATION), f"POINTS#{DEVICE}", [f"{milliseconds(MIDNIGHT):015d}#m"])


class TestCharts:
    """A chart of any period needs about 400 rows."""

    def test_another_organization_sees_nothing(self) -> None:
        with pytest.raises(NotFound):
            Charts.chart(Reach.of("f" * 24), ORGANIZATION, DEVICE, MIDNIGHT, MIDNIGHT + DAY)

    def test_nothing_measured_is_nothing_shown(self) -> None:
        assert chart(MIDNIGHT - DAY, MIDNIGHT).steps == chart(MIDNIGHT - 300 * DAY, MIDNIGHT).steps == []
        assert chart(MIDNIGHT, MIDNIGHT).steps == chart(MIDNIGHT, MIDNIGHT - DAY).steps == []

    def test_a_short_time_is_shown_report_by_report(self) -> None:
        deliver_changes(add_point(at(9.99), cpu=0), add_point(at(10), cpu=1), add_point(at(11), cpu=2), add_point(at(12), cpu=3))
        found = chart(at(10), at(12))
        assert found.step == timedelta()
        assert [(step.at, step.stats["cpu"].mean) for step in found.steps] == [(at(10), 1), (at(11), 2)]

    def test_a_gateway_that_fell_silent_is_shown_to_its_last_report(self) -> None:
        deliver_changes(add_point(at(10), cpu=1), add_point(at(11), cpu=2), add_point(at(11.5), cpu=4))
        by_hour, by_day = chart(MIDNIGHT - 10 * DAY, MIDNIGHT + DAY), chart(MIDNIGHT - 100 * DAY, MIDNIGHT + DAY)
        assert [(step.at, step.stats["cpu"].mean) for step in by_hour.steps] == [(at(10), 1), (at(11), 3)]
        assert [(step.at, step.count, step.stats["cpu"].sum) for step in by_day.steps] == [(MIDNIGHT, 3, 7)]

    def test_radio_performance_is_charted_too(self) -> None:
        deliver_changes(add_bucket(at(10), uplink=5, rssi=-90), add_bucket(at(10.5), uplink=7), add_bucket(at(11), uplink=1, rssi=-80))
        found = chart(MIDNIGHT - 10 * DAY, MIDNIGHT + DAY, PERF)
        assert [(step.at, step.stats["uplink"].sum, step.count) for step in found.steps] == [(at(10), 12, 2), (at(11), 1, 1)]
        assert found.steps[0].stats["rssi"] == Stat(1, -90, -90, -90, -90)

    @pytest.mark.parametrize(
        ("span", "step", "steps"),
        [(1, timedelta(), 6 * 24), (2, timedelta(), 6 * 48), (3, HOUR, 72), (16, HOUR, 16 * 24), (17, DAY, 18), (399, DAY, 400)],
    )
    def test_takes_about_400_rows(self, span: int, step: timedelta, steps: int) -> None:
        """The device has reported every ten minutes for 400 days; its last hour is open."""
        end = MIDNIGHT + timedelta(hours=12)
        insert_reports(end, span)
        with counted_points() as read:
            found = chart(end - timedelta(days=span), end)
        assert (found.step, len(found.steps)) == (step, steps)
        assert sum(read) <= 440

    def test_a_device_that_reports_each_minute_is_shown_by_the_hour(self) -> None:
        times = [MIDNIGHT + timedelta(minutes=number) for number in range(8 * 60)]
        keys = [add_point(times[0], cpu=1), (f"POINTS#{DEVICE}", f"{milliseconds(times[-1]):015d}#m")]
        insert([rows(keys[0][0])[0] | {"sk": {"S": f"{milliseconds(time):015d}#m"}} for time in times[1:]])
        deliver_changes(*keys)
        with counted_points() as read:
            found = chart(MIDNIGHT, MIDNIGHT + timedelta(hours=8))
        assert (found.step, [step.count for step in found.steps]) == (HOUR, [60] * 8)
        assert sum(read) <= 100


def insert_reports(end: datetime, span: int) -> None:
    """Insert the rows of a device that reported every ten minutes until `end`, as far back as a chart of `span` days reads."""
    (raw,) = rows(add_point(end - timedelta(minutes=10), cpu=1)[0])
    insert([raw | {"sk": {"S": f"{milliseconds(end - number * timedelta(minutes=10)):015d}#m"}} for number in range(2, 6 * 48 + 1)])
    six = {"n": {"N": "6"}, "body": {"S": '{"cpu":[6,6,1,1,1]}'}}
    for name, unit, number in (("HOURS", HOUR, 24 * 17), ("DAYS", DAY, 400)):
        first = end - HOUR if unit == HOUR else MIDNIGHT
        starts = [first - back * unit for back in range(1 if unit == HOUR else 0, number if span > 2 else 2)]
        insert([six | {"pk": {"S": f"{name}#POINTS#{DEVICE}"}, "sk": {"S": f"{start:%Y-%m-%dT%H:%M:%SZ}"}} for start in starts])


@contextmanager
def counted_points() -> Iterator[list[int]]:
    """Records how many rows each query returns."""
    read: list[int] = []
    events = clients.dynamodb().meta.events

    def note(parsed: dict[str, int], **_: object) -> None:
        read.append(parsed["Count"])

    events.register("after-call.dynamodb.Query", note, unique_id="counted")
    yield read
    events.unregister("after-call.dynamodb.Query", unique_id="counted")
