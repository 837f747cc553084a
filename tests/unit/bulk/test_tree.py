"""The hierarchy of systems, from the rows of a directory."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pytest

from fleet.edits.tree import below, heights, outdated, up


class Row(NamedTuple):
    id: str
    parent: str | None
    ancestors: tuple[str, ...]


def rows(parents: Mapping[str, str | None]) -> list[Row]:
    """Rows of devices, each of which knows what is above it."""
    return [Row(id, parent, tuple(reversed(list(up(parent, parents))))) for id, parent in parents.items()]


TREE = {"valve": "pump", "site": None, "hall": "site", "pump": "hall", "yard": "site", "lone": None}


def test_up_it_goes_from_a_device_to_its_parent() -> None:
    assert list(up("valve", TREE)) == ["valve", "pump", "hall", "site"]
    assert list(up(None, TREE)) == []


def test_up_it_ends_where_it_comes_round() -> None:
    assert list(up("a", {"a": "b", "b": "c", "c": "b"})) == ["a", "b", "c"]


def test_below_come_the_levels_from_the_top() -> None:
    assert [sorted(level) for level in below(rows(TREE), ["site"])] == [["hall", "yard"], ["pump"], ["valve"]]
    assert below(rows(TREE), ["lone", "valve"]) == []


def test_of_two_of_which_one_is_below_the_other_each_comes_once() -> None:
    assert below(rows(TREE), ["pump", "hall"]) == [["valve"]]


def test_below_what_is_a_circle_by_mistake_it_ends() -> None:
    assert below([Row("a", "b", ()), Row("b", "a", ())], ["a"]) == [["b"]]


def test_heights_are_levels() -> None:
    assert heights(rows(TREE), ["site", "hall", "pump", "valve", "none"]) == {"site": 3, "hall": 2, "pump": 1, "valve": 0, "none": 0}


def test_nothing_is_outdated_where_all_know_what_is_above_them() -> None:
    assert outdated(rows(TREE)) == []


def test_what_is_below_a_system_that_has_moved_is_outdated() -> None:
    moved = [Row("hall", "yard", ("site", "yard")) if row.id == "hall" else row for row in rows(TREE)]
    assert outdated(moved) == [["pump"], ["valve"]]


def test_children_of_what_is_not_among_the_rows_are_right_and_those_below_them_are_judged_by_them() -> None:
    known = [Row("pump", "hall", ("site", "hall")), Row("valve", "pump", ("hall", "pump"))]
    assert outdated(known) == [["valve"]]


def test_what_is_below_one_that_is_outdated_comes_after_it_whatever_it_knows() -> None:
    known = [Row("pump", "hall", ("x",)), Row("valve", "pump", ("x", "pump")), Row("tap", "valve", ("y",)), Row("hall", None, ())]
    assert outdated(known) == [["pump"], ["valve"], ["tap"]]


def settled(known: Iterable[Row]) -> list[Row]:
    """The rows, after those that are outdated were rewritten in the order in which they come."""
    now = {row.id: row for row in known}
    for id in (id for level in outdated(now.values()) for id in level):
        row = now[id]
        assert row.parent is not None
        now[id] = row._replace(ancestors=(*now[row.parent].ancestors, row.parent))
    return list(now.values())


@pytest.mark.parametrize("seed", range(20))
def test_in_the_order_in_which_they_come_one_rewriting_each_is_enough(seed: int) -> None:
    chance = random.Random(seed)
    ids = [f"n{number}" for number in range(30)]
    parents = {id: chance.choice([None, *ids[:number]]) for number, id in enumerate(ids)}
    stale = [row if chance.random() < 0.6 or row.parent is None else row._replace(ancestors=("gone", "n0")) for row in rows(parents)]
    chance.shuffle(stale)
    assert sorted(settled(stale)) == sorted(rows(parents))
