"""What a query costs for each device, beside a loop that is written for that one question."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.query.parse import parse
from fleet.registry.device_row import DeviceRow
from tests.harness.timing import fastest
from tests.unit.query.devices import device

ROWS = [
    device(
        id=f"65f0c0de{number:016x}", name=f"Pump {number}", tags=[["floor", str(number % 5)], ["hall", "north"], ["serial", str(number)]]
    )
    for number in range(4000)
]


def two_tags(rows: list[DeviceRow]) -> list[DeviceRow]:
    found = []
    for row in rows:
        for key, value in row.tags:
            if (key == "floor" and value == "2") or (key == "serial" and value == "77"):
                found.append(row)
                break
    return found


def a_name(rows: list[DeviceRow]) -> list[DeviceRow]:
    return [row for row in rows if row.name.casefold().startswith("pump") and row.name.casefold().endswith("7")]


@pytest.mark.parametrize(
    ("document", "plain", "most"),
    [
        ({"$or": [{"tags": {"floor": "2"}}, {"tags": {"serial": "77"}}]}, two_tags, 4.0),
        ({"name": {"$ci": True, "$startsWith": "PUMP", "$endsWith": "7"}}, a_name, 8.0),
    ],
    ids=["two tags", "a name"],
)
def test_a_query_costs_little_more_than_a_loop(document: object, plain: Callable[[list[DeviceRow]], list[DeviceRow]], most: float) -> None:
    query = parse(document)
    assert query.among(ROWS) == plain(ROWS)
    ratio = fastest(lambda: query.among(ROWS), 9) / fastest(lambda: plain(ROWS), 9)
    print(f"{ratio:.2f} times a plain loop")
    assert ratio < most
