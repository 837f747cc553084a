"""Conditions on tags."""

from __future__ import annotations

import pytest

from fleet.registry.device_row import DeviceRow
from tests.unit.query.devices import device, fits, tagged

ROW = tagged(("hall", "north"), ("hall", "annex"), ("floor", "2"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, False),
        ({}, True),
        # one entry fits both parts
        ({"$tagKey": "hall"}, True),
        ({"$tagKey": "Hall"}, False),
        ({"$tagKey": "roof"}, False),
        ({"$tagValue": "annex"}, True),
        ({"$tagValue": "south"}, False),
        ({"$tagKey": "hall", "$tagValue": "annex"}, True),
        ({"$tagKey": "hall", "$tagValue": "2"}, False),
        ({"$tagKey": "floor", "$tagValue": "annex"}, False),
        ({"$tagKey": {"$in": ["roof", "floor"]}, "$tagValue": "2"}, True),
        ({"$tagKey": {"$in": ["roof", "hall"]}, "$tagValue": "2"}, False),
        ({"$tagKey": "hall", "$tagValue": {"$in": ["south", "annex"]}}, True),
        ({"$tagKey": "hall", "$tagValue": {"$in": ["south", "2"]}}, False),
        ({"$tagKey": "hall", "$tagValue": {"$in": []}}, False),
        ({"$tagKey": {"$nin": ["hall"]}}, True),
        ({"$tagKey": {"$nin": ["hall", "floor"]}}, False),
        ({"$tagKey": {"$nin": ["hall"]}, "$tagValue": "north"}, False),
        ({"$tagKey": "hall", "$tagValue": {"$nin": ["north"]}}, True),
        ({"$tagKey": "hall", "$tagValue": {"$nin": ["north", "annex"]}}, False),
        ({"$tagKey": "roof", "$tagValue": {"$nin": ["north"]}}, False),
        ({"$tagKey": "floor", "$tagValue": {"$nin": []}}, True),
        # null asks for absence
        ({"$tagKey": None}, False),
        ({"$tagValue": None}, False),
        ({"$tagKey": None, "$tagValue": None}, False),
        ({"$tagKey": "floor", "$tagValue": None}, False),
        ({"$tagKey": "roof", "$tagValue": None}, True),
        ({"$tagKey": {"$in": ["roof", "floor"]}, "$tagValue": None}, False),
        ({"$tagKey": {"$in": ["roof", "wing"]}, "$tagValue": None}, True),
        ({"$tagKey": None, "$tagValue": "north"}, False),
        ({"$tagKey": None, "$tagValue": "south"}, True),
        # an entry for every key
        ({"hall": "north"}, True),
        ({"hall": "annex"}, True),
        ({"hall": "south"}, False),
        ({"hall": ""}, False),
        ({"hall": "north", "floor": "2"}, True),
        ({"hall": "north", "floor": "3"}, False),
        ({"hall": {"$in": ["annex", "x"]}, "floor": {"$nin": ["3"]}}, True),
        ({"hall": {"$in": []}}, False),
        ({"hall": {"$nin": ["north"]}}, True),
        ({"hall": {"$nin": ["north", "annex"]}}, False),
        ({"roof": {"$nin": ["north"]}}, False),
        ({"floor": None}, False),
        ({"roof": None}, True),
        ({"roof": None, "hall": "north"}, True),
        ({"roof": None, "hall": "south"}, False),
        ({"floor.x": "2"}, False),
        ({"-": None, "_": None, "0": None}, True),
    ],
    ids=str,
)
class TestEveryForm:
    def test_it_fits(self, condition: object, expected: bool) -> None:
        assert fits({"tags": condition}, ROW) == expected

    def test_it_fits_as_the_operand_of_eq(self, condition: object, expected: bool) -> None:
        assert fits({"tags": {"$eq": condition}}, ROW) == expected

    def test_it_does_not_fit_as_the_operand_of_ne(self, condition: object, expected: bool) -> None:
        assert fits({"tags": {"$ne": condition}}, ROW) != expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({}, True),
        ({"$ne": None}, False),
        ({"$tagKey": None}, True),
        ({"$tagValue": None}, True),
        ({"$tagKey": "hall", "$tagValue": None}, True),
        ({"hall": None}, True),
        ({"hall": {"$nin": ["north"]}}, False),
        ({"$tagKey": {"$nin": ["hall"]}}, False),
        ({"$ne": {"$tagKey": "retired"}}, True),
    ],
    ids=str,
)
def test_a_device_without_tags(condition: object, expected: bool) -> None:
    assert fits({"tags": condition}, device()) == expected


@pytest.mark.parametrize("row", [tagged(("Hall", "north")), tagged(("hall", "North")), tagged(("north", "hall"))], ids=str)
def test_keys_and_values_are_compared_exactly(row: DeviceRow) -> None:
    assert not fits({"tags": {"hall": "north"}}, row)
    assert not fits({"tags": {"$tagKey": "hall", "$tagValue": {"$in": ["north"]}}}, row)
