"""Conditions on instants: numbers are milliseconds since the epoch, texts are ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fleet.query.instants import milliseconds
from tests.unit.query.devices import CONNECTED, CREATED, LEFT, UPDATED, device, fits

TEXT = "2031-02-13T17:04:05.789Z"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (CREATED, True),
        (float(CREATED), True),
        (CREATED + 1, False),
        (TEXT, True),
        ("2031-02-13T19:04:05.789+02:00", True),
        ("2031-02-13T17:04:05.788Z", False),
        (True, False),
        (None, False),
        ({"$eq": TEXT}, True),
        ({"$ne": TEXT}, False),
        ({"$ne": True}, True),
        ({"$ne": None}, True),
        ({"$gt": CREATED - 1}, True),
        ({"$gt": CREATED - 0.5}, True),
        ({"$gt": CREATED}, False),
        ({"$gte": TEXT}, True),
        ({"$lt": "2032"}, True),
        ({"$lt": TEXT}, False),
        ({"$lte": TEXT}, True),
        ({"$gte": "2031-02-13", "$lt": "2031-02-14"}, True),
        ({"$gte": "2031-02-14"}, False),
        ({"$gt": None}, False),
        ({"$lt": None}, False),
        ({"$gt": False}, False),
        ({"$lt": -1}, False),
        ({"$lt": 1e300}, True),
        ({"$in": [1, TEXT]}, True),
        ({"$in": [CREATED, True]}, True),
        ({"$in": [CREATED + 1, True]}, False),
        ({"$nin": [CREATED]}, False),
        ({"$nin": [False, 0]}, True),
        ({"$startsWith": "2031"}, False),
        ({"$contains": "-"}, False),
        ({"$ci": True, "$eq": TEXT}, True),
        ({"$ci": True}, True),
    ],
    ids=str,
)
def test_a_creation_date(condition: object, expected: bool) -> None:
    assert fits({"creationDate": condition}, device()) == expected


def test_a_boolean_is_no_number() -> None:
    assert not fits({"creationDate": True}, device(created=1))
    assert not fits({"creationDate": {"$in": [True]}}, device(created=1))
    assert not fits({"creationDate": {"$lte": True}}, device(created=1))
    assert fits({"creationDate": {"$ne": True}}, device(created=1))


def test_each_date_is_the_one_of_its_name() -> None:
    row = device(deleted=UPDATED + 7)
    dates = {"creationDate": CREATED, "lastUpdated": UPDATED, "deletedAt": UPDATED + 7}
    dates |= {"connectedAt": LEFT.connected_at or 0, "disconnectedAt": LEFT.disconnected_at or 0}
    assert len(set(dates.values())) == 5
    assert fits(dates, row, LEFT)
    for name in dates:
        assert not fits({**dates, name: 0}, row, LEFT)


@pytest.mark.parametrize("name", ["deletedAt", "connectedAt", "disconnectedAt"])
def test_a_date_that_is_absent(name: str) -> None:
    assert fits({name: None}, device())
    assert fits({name: {"$eq": None}}, device())
    assert not fits({name: {"$ne": None}}, device())
    assert fits({name: {"$ne": 0}}, device())
    assert fits({name: {"$nin": [0]}}, device())
    for operator in ("$eq", "$gt", "$gte", "$lt", "$lte"):
        assert not fits({name: {operator: 0}}, device())


def test_a_device_that_has_never_left() -> None:
    connection = CONNECTED._replace(disconnected_at=None)
    assert fits({"disconnectedAt": None, "connectedAt": {"$ne": None}}, device(), connection)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2031", "2031-01-01T00:00:00.000"),
        ("2031-02", "2031-02-01T00:00:00.000"),
        ("2031-02-13", "2031-02-13T00:00:00.000"),
        ("20310213", "2031-02-13T00:00:00.000"),
        ("2031-02-13T17", "2031-02-13T17:00:00.000"),
        ("2031-02-13T17:04", "2031-02-13T17:04:00.000"),
        ("2031-02-13T17:04Z", "2031-02-13T17:04:00.000"),
        ("20310213T170405Z", "2031-02-13T17:04:05.000"),
        ("2031-02-13T17:04:05,5Z", "2031-02-13T17:04:05.500"),
        ("2031-02-13T17:04:05.123999999Z", "2031-02-13T17:04:05.123"),
        ("2031-02-13T17:04:05-0330", "2031-02-13T20:34:05.000"),
        ("2031-02-13T17:04:05+01", "2031-02-13T16:04:05.000"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999"),
        ("0001-01-01T00:00Z", "0001-01-01T00:00:00.000"),
    ],
)
def test_texts_that_are_instants(text: str, moment: str) -> None:
    given = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds(text) or 0)
    assert given.isoformat(timespec="milliseconds") == f"{moment}+00:00"


def test_an_instant_outside_of_the_years_that_have_four_digits() -> None:
    assert milliseconds("0001-01-01T00:00+01:00") == -62_135_596_800_000 - 3_600_000
    assert milliseconds("9999-12-31T23:00-02:00") == 253_402_304_400_000


NO_INSTANTS = (
    *(
        "",
        " ",
        "yesterday",
        "1893456000000",
        "-1",
        "2031-13",
        "2031-02-30",
        "2031-02-13 17:04",
        "2031-02-13t17:04:05z",
        "2031-02-13T24:00Z",
    ),
    *("2031-02-13T17:04:60Z", "2031-02-13T17:04:05.Z", "2031-02-13T17:04:05+24:00", "2031-02-13T", "2031-02-13Z", "2031-044", "31-02-13"),
    *("2031-02-13\n", "\n2031-02-13", " 2031-02-13", "٢٠٣١-٠٢-١٣", "2031-02-13T17:04:05Z\n", "0000-01-01", "2031-W07", "+002031-02-13"),
)


@pytest.mark.parametrize("text", NO_INSTANTS, ids=ascii)
def test_texts_that_are_no_instants(text: str) -> None:
    assert milliseconds(text) is None
