"""The state of devices: the newest value of each attribute in a time, in whichever order values come, and what is left after a removal."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from itertools import permutations, product
from typing import Any, get_args

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.aws import clients
from fleet.aws.series_rows import RETENTION
from fleet.errors import NotFound
from fleet.registry.device import DataType
from fleet.telemetry.device_state import LONGEST, Scalar, StateReport, StateValue, fits, is_too_long
from fleet.telemetry.device_states import EVER, INLINE, MOST_BYTES, DeviceStates, TooMuch
from tests.harness.aws import item, partition, put
from tests.harness.interference import before_first_request
from tests.harness.recorder import Recorder
from tests.workers.messages import NOW as CLOCK
from tests.workers.test_uplink_budget import size

ORGANIZATION, DEVICE, OTHER = "0" * 24, "1" * 24, "2" * 24
NOW = int(CLOCK.timestamp() * 1000)
MINUTE = 60_000
pytestmark = pytest.mark.usefixtures("cloud", "clock")


def add(at: int, values: Mapping[str, Scalar] | None = None, *, arrival: int = NOW * 1000, device: str = DEVICE, **more: Scalar) -> None:
    DeviceStates.add(EVERYWHERE, ORGANIZATION, device, [StateReport(at, arrival, {**(values or {}), **more}, 1)])


def newest(*names: str, start: int = 1, end: int = NOW, device: str = DEVICE) -> dict[str, StateValue]:
    return DeviceStates.newest(EVERYWHERE, ORGANIZATION, {device: names}, start, end)[device]


def drop(names: list[str] | None, start: int = 0, end: int = EVER, limit: int = 2500) -> bool:
    return DeviceStates.drop(EVERYWHERE, ORGANIZATION, DEVICE, names, start, end, limit)


class TestNewest:
    def test_each_attribute_has_its_own_time_and_type(self) -> None:
        add(NOW - MINUTE, flow=1.5, door=True, text="žluť", count=7)
        add(NOW, flow=2)
        assert newest("flow", "door", "text", "count", "unknown") == {
            "flow": StateValue(2, NOW),
            "door": StateValue(True, NOW - MINUTE),
            "text": StateValue("žluť", NOW - MINUTE),
            "count": StateValue(7, NOW - MINUTE),
        }
        assert newest("door")["door"].value is True

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_the_order_of_arrival_does_not_matter(self, order: tuple[int, ...]) -> None:
        reports = [{"a": 0, "b": 0}, {"a": 1}, {"b": 2, "a": 2, "c": 2}]
        for minute in order:
            add(NOW - MINUTE * (3 - minute), reports[minute])
        assert {name: value.value for name, value in newest("a", "b", "c").items()} == {"a": 2, "b": 2, "c": 2}
        assert newest("a", "b", "c", end=NOW - 2 * MINUTE) == {"a": StateValue(1, NOW - 2 * MINUTE), "b": StateValue(0, NOW - 3 * MINUTE)}

    def test_a_range_includes_both_ends(self) -> None:
        add(NOW - MINUTE, flow=1)
        add(NOW, flow=2)
        assert newest("flow", start=NOW - MINUTE, end=NOW - MINUTE) == {"flow": StateValue(1, NOW - MINUTE)}
        assert newest("flow", start=NOW, end=NOW) == {"flow": StateValue(2, NOW)}
        assert newest("flow", start=NOW - MINUTE + 1, end=NOW - 1) == {}
        assert newest("flow", start=NOW, end=NOW - 1) == {}
        assert newest("flow", start=NOW + 1, end=EVER * 10) == {}

    def test_a_value_of_the_future_is_not_shown_before_its_time(self) -> None:
        add(NOW, flow=1)
        add(NOW + MINUTE, flow=2)
        assert newest("flow") == {"flow": StateValue(1, NOW)}
        assert newest("flow", end=NOW + MINUTE) == {"flow": StateValue(2, NOW + MINUTE)}

    def test_of_two_values_of_one_millisecond_the_later_one_counts_however_they_come(self) -> None:
        for first, second in ((1, 2), (2, 1)):
            add(NOW, arrival=first, device=str(first) * 24, flow=first)
            add(NOW, arrival=second, device=str(first) * 24, flow=second)
            add(NOW + 1, device=str(first) * 24, flow=9)
            for end in (NOW, NOW + 1):
                value = newest("flow", end=end, device=str(first) * 24)["flow"].value
                assert value == (2 if end == NOW else 9)

    def test_a_report_that_comes_again_late_changes_nothing(self) -> None:
        add(NOW, arrival=1, flow=1)
        add(NOW, arrival=2, flow=2)
        rows = partition("SeriesTable", f"STATE#{DEVICE}")
        add(NOW, arrival=1, flow=1)
        assert partition("SeriesTable", f"STATE#{DEVICE}") == rows
        assert newest("flow")["flow"].value == 2

    def test_two_at_once_lose_nothing(self) -> None:
        with before_first_request("UpdateItem", lambda: add(NOW, a=2, b=2)):
            add(NOW - MINUTE, a=1, b=1, c=1)
        assert {name: value.value for name, value in newest("a", "b", "c").items()} == {"a": 2, "b": 2, "c": 1}

    def test_devices_of_others_are_not_found(self) -> None:
        add(NOW, flow=1)
        stranger = Reach.of("9" * 24)
        with pytest.raises(NotFound):
            DeviceStates.newest(stranger, ORGANIZATION, {DEVICE: ["flow"]}, 1, NOW)
        with pytest.raises(NotFound):
            DeviceStates.add(stranger, ORGANIZATION, DEVICE, [StateReport(NOW, 1, {"flow": 5}, 1)])
        with pytest.raises(NotFound):
            DeviceStates.drop(stranger, ORGANIZATION, DEVICE, None, 0, EVER)
        assert newest("flow")["flow"].value == 1

    def test_what_is_older_than_the_retention_is_neither_stored_nor_shown(self, clock: Any) -> None:
        add(NOW - int(RETENTION.total_seconds() * 1000), flow=1)
        assert partition("SeriesTable", f"STATE#{DEVICE}") == []
        add(NOW, flow=2)
        clock.shift(RETENTION)
        assert newest("flow", end=EVER) == {}

    def test_rows_expire(self) -> None:
        add(NOW, flow=2)
        (row,) = partition("SeriesTable", f"STATE#{DEVICE}")
        assert int(row["ttl"]["N"]) == NOW // 1000 + RETENTION.total_seconds()
        kept = item("SeriesTable", f"NOW#{DEVICE}", "NOW")
        assert kept
        assert int(kept["ttl"]["N"]) >= NOW // 1000 + 2 * RETENTION.total_seconds()


class TestCost:
    def test_a_page_of_a_hundred_devices_is_one_request(self) -> None:
        devices = [f"{number:024d}" for number in range(100)]
        for device in devices:
            add(NOW, device=device, flow=1, door=False)
        with Recorder() as recorder:
            found = DeviceStates.newest(EVERYWHERE, ORGANIZATION, {device: ["flow", "door"] for device in devices}, 1, NOW)
        assert recorder.requests == ["dynamodb:BatchGetItem"]
        assert all(len(values) == 2 for values in found.values())

    def test_a_long_value_is_read_from_its_own_row(self) -> None:
        texts = ["x" * (INLINE - 2), "x" * (INLINE - 1), "ž" * (INLINE // 2)]
        add(NOW, dict(zip("abc", texts, strict=True)))
        assert (row := item("SeriesTable", f"NOW#{DEVICE}", "NOW"))
        assert {name: "v" in row[f"={name}"]["M"] for name in "abc"} == {"a": True, "b": False, "c": False}
        with Recorder() as recorder:
            found = newest("a", "b", "c")
        assert [found[name].value for name in "abc"] == texts
        assert recorder.requests == ["dynamodb:BatchGetItem"] * 2

    def test_what_is_later_than_the_time_is_a_query_an_attribute_up_to_a_limit(self) -> None:
        names = [f"a{number}" for number in range(12)]
        for device in (DEVICE, OTHER):
            add(NOW - 2 * MINUTE, dict.fromkeys(names, 1), device=device)
            add(NOW, dict.fromkeys(names[1:], 2), device=device)
        wanted = dict.fromkeys((DEVICE, OTHER), names)
        for limit in (22, 21):
            with Recorder() as recorder, pytest.raises(TooMuch) if limit < 22 else nullcontext():
                found = DeviceStates.newest(EVERYWHERE, ORGANIZATION, wanted, 1, NOW - MINUTE, limit)
            assert recorder.requests == ["dynamodb:BatchGetItem"] + ["dynamodb:Query"] * (limit if limit == 22 else 0)
        assert found == dict.fromkeys(wanted, dict.fromkeys(names, StateValue(1, NOW - 2 * MINUTE)))

    @pytest.mark.slow
    def test_more_values_than_an_answer_takes_are_not_read(self) -> None:
        """Neither those of which that is known before, nor those of which it turns out."""
        mark = {"m": {"S": f"{NOW:015d}#{1:020d}"}}
        names = [f"a{number}" for number in range(256)]
        many = [f"{number:024d}" for number in range(MOST_BYTES // INLINE // len(names) + 1)]
        for device in many:
            put("SeriesTable", [{"pk": {"S": f"NOW#{device}"}, "sk": {"S": "NOW"}, **{f"={name}": {"M": mark} for name in names}}])
        with Recorder() as recorder, pytest.raises(TooMuch):
            DeviceStates.newest(EVERYWHERE, ORGANIZATION, dict.fromkeys(many, names), 1, NOW)
        assert recorder.requests == ["dynamodb:BatchGetItem"] * 4
        for device, name in product(many[:7], names):
            row = {"pk": {"S": f"STATE#{device}"}, "sk": {"S": f"{name}#{mark['m']['S']}"}, "v": {"S": f'"{"x" * (LONGEST - 2)}"'}}
            put("SeriesTable", [row])
        with pytest.raises(TooMuch):
            DeviceStates.newest(EVERYWHERE, ORGANIZATION, dict.fromkeys(many[:7], names), 1, NOW)
        assert len(DeviceStates.newest(EVERYWHERE, ORGANIZATION, {many[0]: names}, 1, NOW)[many[0]]) == len(names)

    def test_a_report_is_two_requests(self) -> None:
        with Recorder() as recorder:
            add(NOW, flow=1, door=False)
        assert recorder.requests == ["dynamodb:BatchWriteItem", "dynamodb:UpdateItem"]

    def test_an_update_of_many_attributes_has_short_expressions(self) -> None:
        sent: list[dict[str, Any]] = []
        clients.dynamodb().meta.events.register(
            "provide-client-params.dynamodb.UpdateItem", lambda params, **_: sent.append(params), unique_id="sent"
        )
        try:
            add(NOW, {f"a{number}": number for number in range(130)})
        finally:
            clients.dynamodb().meta.events.unregister("provide-client-params.dynamodb.UpdateItem", unique_id="sent")
        texts = [params[name] for params in sent for name in ("UpdateExpression", "ConditionExpression")]
        assert len(sent) == 3
        assert max(map(len, texts)) <= 4096
        assert max(len(re.findall(r" OR | AND |attribute_not_exists|<|=", text)) for text in texts) <= 300

    @pytest.mark.slow
    def test_the_largest_device_fits(self) -> None:
        """256 attributes with the longest names and values, in any order and read back in any range."""
        longest = "x" * (LONGEST - 2)
        names = [f"{number:03d}".ljust(255, "n") for number in range(256)]
        assert not is_too_long(longest)
        add(NOW - MINUTE, dict.fromkeys(names, longest))
        add(NOW, dict.fromkeys(names, "\u20ac" * (INLINE // 3 - 1)))
        row = item("SeriesTable", f"NOW#{DEVICE}", "NOW")
        assert row
        assert sum(len(name) + size(value) for name, value in row.items()) < 400 * 1024
        assert {value.at for value in newest(*names).values()} == {NOW}
        old = newest(*names, end=NOW - MINUTE)
        assert set(old.values()) == {StateValue(longest, NOW - MINUTE)}
        assert len(old) == 256


class TestDrop:
    def test_what_remains_is_the_newest(self) -> None:
        for minute in range(4):
            add(NOW - MINUTE * minute, a=minute, b=minute)
        assert drop(["a"], NOW - MINUTE, NOW)
        assert newest("a", "b") == {"a": StateValue(2, NOW - 2 * MINUTE), "b": StateValue(0, NOW)}
        assert newest("a", start=NOW - MINUTE) == {}
        assert drop(None, 0, NOW - MINUTE)
        assert newest("a", "b") == {"b": StateValue(0, NOW)}
        assert drop(None)
        assert newest("a", "b") == {}
        assert partition("SeriesTable", f"STATE#{DEVICE}") == []

    def test_a_list_without_names_removes_nothing(self) -> None:
        add(NOW, a=1)
        assert drop([])
        assert newest("a") == {"a": StateValue(1, NOW)}

    def test_an_attribute_whose_name_begins_another_stays(self) -> None:
        add(NOW, {"a": 1, "ab": 2, "a-": 3})
        assert drop(["a"])
        assert set(newest("a", "ab", "a-")) == {"ab", "a-"}

    def test_it_goes_on_where_it_ended_and_shows_what_is_left_meanwhile(self) -> None:
        for minute in range(10):
            add(NOW - MINUTE * minute, a=minute)
        assert not drop(["a"], NOW - 6 * MINUTE, NOW, limit=3)
        assert newest("a")["a"].value in range(10)
        assert not drop(["a"], NOW - 6 * MINUTE, NOW, limit=3)
        assert drop(["a"], NOW - 6 * MINUTE, NOW, limit=3)
        assert drop(["a"], NOW - 6 * MINUTE, NOW, limit=3)
        assert newest("a") == {"a": StateValue(7, NOW - 7 * MINUTE)}

    @pytest.mark.parametrize(("operation", "after"), [("BatchWriteItem", 0), ("UpdateItem", 0), ("UpdateItem", 1)])
    def test_an_older_value_that_comes_meanwhile_is_shown_afterwards(self, operation: str, after: int) -> None:
        add(NOW - 9 * MINUTE, a=9)
        add(NOW, a=0)
        with before_first_request(operation, lambda: add(NOW - 5 * MINUTE, a=5), after=after):
            drop(["a"], NOW - MINUTE, NOW)
        assert newest("a") == {"a": StateValue(5, NOW - 5 * MINUTE)}

    def test_a_newer_value_that_comes_meanwhile_stays(self) -> None:
        add(NOW - MINUTE, a=1)
        with before_first_request("UpdateItem", lambda: add(NOW, a=0)):
            drop(["a"], 0, NOW - MINUTE)
        assert newest("a") == {"a": StateValue(0, NOW)}


def test_any_history_is_shown_as_a_list_would_show_it() -> None:
    """Reports and removals at random, compared with a plain list of values."""
    chance, model = random.Random(7), list[tuple[str, int, int, int]]()
    for step in range(60):
        name, at = chance.choice("abc"), NOW - chance.randrange(20) * MINUTE
        if chance.random() < 0.2:
            drop([name], at, at + 5 * MINUTE)
            model = [each for each in model if each[0] != name or not at <= each[1] <= at + 5 * MINUTE]
        else:
            add(at, {name: step}, arrival=step)
            model.append((name, at, step, step))
        start, end = sorted(NOW - chance.randrange(20) * MINUTE for _ in range(2))
        best = {each[0]: StateValue(each[3], each[1]) for each in sorted(model, key=lambda each: each[1:]) if start <= each[1] <= end}
        assert newest("a", "b", "c", start=start, end=end) == best


@pytest.mark.parametrize(
    ("value", "types"),
    [
        (True, {"boolean"}),
        (1, {"number"}),
        (0.5, {"number"}),
        (float("inf"), set()),
        ("a", {"string", "gps", "blob"}),
        (None, set()),
        ([1], set()),
    ],
)
def test_the_types_of_values(value: object, types: set[str]) -> None:
    assert {kind for kind in get_args(DataType) if fits(value, kind)} == types


def test_the_longest_text() -> None:
    assert not is_too_long("x" * (LONGEST - 2))
    assert is_too_long("ž" * (LONGEST // 2))
    assert timedelta(days=400) == RETENTION
