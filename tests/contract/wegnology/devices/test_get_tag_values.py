"""GET /applications/{applicationId}/devices/tagValues."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wegnology.devices.get_tag_values import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import Query, delete, fill, row


def listed(application: Application, query: Query) -> dict[str, Any]:
    answer = application.ask(handler, query=query)
    assert answer.status == 200, answer.content
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture(autouse=True)
def _devices(application: Application) -> None:
    def tags(*pairs: tuple[str, str]) -> tuple[dict[str, str], ...]:
        return tuple({"key": key, "value": value} for key, value in pairs)

    application.world.device("Pump 1", tags=tags(("hall", "north"), ("hall", "annex"), ("Hall", "other"), ("floor", "2")))
    application.world.device("Pump 2", tags=tags(("hall", "North*"), ("hall", "žluť")))
    delete(application.world.device("Old", tags=tags(("hall", "gone"))))


CASES: list[tuple[Query, list[str]]] = [
    ({}, ["North*", "annex", "north", "žluť"]), ({"startsWith": "NORTH"}, ["North*", "north"]), ({"startsWith": "ŽL"}, ["žluť"]),
    ({"startsWith": "north*"}, ["North*"]), ({"query": '{"tags":{"floor":"2"}}'}, ["annex", "north"]), ({"query": '{"name":"Old"}'}, []),
]  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), CASES, ids=str)
def test_values_of_a_key_are_distinct_and_sorted(application: Application, query: Query, expected: list[str]) -> None:
    answer = listed(application, {"key": "hall", **query})
    assert list(answer.items()) == [("tagKey", "hall"), ("tagValues", expected)]


def test_keys_are_compared_with_case_and_unknown_ones_have_no_values(application: Application) -> None:
    for key, expected in (("Hall", ["other"]), ("HALL", []), ("nope", []), ("a b", []), ("*", [])):
        assert listed(application, {"key": key}) == {"tagKey": key, "tagValues": expected}


def test_the_first_thousand_are_listed(application: Application) -> None:
    fill(application, [row(number, 1_900_000_000_000, tags=[["hall", f"v{number:04}"], ["hall", "v"]]) for number in range(1100)])
    assert listed(application, {"key": "hall"})["tagValues"] == ["v", *(f"v{number:04}" for number in range(999))]


def test_a_key_is_required(application: Application) -> None:
    for query in ({}, {"key": ""}, {"startsWith": "a"}):
        assert refusal(application.ask(handler, query=query), 400, query) == "key is required"
    for twice in ({"key": ["a", "b"]}, {"key[0]": "a"}):
        assert refusal(application.ask(handler, query=twice), 400, twice).startswith("key")
    assert refusal(application.ask(handler, query={"key": "a", "query": "x"}), 400).startswith("query")
