"""Conditions on ids."""

from __future__ import annotations

import pytest

from tests.unit.query.devices import HALL, OTHER, SITE, device, fits

ROW = device(id=HALL, gateway=HALL, parent=HALL)


@pytest.mark.parametrize("name", ["id", "gatewayId", "parentId"])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (HALL, True),
        (HALL.upper(), True),
        (SITE, False),
        (None, False),
        ({"$eq": HALL.upper()}, True),
        ({"$eq": None}, False),
        ({"$ne": HALL.upper()}, False),
        ({"$ne": SITE}, True),
        ({"$ne": None}, True),
        ({"$gt": HALL}, False),
        ({"$gt": HALL[:-1] + "0"}, True),
        ({"$gte": HALL.upper()}, True),
        ({"$lt": SITE.upper()}, True),
        ({"$lt": HALL}, False),
        ({"$lte": HALL}, True),
        ({"$gt": None}, False),
        ({"$gte": None}, False),
        ({"$lt": None}, False),
        ({"$lte": None}, False),
        ({"$in": [SITE, HALL.upper()]}, True),
        ({"$in": [SITE]}, False),
        ({"$in": []}, False),
        ({"$nin": [SITE, HALL.upper()]}, False),
        ({"$nin": [SITE, OTHER]}, True),
        ({"$nin": []}, True),
    ],
    ids=str,
)
def test_an_id(name: str, condition: object, expected: bool) -> None:
    assert fits({name: condition}, ROW) == expected


@pytest.mark.parametrize("name", ["gatewayId", "parentId", "ancestorId", "experienceUserId", "experienceGroupId"])
def test_an_id_that_is_absent(name: str) -> None:
    """So it is for every device with users and groups of an experience: there are none."""
    meant: list[object] = [None, {"$eq": None}, {"$ne": HALL}, {"$nin": [HALL]}, {"$nin": []}]
    others: list[object] = [HALL, {"$eq": HALL}, {"$ne": None}, {"$in": [HALL]}, {"$in": []}]
    others += [{operator: HALL} for operator in ("$gt", "$gte", "$lt", "$lte")]
    assert all(fits({name: condition}, device()) for condition in meant)
    assert not any(fits({name: condition}, device()) for condition in others)


def test_each_id_is_the_one_of_its_name() -> None:
    row = device(id=HALL, gateway=SITE, parent=OTHER)
    assert fits({"id": HALL, "gatewayId": SITE, "parentId": OTHER}, row)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (HALL, True),
        (SITE.upper(), True),
        (OTHER, False),
        (None, False),
        ({"$ne": None}, True),
        ({"$ne": SITE}, False),
        ({"$ne": OTHER}, True),
        ({"$in": [OTHER, SITE]}, True),
        ({"$nin": [OTHER, SITE]}, False),
        ({"$nin": [OTHER]}, True),
        ({"$gt": HALL}, True),
        ({"$gt": SITE}, False),
        ({"$lt": None}, False),
    ],
    ids=str,
)
def test_a_system_at_any_height_above(condition: object, expected: bool) -> None:
    assert fits({"ancestorId": condition}, device(parent=SITE, ancestors=[HALL, SITE])) == expected
