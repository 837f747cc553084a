"""GET /applications/{applicationId}/devices/attributeNames."""

from __future__ import annotations

import pytest

from functions.wegnology.devices.get_attribute_names import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import BAD_QUERIES, Query, delete, fill, row

BEGIN = 1_900_000_000_000


def listed(application: Application, query: Query | None = None) -> list[str]:
    answer = application.ask(handler, query=query or {})
    assert answer.status == 200, answer.content
    assert answer.json.keys() == {"attributeNames"}
    found: list[str] = answer.json["attributeNames"]
    return found


@pytest.fixture(autouse=True)
def _devices(application: Application, other: Application) -> None:
    def attributes(**types: str) -> tuple[dict[str, str], ...]:
        return tuple({"name": name, "data_type": data_type} for name, data_type in types.items())

    application.world.device("Pump 1", attributes=attributes(temperature="number", Temp_2="number", at="gps"))
    application.world.device("Pump 2", attributes=attributes(temperature="number", Zone="string", at="string"))
    delete(application.world.device("Old", attributes=attributes(gone="number")))
    other.world.device("Theirs", attributes=attributes(theirs="number"))


CASES: list[tuple[Query, list[str]]] = [
    ({}, ["Temp_2", "Zone", "at", "temperature"]),
    ({"startsWith": "temper"}, ["temperature"]),
    ({"startsWith": "TEMP"}, ["Temp_2", "temperature"]),
    ({"startsWith": "*"}, []),
    ({"startsWith": ""}, ["Temp_2", "Zone", "at", "temperature"]),
    ({"startsWith": "emp"}, []),
    ({"dataType": "number"}, ["Temp_2", "temperature"]),
    ({"dataType[0]": "gps", "dataType[1]": "string"}, ["Zone", "at"]),
    ({"dataType": ["gps", "blob"]}, ["at"]),
    ({"dataType[]": "boolean"}, []),
    ({"dataType": "number", "startsWith": "at"}, []),
    ({"query": '{"name":"Pump 2"}'}, ["Zone", "at", "temperature"]),
    ({"query": '{"name":"Pump 2"}', "dataType": "gps"}, []),
    ({"query": "{}"}, ["Temp_2", "Zone", "at", "temperature"]),
    ({"query": '{"name":"Old"}'}, []),
    ({"query": '{"connectionStatus":null}', "startsWith": "z"}, ["Zone"]),
    ({"page": "x", "_links": "false"}, ["Temp_2", "Zone", "at", "temperature"]),
]


@pytest.mark.parametrize(("query", "expected"), CASES, ids=str)
def test_names_are_distinct_and_sorted_by_code_point(application: Application, query: Query, expected: list[str]) -> None:
    assert listed(application, query) == expected


def test_the_first_thousand_are_listed(application: Application) -> None:
    fill(application, [row(number, BEGIN, attributes=[[f"a{number * 7 % 1300:04}", "number"], ["z", "blob"]]) for number in range(1300)])
    assert listed(application) == [f"a{number:04}" for number in range(1000)]
    assert listed(application, {"startsWith": "A12"}) == [f"a{number:04}" for number in range(1200, 1300)]
    assert listed(application, {"dataType": "blob"}) == ["z"]


REFUSED: list[tuple[Query, str]] = [
    *(({"dataType": text}, "dataType must be 'string', ") for text in ("", "Number", "x")),
    ({"dataType": ["gps", "x"]}, "dataType.1"),
    ({"dataType[a]": "gps"}, "dataType"),
    ({"startsWith": ["a", "b"]}, "startsWith"),
    *(({"query": text}, "query") for text in BAD_QUERIES),
]


@pytest.mark.parametrize(("query", "named"), REFUSED, ids=str)
def test_what_is_refused_is_named(application: Application, query: Query, named: str) -> None:
    assert refusal(application.ask(handler, query=query), 400, query).startswith(named)
