"""Clients of the WEGnology API against `make up`: creating and listing devices, their names and their state."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.clients.answers import has, is_device, is_id, is_page, is_state
from tests.clients.losant import Api, Refused, is_invalid

pytestmark = pytest.mark.cloud

FLOW = {"name": "flow", "dataType": "number", "attributeTags": {"unit": "l/s"}}
STATE = {"name": "state", "dataType": "string", "attributeTags": {}}
NORTH, ANNEX, OLD = {"key": "hall", "value": "north"}, {"key": "hall", "value": "annex"}, {"key": "Älter", "value": "x"}


def test_post_shows_the_device(api: Api) -> None:
    on = {"name": "on", "dataType": "boolean", "description": "runs", "contentType": "text/plain"}
    sent = {
        "name": "Pump 7 ✓",
        "description": "by the door",
        "tags": [NORTH, {"key": "floor", "value": "2 & 3"}, ANNEX],
        "attributes": [FLOW, on],
        "keepDuplicates": True,
    }
    made = api.devices("post", device=sent)
    is_device(made, api.application.id)
    shown = {name: made[name] for name in sent}
    assert shown == {**sent, "attributes": [FLOW, {**on, "attributeTags": {}}]}
    assert (made["deviceClass"], made["connectionInfo"]) == ("standalone", {"connected": None})
    assert made["lastUpdated"] == made["creationDate"]
    again = api.devices("post", device={name: made[name] for name in ("name", "tags", "attributes")})
    assert again["id"] != made["id"]
    assert [api.devices("get", query={"id": each["id"]})["items"] for each in (made, again)] == [[made], [again]]


def test_post_shows_tags_and_attributes_as_objects(api: Api) -> None:
    sent = {"name": "Pump", "tags": [NORTH, {"key": "floor", "value": "2"}, ANNEX], "attributes": [FLOW]}
    made = api.devices("post", device=sent, tagsAsObject=True, attributesAsObject=True)
    is_device(made, api.application.id)
    assert made["tags"] == {"hall": ["north", "annex"], "floor": ["2"]}
    assert {name: each["dataType"] for name, each in made["attributes"].items()} == {"flow": "number"}
    bare = api.devices("post", device={"name": "Bare"}, tagsAsObject=True, attributesAsObject=True, _links=False)
    is_device(bare, api.application.id, without={"_links"})
    assert (bare["tags"], bare["attributes"]) == ({}, {})


def test_post_knows_systems_gateways_and_peripherals(api: Api) -> None:
    site = api.devices("post", device={"name": "Site", "deviceClass": "system"})
    assert site["systemInterval"] == 30
    hall = api.made("Hall", deviceClass="system", parentId=site["id"].upper())
    gateway = api.made("Gateway", deviceClass="gateway", parentId=hall)
    sensor = api.devices("post", device={"name": "Sensor", "deviceClass": "peripheral", "gatewayId": gateway, "parentId": hall})
    is_device(sensor, api.application.id)
    assert (sensor["gatewayId"], sensor["parentId"], sensor["ancestorIds"]) == (gateway, hall, [site["id"], hall])
    assert api.names(parentId=hall) == ["Gateway", "Sensor"]
    assert api.names(parentId="null") == ["Site"]
    assert api.names(query={"ancestorId": site["id"]}) == ["Gateway", "Hall", "Sensor"]


NO_DEVICES: list[tuple[dict[str, Any], str]] = [
    ({}, "name"),
    ({"name": "x", "colour": "red"}, "colour"),
    ({"name": "x", "deviceClass": "peripheral"}, "gatewayId"),
    ({"name": "x", "gatewayId": None}, "gatewayId"),
    ({"name": "x", "parentId": "65f0c0de00000000000000a1"}, "parentId"),
    ({"name": "x", "tags": [{"key": "a b", "value": "1"}]}, "tags"),
]


def test_post_refuses_what_is_no_device(api: Api) -> None:
    for device, named in NO_DEVICES:
        is_invalid(api.refusal("post", device=device), named)
    assert api.names() == []


def fleet(api: Api) -> list[str]:
    """Four devices, the oldest first; their names in the order of code points are Zeta, alpha 1, alpha 2, beta."""
    return [
        api.made("beta", deviceClass="gateway", tags=[NORTH, {"key": "floor", "value": "2"}]),
        api.made("alpha 2", tags=[ANNEX, NORTH], attributes=[FLOW]),
        api.made("Zeta", deviceClass="floating", attributes=[STATE, {**FLOW, "dataType": "string"}]),
        api.made("alpha 1", tags=[ANNEX, {"key": "Hall", "value": "x"}], attributes=[{"name": "Flow", "dataType": "number"}]),
    ]


def test_get_pages_and_sorts(api: Api) -> None:
    ids, application = fleet(api), api.application.id
    page = api.devices("get")
    is_page(page, application, {}, count=4, totalCount=4)
    for each in page["items"]:
        is_device(each, application)
    assert [each["name"] for each in page["items"]] == ["Zeta", "alpha 1", "alpha 2", "beta"]
    second = api.devices("get", sortField="creationDate", sortDirection="DESC", perPage=3, page=1)
    is_page(second, application, {}, count=1, totalCount=4, perPage=3, page=1, sortField="creationDate", sortDirection="desc")
    assert [each["id"] for each in second["items"]] == ids[:1]
    beyond = api.devices("get", page=7, perPage=5000)
    is_page(beyond, application, {}, count=0, totalCount=4, perPage=1000, page=7)
    assert [each["id"] for each in api.devices("get", sortField="id")["items"]] == sorted(ids)
    bare = api.devices("get", excludeConnectionInfo=True, tagsAsObject=True, attributesAsObject=True, _links=False)
    is_page(bare, application, {}, links=False)
    for each in bare["items"]:
        is_device(each, application, without={"connectionInfo", "_links"})
    assert [each["tags"] for each in bare["items"]][1:3] == [{"hall": ["annex"], "Hall": ["x"]}, {"hall": ["annex", "north"]}]


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"filterField": "name", "filter": "ALPHA ?"}, ["alpha 1", "alpha 2"]),
    ({"filterField": "name", "filter": "*ta"}, ["Zeta", "beta"]),
    ({"deviceClass": "gateway"}, ["beta"]),
    ({"deviceClass": ["gateway", "floating"]}, ["Zeta", "beta"]),
    ({"tagFilter": [{"key": "hall", "value": "north"}, {"value": "annex"}]}, ["alpha 2"]),
    ({"tagFilter": [{"key": "Hall"}]}, ["alpha 1"]),
    ({"query": {"tags": {"$tagKey": "floor"}}}, ["beta"]),
    (
        {"query": {"$or": [{"name": {"$startsWith": "ALPHA", "$ci": True}}, {"deviceClass": {"$in": ["gateway"]}}]}},
        ["alpha 1", "alpha 2", "beta"],
    ),
    ({"query": {}}, ["Zeta", "alpha 1", "alpha 2", "beta"]),
    ({"query": {"name": "Ä"}}, []),
]


def test_get_filters_and_repeats_how(api: Api) -> None:
    fleet(api)
    for given, names in FILTERS:
        page = api.devices("get", **given)
        is_page(page, api.application.id, given)
        assert [each["name"] for each in page["items"]] == names, given


def test_a_query_takes_the_place_of_simple_filters(api: Api) -> None:
    fleet(api)
    page = api.devices("get", query={"deviceClass": "gateway"}, filterField="name", filter="alpha*", parentId="null")
    is_page(page, api.application.id, {"query": {"deviceClass": "gateway"}})
    assert [each["name"] for each in page["items"]] == ["beta"]


NO_QUERIES: list[tuple[dict[str, Any], str]] = [
    ({"page": -1}, "page"),
    ({"perPage": 0}, "perPage"),
    ({"sortField": "tags"}, "sortField"),
    ({"deviceClass": ["gateway", "toaster"]}, "deviceClass"),
    ({"query": {"colour": "red"}}, "query"),
    ({"query": ["name"]}, "query"),
    ({"parentId": "there"}, "parentId"),
]


def test_get_refuses_and_names_what_is_wrong(api: Api) -> None:
    for given, named in NO_QUERIES:
        is_invalid(api.refusal("get", **given), named)


def test_names_of_attributes_tags_and_devices(api: Api) -> None:
    ids = fleet(api)
    assert api.devices("attributeNames") == {"attributeNames": ["Flow", "flow", "state"]}
    assert api.devices("attributeNames", startsWith="FLOW", dataType=["number"]) == {"attributeNames": ["Flow", "flow"]}
    assert api.devices("attributeNames", query={"name": "Zeta"}, dataType="number") == {"attributeNames": []}
    assert api.devices("tagKeys") == {"tagKeys": ["Hall", "floor", "hall"]}
    assert api.devices("tagKeys", startsWith="h", query={"deviceClass": "gateway"}) == {"tagKeys": ["hall"]}
    assert api.devices("tagValues", key="hall") == {"tagKey": "hall", "tagValues": ["annex", "north"]}
    assert api.devices("tagValues", key="hall", startsWith="NO") == {"tagKey": "hall", "tagValues": ["north"]}
    assert api.devices("tagValues", key="HALL", query={}) == {"tagKey": "HALL", "tagValues": []}
    twin = api.made("alpha 2")
    found = api.devices("deviceNames", startsWith="ALPHA")
    has(found, {"deviceSummary"})
    kinds = ((ids[3], "alpha 1"), *((id, "alpha 2") for id in sorted([ids[1], twin])))
    assert found["deviceSummary"] == [{"id": id, "deviceClass": "standalone", "name": name} for id, name in kinds]
    is_invalid(api.refusal("tagValues"), "key")
    is_invalid(api.refusal("attributeNames", dataType="colour"), "dataType")


def test_state_of_devices(api: Api) -> None:
    pump = api.made("Pump", attributes=[FLOW, STATE, {"name": "on", "dataType": "boolean"}])
    api.made("Silent", attributes=[FLOW])
    now = int(time.time() * 1000)
    earlier = {"time": now - 60_000, "data": {"flow": 1.5, "state": "idle"}}
    for reports in ([earlier, {"time": now - 30_000, "data": {"flow": 17.25}}], {"data": {"on": False}}):
        assert api.device("sendState", pump, deviceState=reports) == {"success": True}
    page = api.devices("getCompositeState")
    is_page(page, api.application.id, {})
    for each in page["items"]:
        is_state(each)
        is_id(each["id"])
    assert [(each["name"], set(each["compositeState"])) for each in page["items"]] == [("Pump", {"flow", "state", "on"}), ("Silent", set())]
    state = page["items"][0]["compositeState"]
    assert [state[name]["value"] for name in ("flow", "state", "on")] == [17.25, "idle", False]
    assert (state["flow"]["time"], state["state"]["time"]) == (iso(now - 30_000), iso(now - 60_000))
    before = api.devices("getCompositeState", end=now - 45_000, attributes="flow, other", query={"name": "Pump"})
    is_page(before, api.application.id, {"query": {"name": "Pump"}})
    assert before["items"] == [{"id": pump, "name": "Pump", "compositeState": {"flow": {"value": 1.5, "time": iso(now - 60_000)}}}]
    assert api.devices("getCompositeState", start=-10_000, sortDirection="desc")["items"][1]["compositeState"].keys() == {"on"}
    is_invalid(api.refusal("getCompositeState", sortField="deletedAt"), "sortField")


def iso(ms: int) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000))}.{ms % 1000:03d}Z"


def test_a_state_of_no_device_is_refused(api: Api) -> None:
    with pytest.raises(Refused) as refused:
        api.device("sendState", api.application.id, deviceState={"data": {"flow": 1}})
    assert (refused.value.status, refused.value.type, refused.value.message) == (404, "NotFound", "Device was not found")
