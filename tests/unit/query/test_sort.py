"""The order of lists."""

from __future__ import annotations

import random

import pytest

from fleet.query.sort import SORT_FIELDS, SortField, in_order
from fleet.registry.device_row import DeviceRow
from tests.unit.query.devices import CONNECTED, LEFT, device

IDS = [f"65f0c0de{number:016x}" for number in range(6)]
NAMES = ["b", "B", "a", "b", "Z", "ä"]
ROWS = [
    device(id=id, name=name, created=created, updated=updated, deleted=deleted)
    for id, name, created, updated, deleted in zip(
        IDS, NAMES, (5, 5, 4, 3, 2, 1), (1, 1, 2, 2, 3, 3), (None, 7, None, 6, 7, None), strict=True
    )
]
CONNECTIONS = {IDS[0]: CONNECTED, IDS[1]: LEFT, IDS[4]: CONNECTED, IDS[5]: LEFT}


def numbers(rows: list[DeviceRow]) -> list[int]:
    return [IDS.index(row.id) for row in rows]


@pytest.mark.parametrize(
    ("field", "ascending", "descending"),
    [
        ("name", [1, 4, 2, 0, 3, 5], [5, 0, 3, 2, 4, 1]),
        ("id", [0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0]),
        ("creationDate", [5, 4, 3, 2, 0, 1], [0, 1, 2, 3, 4, 5]),
        ("lastUpdated", [0, 1, 2, 3, 4, 5], [4, 5, 2, 3, 0, 1]),
        ("deletedAt", [0, 2, 5, 3, 1, 4], [1, 4, 3, 0, 2, 5]),
        ("connectionStatus", [2, 3, 1, 5, 0, 4], [0, 4, 1, 5, 2, 3]),
    ],
)
def test_every_field_in_both_directions(field: SortField, ascending: list[int], descending: list[int]) -> None:
    for seed in range(5):
        shuffled = random.Random(seed).sample(ROWS, len(ROWS))
        assert numbers(in_order(shuffled, field, connections=CONNECTIONS)) == ascending
        assert numbers(in_order(shuffled, field, descending=True, connections=CONNECTIONS)) == descending


def test_there_are_no_other_fields() -> None:
    assert {"name", "id", "creationDate", "lastUpdated", "connectionStatus", "deletedAt"} == SORT_FIELDS


def test_the_order_is_by_name_when_nothing_is_said() -> None:
    assert in_order(ROWS) == in_order(ROWS, "name")


def test_connections_that_nobody_has_read_are_not_taken_for_absent() -> None:
    with pytest.raises(ValueError, match="have not been read"):
        in_order(ROWS, "connectionStatus")
