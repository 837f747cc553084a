"""GET /applications/{applicationId}/devices/compositeState."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.registry.device import Device
from fleet.telemetry.device_state import Scalar, StateReport
from fleet.telemetry.device_states import DeviceStates
from functions.wegnology.devices.get_composite_state import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import BAD_QUERIES, Query, change, delete, fill, row
from tests.harness.aws import put
from tests.harness.recorder import Recorder

ATTRIBUTES = {"flow": "number", "door": "boolean", "text": "string", "at": "gps"}
HOUR = 3_600_000


def shown(application: Application, query: Query | None = None, **more: Any) -> dict[str, Any]:
    answer = application.ask(handler, query=query or {}, **more)
    assert answer.status == 200, answer.content[:300]
    found: dict[str, Any] = answer.json
    return found


def values(application: Application, query: Query | None = None) -> dict[str, dict[str, Any]]:
    """The values by attribute, of each device that has some."""
    items = shown(application, query)["items"]
    return {
        item["name"]: {name: each["value"] for name, each in item["compositeState"].items()} for item in items if item["compositeState"]
    }


def report(device: Device, when: int, /, **values: Scalar) -> None:
    DeviceStates.add(EVERYWHERE, device.organization, device.id, [StateReport(when, when * 1000, values, device.version)])


@pytest.fixture
def now() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def pump(application: Application, now: int) -> Device:
    """It has reported three times: three hours ago, two hours ago and an hour ago."""
    attributes = tuple({"name": name, "data_type": data_type} for name, data_type in ATTRIBUTES.items())
    pump = application.world.device("Pump", attributes=attributes)
    report(pump, now - 3 * HOUR, flow=1, door=True)
    report(pump, now - 2 * HOUR, flow=2.5, text="two")
    report(pump, now - HOUR, text="three" * 200, at="48.1,17.1")
    return pump


def test_the_envelope_is_that_of_the_list_and_items_have_three_members(application: Application, pump: Device, now: int) -> None:
    answer = shown(application, {"query": '{"name":"Pump"}'})
    href = f"/applications/{application.id}"
    assert list(answer) == [
        "items", "count", "totalCount", "perPage", "page", "sortField", "sortDirection", "applicationId", "query", "_type", "_links",
    ]  # fmt: skip
    assert {name: answer[name] for name in list(answer)[1:]} == {
        "count": 1, "totalCount": 1, "perPage": 100, "page": 0, "sortField": "name", "sortDirection": "asc",
        "applicationId": application.id, "query": {"name": "Pump"}, "_type": "devices",
        "_links": {"application": {"href": href}, "self": {"href": f"{href}/devices"}},
    }  # fmt: skip
    (item,) = answer["items"]
    assert list(item) == ["id", "name", "compositeState"]
    assert (item["id"], list(item["compositeState"])) == (pump.id, ["flow", "door", "text", "at"])
    assert item["compositeState"]["door"].keys() == {"value", "time"}
    assert "_links" not in shown(application, {"_links": "false"})


def test_each_attribute_has_its_newest_value_and_its_time(application: Application, pump: Device, now: int) -> None:
    (state,) = [item["compositeState"] for item in shown(application)["items"] if item["id"] == pump.id]
    assert {name: each["value"] for name, each in state.items()} == {"flow": 2.5, "door": True, "text": "three" * 200, "at": "48.1,17.1"}
    assert state["door"]["value"] is True
    assert len({each["time"] for each in state.values()}) == 3
    assert all(each["time"].endswith("Z") for each in state.values())
    fraction = f".{now % 1000:03}Z"
    assert {each["time"][-5:] for each in state.values()} == {fraction}


def test_devices_without_state_are_listed(application: Application, pump: Device) -> None:
    delete(application.gateway)
    found = {item["name"]: item["compositeState"] for item in shown(application)["items"]}
    assert list(found) == ["Edge", "Hall", "North", "Pump"]
    assert found["Hall"] == {}


def test_times_are_from_and_to_both_included(application: Application, pump: Device, now: int) -> None:
    all_of_it = {"flow": 2.5, "door": True, "text": "three" * 200, "at": "48.1,17.1"}
    first, second, third = (now - hours * HOUR for hours in (3, 2, 1))
    for query, expected in (
        ({"start": "1", "end": "0"}, all_of_it),
        ({"start": "", "end": ""}, all_of_it),
        ({"start": str(third)}, {"text": "three" * 200, "at": "48.1,17.1"}),
        ({"start": str(third + 1)}, {}),
        ({"end": str(second)}, {"flow": 2.5, "door": True, "text": "two"}),
        ({"end": str(second - 1)}, {"flow": 1, "door": True}),
        ({"end": str(first - 1)}, {}),
        ({"start": str(second), "end": str(second)}, {"flow": 2.5, "text": "two"}),
        ({"start": str(-HOUR * 5 // 2)}, {"flow": 2.5, "text": "three" * 200, "at": "48.1,17.1"}),
        ({"start": str(-HOUR * 5 // 2), "end": str(-HOUR * 3 // 2)}, {"flow": 2.5, "text": "two"}),
        ({"start": "0"}, {}),
        ({"start": str(third), "end": str(first)}, {}),
        ({"start": "9" * 40}, {}),
        ({"start": "-" + "9" * 40}, all_of_it),
        ({"end": "-" + "9" * 40}, {}),
        ({"end": "9" * 40}, all_of_it),
    ):
        assert values(application, query) == ({"Pump": expected} if expected else {}), query
    report(pump, now + HOUR, flow=9)
    assert values(application)["Pump"]["flow"] == 2.5
    assert values(application, {"end": str(now + HOUR)})["Pump"]["flow"] == 9


def test_attributes_limit_what_is_shown_of_each_device(application: Application, pump: Device) -> None:
    for text, expected in (
        ("flow", {"flow"}),
        (" flow , door,nope,, ", {"flow", "door"}),
        ("nope", set()),
        (",", set()),
        ("FLOW", set()),
        ("", set(ATTRIBUTES)),
    ):
        answer = shown(application, {"attributes": text})
        assert (answer["totalCount"], answer["items"][-1]["compositeState"].keys()) == (5, expected), text


def test_what_is_no_attribute_of_the_device_any_more_is_left_out(application: Application, pump: Device) -> None:
    change(pump, attributes=({"name": "flow", "data_type": "number"}, {"name": "door", "data_type": "string"}))
    assert values(application) == {"Pump": {"flow": 2.5}}


def test_order_and_pages_are_those_of_the_list(application: Application, pump: Device) -> None:
    for query in (
        {"sortField": "name", "sortDirection": "DESC"},
        {"sortField": "id"},
        {"sortField": "creationDate"},
        {"sortField": "connectionStatus"},
        {"sortField": "lastUpdated"},
    ):
        whole = [item["id"] for item in shown(application, query)["items"]]
        parts = [item["id"] for page in range(4) for item in shown(application, {**query, "page": str(page), "perPage": "2"})["items"]]
        assert (len(whole), parts) == (5, whole), query
    assert shown(application, {"perPage": "5000"})["perPage"] == 1000
    assert shown(application, {"query": "{}"})["query"] == {}


def test_simple_filters_are_not_known_here(application: Application, pump: Device) -> None:
    answer = shown(application, {"deviceClass": "x", "filterField": "x", "filter": "x", "parentId": "x", "queryDeleted": "true"})
    assert (answer["totalCount"], "query" in answer, "filter" in answer) == (5, False, False)


def test_it_takes_a_request_more_than_the_list_and_one_for_long_values(
    application: Application, pump: Device, aws_requests: Recorder
) -> None:
    read, query = "dynamodb:BatchGetItem", "dynamodb:Query"
    for asked, requests in (
        ({"attributes": "flow"}, [read, query, read]),
        ({}, [read, query, read, read]),
        ({"attributes": "nope"}, [read, query]),
    ):
        aws_requests.clear()
        shown(application, asked)
        assert aws_requests.requests == requests, asked


@pytest.mark.slow
def test_a_page_with_more_to_look_up_than_there_is_time_for_is_refused_before(
    application: Application, aws_requests: Recorder, now: int
) -> None:
    """Twenty devices with 256 attributes, each of which was reported after the time."""
    names = [f"a{number}" for number in range(256)]
    fleet = [row(number, 1_900_000_000_000 + number, attributes=[[name, "number"] for name in names]) for number in range(20)]
    fill(application, fleet)
    newest = {f"={name}": {"M": {"m": {"S": f"{now:015d}#{1:020d}"}, "v": {"S": "1"}}} for name in names}
    put("SeriesTable", [{"pk": {"S": f"NOW#{each.id}"}, "sk": {"S": "NOW"}, **newest} for each in fleet])
    value = {"pk": {"S": f"STATE#{fleet[0].id}"}, "sk": {"S": f"a7#{now - 2 * HOUR:015d}#{1:020d}"}, "v": {"S": "7"}}
    put("SeriesTable", [value])
    past = {"end": str(now - HOUR), "sortField": "id"}
    aws_requests.clear()
    assert refusal(application.ask(handler, query=past), 400, past) == "perPage must be lower"
    assert aws_requests.requests.count("dynamodb:Query") == 1  # that of the directory
    for query, queries in ((past | {"perPage": "1"}, 256), (past | {"attributes": "a7,a8"}, 40)):
        aws_requests.clear()
        state = shown(application, query)["items"][0]["compositeState"]
        assert {name: each["value"] for name, each in state.items()} == {"a7": 7}
        assert aws_requests.requests.count("dynamodb:Query") == 1 + queries
    assert shown(application, past | {"end": "0"})["count"] == 20


REFUSED: list[tuple[Query, str]] = [
    *(({name: text}, f"{name} must be an integer") for name in ("start", "end") for text in ("a", "1.0", "1e3", "now", "2031-02-03")),
    ({"sortField": "deletedAt"}, "sortField"),
    ({"sortDirection": "x"}, "sortDirection"),
    ({"page": "-1"}, "page"),
    ({"perPage": "0"}, "perPage"),
    *(({name: ["1", "2"]}, name) for name in ("start", "end", "attributes", "page", "query")),
    *(({"query": text}, "query") for text in BAD_QUERIES),
]


@pytest.mark.parametrize(("query", "named"), REFUSED, ids=lambda value: f"{value!s:.40}")
def test_what_is_refused_is_named(application: Application, query: Query, named: str) -> None:
    assert refusal(application.ask(handler, query=query), 400, query).startswith(named)


def test_the_token_of_a_device_sees_its_own_state(application: Application, other: Application, pump: Device) -> None:
    token = application.world.token_of("all.Device.read", device=pump.id, devices=(other.hall.id,))
    answer = shown(application, token=token)
    assert ([item["name"] for item in answer["items"]], answer["totalCount"]) == (["Pump"], 1)
    refusal(application.ask(handler, token=application.world.token_of("devices.get")), 403)
    refusal(other.ask(handler, of=application.id), 404)


@pytest.mark.slow
def test_a_page_of_more_than_six_megabytes_is_refused_and_says_how_to_ask(application: Application, now: int) -> None:
    names = [f"text{number}" for number in range(40)]
    for number in range(6):
        device = application.world.device(f"Wide {number}", attributes=tuple({"name": name, "data_type": "string"} for name in names))
        report(device, now, **dict.fromkeys(names, "x" * 30000))
    assert refusal(application.ask(handler), 400) == "perPage must be lower"
    assert len(shown(application, {"perPage": "8"})["items"][7]["compositeState"]) == 40
    assert shown(application, headers={"Accept-Encoding": "gzip"})["count"] == 10
    assert shown(application, {"attributes": ",".join(names[:20])})["count"] == 10
