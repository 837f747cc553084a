"""GET /applications/{applicationId}/devices/tagKeys."""

from __future__ import annotations

from functions.wegnology.devices.get_tag_keys import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import Query, delete, fill, row

READING = {f"all.{of}{what}" for of in ("Application", "Organization", "User") for what in ("", ".read")} | {"devices.*", "devices.tagKeys"}


def listed(application: Application, query: Query | None = None) -> list[str]:
    answer = application.ask(handler, query=query or {})
    assert answer.status == 200, answer.content
    assert answer.json.keys() == {"tagKeys"}
    found: list[str] = answer.json["tagKeys"]
    return found


def tags(*pairs: tuple[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({"key": key, "value": value} for key, value in pairs)


def test_keys_are_distinct_and_sorted_by_code_point(application: Application, other: Application) -> None:
    application.world.device("Pump 1", tags=tags(("hall", "north"), ("hall", "annex"), ("Floor", "1"), ("floor", "2")))
    application.world.device("Pump 2", tags=tags(("hall", "north"), ("zone", "1")))
    delete(application.world.device("Old", tags=tags(("gone", "1"))))
    other.world.device("Theirs", tags=tags(("theirs", "1")))
    assert listed(application) == ["Floor", "floor", "hall", "zone"]
    assert listed(application, {"startsWith": "FLO"}) == ["Floor", "floor"]
    assert listed(application, {"startsWith": "f?"}) == []
    assert listed(application, {"query": '{"tags":{"zone":"1"}}'}) == ["hall", "zone"]
    assert listed(application, {"query": '{"name":"Old"}'}) == []
    assert listed(other) == ["theirs"]


def test_the_first_thousand_are_listed(application: Application) -> None:
    fill(application, [row(number, 1_900_000_000_000, tags=[[f"k{number:04}", "v"]]) for number in range(1100)])
    assert listed(application) == [f"k{number:04}" for number in range(1000)]


def test_a_query_that_is_none_is_refused(application: Application) -> None:
    for query in ("{", "[]", '{"tags":{"$all":[]}}'):
        assert refusal(application.ask(handler, query={"query": query}), 400).startswith("query"), query
