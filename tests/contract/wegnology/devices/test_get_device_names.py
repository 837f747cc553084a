"""GET /applications/{applicationId}/devices/deviceNames."""

from __future__ import annotations

from typing import Any

from functions.wegnology.devices.get_device_names import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import Query, delete, fill, row
from tests.harness.recorder import Recorder

BEGIN = 1_900_000_000_000


def listed(application: Application, query: Query | None = None) -> list[dict[str, Any]]:
    answer = application.ask(handler, query=query or {})
    assert answer.status == 200, answer.content
    assert answer.json.keys() == {"deviceSummary"}
    found: list[dict[str, Any]] = answer.json["deviceSummary"]
    return found


def names(application: Application, query: Query | None = None) -> list[str]:
    return [each["name"] for each in listed(application, query)]


def test_each_device_has_an_entry_of_three_members(application: Application) -> None:
    assert listed(application)[0] == {"id": application.edge.id, "deviceClass": "edgeCompute", "name": "Edge"}
    assert names(application) == ["Edge", "Gateway", "Hall", "North"]
    twins = sorted(application.world.device("Hall").id for _ in range(3))
    found = [each["id"] for each in listed(application) if each["name"] == "Hall"]
    assert found == sorted([application.hall.id, *twins])


def test_names_begin_with_a_text_in_any_case(application: Application) -> None:
    application.world.device("hall *")
    for begin, expected in (
        ("HALL", ["Hall", "hall *"]),
        ("hall *", ["hall *"]),
        ("all", []),
        ("*", []),
        ("", ["Edge", "Gateway", "Hall", "North", "hall *"]),
    ):
        assert names(application, {"startsWith": begin}) == expected, begin


def test_queries_are_about_live_devices(application: Application) -> None:
    delete(application.gateway)
    assert names(application, {"query": '{"deviceClass":{"$ne":"system"}}'}) == ["Edge"]
    assert names(application, {"query": '{"deviceClass":{"$ne":"system"}}', "startsWith": "g"}) == []
    refusal(application.ask(handler, query={"query": "["}), 400)


def test_the_first_thousand_by_name_are_listed_from_two_requests(application: Application, aws_requests: Recorder) -> None:
    fill(application, [row(number, BEGIN, name=f"n{number * 7 % 1300 // 2:04}") for number in range(1300)])
    aws_requests.clear()
    found = listed(application)
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:Query"]
    assert [each["name"] for each in found] == [f"n{number // 2:04}" for number in range(1000)]
    assert found == sorted(found, key=lambda each: (each["name"], each["id"]))
