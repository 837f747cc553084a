"""Stored state follows the attributes of a device: to new names, or out of the table; wherever that is interrupted, and in any order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.errors import NotFound
from fleet.telemetry.attribute_change import AttributeChange
from fleet.telemetry.device_state import Scalar, StateReport
from fleet.telemetry.device_states import EVER, INLINE, DeviceStates
from tests.harness.aws import partition
from tests.harness.interference import before_first_request
from tests.harness.jobs import Killed
from tests.workers.messages import NOW as CLOCK

ORGANIZATION, DEVICE = "0" * 24, "1" * 24
NOW = int(CLOCK.timestamp() * 1000)
SECOND = 1000
RECEIVED = NOW * 10**7
pytestmark = pytest.mark.usefixtures("cloud", "clock")


def add(at: int, order: int, /, *, version: int = 1, **values: Scalar) -> None:
    """Store values of a time (ms) with a place in the order of arrival, judged by the attributes of this version."""
    DeviceStates.add(EVERYWHERE, ORGANIZATION, DEVICE, [StateReport(at, RECEIVED + order, values, version)])


def change(version: int, /, *dropped: str, **renamed: str) -> AttributeChange:
    return AttributeChange(device=DEVICE, version=version, dropped=dropped, renamed=tuple(renamed.items()))


def follow(*changes: AttributeChange, limit: int = 1000) -> None:
    for each in changes:
        while not DeviceStates.follow(EVERYWHERE, ORGANIZATION, each, limit):
            pass


def shown(*names: str, end: int = EVER) -> dict[str, Scalar]:
    found = DeviceStates.newest(EVERYWHERE, ORGANIZATION, {DEVICE: names or ("a", "b", "c")}, 1, end)[DEVICE]
    return {name: value.value for name, value in found.items()}


def values() -> list[tuple[str, int, str]]:
    """The values that are stored: attribute, seconds after NOW, value."""
    rows = partition("SeriesTable", f"STATE#{DEVICE}")
    parts = [(*row["sk"]["S"].split("#"), row["v"]["S"]) for row in rows]
    return sorted((name, (int(at) - NOW) // SECOND, value) for name, at, _, value in parts)


def test_values_follow_a_rename_with_their_times() -> None:
    add(NOW, 0, a=1)
    add(NOW - SECOND, 1, a=2)
    follow(change(2, a="b"))
    assert values() == [("b", -1, "2"), ("b", 0, "1")]
    assert shown() == {"b": 1}
    assert shown(end=NOW - 1) == {"b": 2}


def test_values_of_what_is_dropped_go() -> None:
    add(NOW, 0, a=1, b=1)
    follow(change(2, "a"))
    assert values() == [("b", 0, "1")]
    assert shown() == {"b": 1}


def test_what_is_of_the_new_attribute_stays_whatever_its_time() -> None:
    """The attribute is there again, of another type."""
    add(NOW + SECOND, 0, a="old")
    add(NOW - SECOND, -20, version=2, a=7)
    follow(change(2, "a"))
    assert values() == [("a", -1, "7")]
    assert shown() == {"a": 7}


def test_two_may_swap_their_names() -> None:
    add(NOW, 0, a="a", b="b")
    follow(change(2, a="b", b="a"), limit=1)
    assert shown() == {"a": "b", "b": "a"}


def test_a_long_value_is_found_under_its_new_name() -> None:
    add(NOW, 0, a="x" * (2 * INLINE))
    follow(change(2, a="b"))
    assert shown() == {"b": "x" * (2 * INLINE)}


def test_values_of_one_time_keep_their_order() -> None:
    for received in range(3):
        add(NOW, received, a=received)
    follow(change(2, a="b"))
    assert (len(values()), shown()) == (3, {"b": 2})
    add(NOW, 20, version=2, b=9)
    assert shown() == {"b": 9}


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_doing_it_again_changes_nothing_even_after_others(limit: int) -> None:
    for number in range(5):
        add(NOW - number * SECOND, number, a=number, c=10 + number)
    first, second = change(2, a="b"), change(3, c="a")
    add(NOW + SECOND, 20, version=2, b=5)
    follow(first, limit=limit)
    follow(second, limit=limit)
    once = values()
    assert shown() == {"a": 10, "b": 5}
    follow(first, second, first, limit=limit)
    assert values() == once
    assert shown() == {"a": 10, "b": 5}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_job_that_stops_anywhere_is_made_good_by_the_next(order: tuple[int, ...]) -> None:
    """Each job goes through the changes that are there when it comes, from the first on."""
    add(NOW, 0, a=1, b=2)
    changes = [change(2, a="c"), change(3, b="a"), change(4, "a", c="b")]
    for number in order:
        follow(*changes[: number + 1])
    follow(*changes)
    assert shown() == {"b": 1}
    assert values() == [("b", 0, "1")]


def test_one_that_was_judged_before_a_change_and_stored_behind_its_job_follows_with_the_next_job() -> None:
    """However late its place in the order of arrival is."""
    first = change(2, a="b")
    follow(first)
    add(NOW, 10**6, a=1)
    assert shown() == {"a": 1}
    follow(first, change(3, b="c"))
    assert (shown(), values()) == ({"c": 1}, [("c", 0, "1")])


@pytest.mark.parametrize("writes", range(12))
def test_killed_before_any_write_the_next_one_does_the_rest(writes: int) -> None:
    for number in range(3):
        add(NOW - number * SECOND, number, a=number, b=10 + number, c=20 + number)
    both = change(2, "c", a="b", b="a")

    def kill() -> None:
        raise Killed

    with pytest.raises(Killed), before_first_request(("BatchWriteItem", "UpdateItem"), kill, after=writes):
        follow(both, limit=2)
    add(NOW + SECOND, 20, version=2, c="new")
    follow(both)
    assert shown() == {"a": 10, "b": 0, "c": "new"}
    assert len(values()) == 7


def test_those_of_others_are_left_alone() -> None:
    add(NOW, 0, a=1)
    with pytest.raises(NotFound):
        DeviceStates.follow(Reach.of("another"), ORGANIZATION, change(2, "a"))
    assert shown() == {"a": 1}


def test_names_that_begin_alike_are_different() -> None:
    values_: Mapping[str, Any] = {"a": 1, "a-b": 2, "ab": 3}
    add(NOW, 0, **values_)
    follow(change(2, a="c"))
    assert shown("a", "a-b", "ab", "c") == {"a-b": 2, "ab": 3, "c": 1}
