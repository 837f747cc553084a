"""Queries of queries, and what a query says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.bulk.bulk_command import Audience
from fleet.errors import Invalid
from fleet.query.filters import TagSelector, filtered
from fleet.query.parse import DEEPEST, parse
from fleet.query.selection import Selection, union
from tests.unit.query.devices import CONNECTED, LEFT, device, fits, tagged

YES: dict[str, Any] = {"name": "Pump 7"}
NO: dict[str, Any] = {"name": "Pump 8"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, True),
        (YES, True),
        (NO, False),
        ({**YES, "deviceClass": "standalone"}, True),
        ({**YES, "deviceClass": "gateway"}, False),
        ({"$and": [YES, YES]}, True),
        ({"$and": [YES, NO]}, False),
        ({"$and": [YES, YES, NO]}, False),
        ({"$and": []}, True),
        ({"$or": [YES, NO]}, True),
        ({"$or": [NO, YES]}, True),
        ({"$or": [NO, NO, YES]}, True),
        ({"$or": [NO, NO]}, False),
        ({"$or": [NO, NO, NO]}, False),
        ({"$or": [NO]}, False),
        ({"$or": []}, True),
        ({"$nor": [NO, NO]}, True),
        ({"$nor": [NO, YES]}, False),
        ({"$nor": [NO]}, True),
        ({"$nor": []}, False),
        ({"$or": [NO], "$and": [YES]}, False),
        ({"$or": [{"$nor": [{"$and": [YES, NO]}]}]}, True),
        ({"$or": [{}]}, True),
        ({"$nor": [{}]}, False),
    ],
    ids=str,
)
def test_logic(document: object, expected: bool) -> None:
    assert fits(document, device()) == expected


def test_a_query_keeps_the_document_as_it_was_given() -> None:
    document = {"id": "65F0C0DE0000000000000001", "name": {"$ci": True, "$in": ["PUMP 7"]}, "$or": []}
    query = parse(document)
    assert query.document == {"id": "65F0C0DE0000000000000001", "name": {"$ci": True, "$in": ["PUMP 7"]}, "$or": []}
    assert query.matches(device())


@pytest.mark.parametrize("name", ["connectionStatus", "connectedAt", "disconnectedAt"])
def test_connections_are_needed_where_one_member_asks_for_them(name: str) -> None:
    assert parse({"$or": [{}, {"$and": [{name: None}]}]}).needs_connections


def test_connections_are_not_needed_for_anything_else() -> None:
    names = ["id", "gatewayId", "parentId", "ancestorId", "experienceUserId", "experienceGroupId", "name", "deviceClass", "tags"]
    names += ["creationDate", "lastUpdated", "deletedAt", "attributeName"]
    assert not parse({**dict.fromkeys(names), "$or": [], "$and": [], "$nor": []}).needs_connections


def test_connections_that_nobody_has_read_are_not_taken_for_absent() -> None:
    query = parse({"connectionStatus": None})
    with pytest.raises(ValueError, match="have not been read"):
        query.matches(device())
    with pytest.raises(ValueError, match="have not been read"):
        query.among([device()])
    assert query.matches(device(), {})


def test_many_devices_at_once_stay_in_their_order() -> None:
    rows = [device(id=f"{number:024x}", name=name) for number, name in enumerate("abcab")]
    assert parse({"name": {"$in": ["b", "a"]}}).among(rows) == [rows[0], rows[1], rows[3], rows[4]]
    assert parse({"connectionStatus": "connected"}).among(rows, {rows[2].id: CONNECTED, rows[3].id: LEFT}) == [rows[2]]


def test_a_union_means_what_one_of_its_selections_means() -> None:
    hall, connected = parse({"tags": {"hall": "north"}}), parse({"connectionStatus": "connected"})
    both = union(hall, connected)
    assert both.needs_connections
    assert both.matches(tagged(("hall", "north")), {})
    assert both.matches(device(), {device().id: CONNECTED})
    assert not both.matches(device(), {device().id: LEFT})
    assert not union(hall, hall).needs_connections
    assert not union().matches(device())


def nested(levels: int, inmost: dict[str, Any]) -> dict[str, Any]:
    for _ in range(levels):
        inmost = {"$or": [inmost]}
    return inmost


def test_twenty_levels_are_read() -> None:
    assert fits(nested(DEEPEST, YES), device())
    assert not fits(nested(DEEPEST, NO), device())


@pytest.mark.parametrize("levels", [DEEPEST + 1, 200, 100_000])
def test_more_levels_are_refused(levels: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse(nested(levels, YES))
    (problem,) = refused.value.details
    assert problem.place == ("query", *["$or", 0] * DEEPEST, "$or")
    assert problem.message == "is nested too deep: at most 20 levels are read"


@pytest.mark.parametrize(
    ("selection", "named"),
    [
        (parse({"name": {"$ne": "Pump 7"}}), "query"),
        (parse({}, ("deviceQuery",)), "deviceQuery"),
        (filtered(tags=[TagSelector("hall")]), "tagFilter"),
        (Audience(tags=(("hall", None),)).selection, "deviceTags"),
        (Audience(query={"name": "Pump 7"}, visible=("a",)).selection, "deviceQuery"),
    ],
)
def test_devices_are_judged_for_some_seconds_at_most(selection: Selection, named: str) -> None:
    """20,000 conditions on 256 attributes of each device would take hours."""
    rows = [device(), device()]
    selection.among(rows)
    with pytest.raises(Invalid) as refused:
        selection.among(rows, longest=-1.0)
    assert [".".join(map(str, problem.place)) for problem in refused.value.details] == [named]
