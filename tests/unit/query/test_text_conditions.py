"""Conditions on texts: name, class, connection status, names of attributes."""

from __future__ import annotations

import pytest

from fleet.registry.connection import Connection
from tests.unit.query.devices import CONNECTED, LEFT, device, fits


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Pump 7", True),
        ("pump 7", False),
        ("Pump", False),
        (7, False),
        (True, False),
        (None, False),
        ({}, True),
        ({"$eq": "Pump 7"}, True),
        ({"$eq": "Pump 8"}, False),
        ({"$eq": None}, False),
        ({"$ne": None}, True),
        ({"$ne": "Pump 7"}, False),
        ({"$ne": "Pump 8"}, True),
        ({"$ne": 7}, True),
        ({"$gt": "Pump 6"}, True),
        ({"$gt": "Pump 7"}, False),
        ({"$gte": "Pump 7"}, True),
        ({"$gte": "Pump 8"}, False),
        ({"$lt": "Pump 8"}, True),
        ({"$lt": "Pump 7"}, False),
        ({"$lte": "Pump 7"}, True),
        ({"$lte": "Pump 6"}, False),
        ({"$gt": "Pump 6", "$lt": "Pump 8"}, True),
        ({"$gt": "Pump 6", "$lt": "Pump 7"}, False),
        ({"$gt": None}, False),
        ({"$gte": None}, False),
        ({"$lt": None}, False),
        ({"$lte": None}, False),
        ({"$gt": 0}, False),
        ({"$lt": 0}, False),
        ({"$gte": False}, False),
        ({"$startsWith": "Pum"}, True),
        ({"$startsWith": "ump"}, False),
        ({"$startsWith": "pum"}, False),
        ({"$endsWith": " 7"}, True),
        ({"$endsWith": "Pump"}, False),
        ({"$contains": "mp "}, True),
        ({"$contains": "."}, False),
        ({"$contains": "^P"}, False),
        ({"$startsWith": "P", "$endsWith": "8"}, False),
        ({"$in": ["x", "Pump 7", 3, True]}, True),
        ({"$in": ["Pump 7"]}, True),
        ({"$in": ["pump 7", "Pump"]}, False),
        ({"$in": [7, True]}, False),
        ({"$in": []}, False),
        ({"$nin": ["x", "Pump 7"]}, False),
        ({"$nin": ["x", 7]}, True),
        ({"$nin": []}, True),
        ({"$in": ["Pump 7", "x"], "$nin": ["x"]}, True),
    ],
    ids=str,
)
def test_a_name(condition: object, expected: bool) -> None:
    assert fits({"name": condition}, device()) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"$ci": True}, True),
        ({"$ci": False}, True),
        ({"$ci": True, "$eq": "PUMP 7"}, True),
        ({"$eq": "PUMP 7", "$ci": True}, True),
        ({"$ci": False, "$eq": "PUMP 7"}, False),
        ({"$ci": True, "$eq": "PUMP"}, False),
        ({"$ci": True, "$ne": "PUMP 7"}, False),
        ({"$ci": True, "$in": ["x", "PUMP 7"]}, True),
        ({"$ci": True, "$in": ["PUMP 7"]}, True),
        ({"$ci": True, "$nin": ["PUMP 7"]}, False),
        ({"$ci": True, "$startsWith": "PU", "$endsWith": "P 7", "$contains": "UM"}, True),
        ({"$ci": True, "$gt": "PUMP 6"}, True),
        ({"$ci": True, "$gt": "QUMP"}, False),
        ({"$ci": True, "$lt": "a"}, False),
        ({"$ci": True, "$eq": None}, False),
        ({"$ci": True, "$eq": 7}, False),
    ],
    ids=str,
)
def test_a_name_in_any_letter_case(condition: object, expected: bool) -> None:
    assert fits({"name": condition}, device()) == expected


def test_case_is_ignored_in_that_object_alone() -> None:
    assert not fits({"name": {"$ci": True, "$eq": "PUMP 7"}, "deviceClass": "STANDALONE"}, device())


def test_texts_are_in_the_order_of_their_code_points() -> None:
    assert fits({"name": {"$gt": "Z"}}, device(name="a"))
    assert fits({"name": {"$gt": "\ufffd"}}, device(name="\U0001f600"))


@pytest.mark.parametrize("text", ["Pump.7", "P.*", "P%", "P?mp 7", "[P]ump 7", "Pump 7\n"], ids=ascii)
def test_a_text_is_no_pattern(text: str) -> None:
    for operator in ("$eq", "$startsWith", "$endsWith", "$contains"):
        assert not fits({"name": {operator: text}}, device())
        assert fits({"name": {operator: text}}, device(name=text))


def test_a_class() -> None:
    assert fits({"deviceClass": {"$in": ["gateway", "edgeCompute"]}}, device(device_class="edgeCompute"))
    assert not fits({"deviceClass": "edgecompute"}, device(device_class="edgeCompute"))


def test_a_class_that_there_is_not_means_nothing() -> None:
    assert not fits({"deviceClass": "submarine"}, device())
    assert fits({"deviceClass": {"$ne": "submarine"}}, device())


@pytest.mark.parametrize(
    ("condition", "connected", "left", "never"),
    [
        ("connected", True, False, False),
        ("disconnected", False, True, False),
        (None, False, False, True),
        ({"$ne": None}, True, True, False),
        ({"$ne": "connected"}, False, True, True),
        ({"$nin": ["connected", "x"]}, False, True, True),
        ({"$in": ["connected", "disconnected"]}, True, True, False),
        ({"$startsWith": "dis"}, False, True, False),
        ({"$lte": "connected"}, True, False, False),
        ({"$ci": True, "$eq": "CONNECTED"}, True, False, False),
        (True, False, False, False),
        (1, False, False, False),
    ],
    ids=str,
)
def test_a_connection_status(condition: object, connected: bool, left: bool, never: bool) -> None:
    connections: list[Connection | None] = [CONNECTED, LEFT, None]
    assert [fits({"connectionStatus": condition}, device(), each) for each in connections] == [connected, left, never]


FLOW = [["flow", "number"], ["level", "string"]]


@pytest.mark.parametrize(
    ("condition", "with_flow", "with_none"),
    [
        ("flow", True, False),
        ("level", True, False),
        ("number", False, False),
        ("FLOW", False, False),
        ({"$ci": True, "$eq": "FLOW"}, True, False),
        ({"$startsWith": "lev"}, True, False),
        ({"$gt": "h"}, True, False),
        ({"$gt": "m"}, False, False),
        ({"$in": ["level", "x"]}, True, False),
        ({"$ne": "flow"}, False, True),
        ({"$ne": "x"}, True, True),
        ({"$nin": ["x", "level"]}, False, True),
        ({"$nin": ["x"]}, True, True),
        ({"$nin": []}, True, True),
        (None, False, True),
        ({"$eq": None}, False, True),
        ({"$ne": None}, True, False),
        ({"$lt": None}, False, False),
        ({}, True, True),
        ({"$startsWith": "f", "$endsWith": "w"}, True, False),
        ({"$startsWith": "f", "$ne": "level"}, False, False),
    ],
    ids=str,
)
def test_names_of_attributes(condition: object, with_flow: bool, with_none: bool) -> None:
    assert [fits({"attributeName": condition}, device(attributes=each)) for each in (FLOW, [])] == [with_flow, with_none]


def test_one_name_has_to_fit_all_operators() -> None:
    assert not fits({"attributeName": {"$startsWith": "f", "$endsWith": "l"}}, device(attributes=FLOW))
    assert not fits({"attributeName": {"$eq": None, "$startsWith": "f"}}, device(attributes=FLOW))
