"""Clients of the WEGnology API against `make up`: what changes many devices, in the request and by jobs, with what these deliver."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Mapping, Set
from typing import Any

import httpx
import pytest

from tests.clients.answers import are_counts, has, is_device, is_job, is_page, is_result, is_update
from tests.clients.losant import ENVELOPE, Api, Refused, is_invalid
from tests.harness.receiver import Receiver

pytestmark = pytest.mark.cloud

FLOW = {"name": "flow", "dataType": "number"}
LEVEL = {"name": "level", "dataType": "number"}
PATIENCE = 30
"""Seconds within which a job has been done and its result delivered."""
ACTIONS: dict[str, Mapping[str, Any]] = {
    "attributeNames": {},
    "delete": {"options": {"query": {}}},
    "deviceNames": {},
    "export": {},
    "get": {},
    "getCompositeState": {},
    "patch": {"patchInfo": {"deviceIds": [], "updateFields": {}}},
    "payloadCounts": {},
    "post": {"device": {"name": "Pump"}},
    "removeData": {"options": {"query": {}}},
    "restore": {"options": {"query": {}}},
    "sendCommand": {"multiDeviceCommand": {"name": "open", "deviceIds": []}},
    "tagKeys": {},
    "tagValues": {"key": "hall"},
}
"""The fourteen, each with what it needs at least."""


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def url(receiver: Receiver) -> str:
    return f"http://localhost:{receiver.port}/done?who=me&x=%20"


def result(receiver: Receiver, job: str, api: Api, output: Set[str]) -> Mapping[str, Any]:
    """The output of a job, from its only callback."""
    until(lambda: bool(receiver.posts))
    (post,) = receiver.posts
    assert post.line == "POST /done?who=me&x=%20 HTTP/1.1"
    assert post.headers["content-type"].partition(";")[0] == "application/json"
    return is_result(json.loads(post.body), job, api.application.id, output)


def linked(receiver: Receiver, job: str, api: Api) -> httpx.Response:
    """The file that a job has made, fetched as a browser does."""
    (link,) = result(receiver, job, api, {"downloadUrls"})["downloadUrls"]
    answer = httpx.get(link, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer


def test_delete_and_restore_within_the_request(api: Api) -> None:
    ids = {name: api.made(name, tags=[{"key": "hall", "value": name}], attributes=[FLOW]) for name in ("a", "b", "c")}
    before = api.devices("get", query={"name": "a"})["items"]
    assert api.device("sendState", ids["a"], deviceState={"data": {"flow": 2}}) == {"success": True}
    gone = {"name": {"$in": ["a", "b"]}}
    are_counts(api.devices("delete", options={"query": gone}), removed=2, failed=0)
    are_counts(api.devices("delete", options={"query": gone}), removed=0, failed=0)
    assert api.names() == ["c"]
    page = api.devices("get", queryDeleted="true")
    is_page(page, api.application.id, {})
    for each in page["items"]:
        is_device(each, api.application.id, deleted=True)
    assert [each["id"] for each in page["items"]] == [ids["a"], ids["b"]]
    assert api.devices("tagValues", key="hall")["tagValues"] == ["c"]
    are_counts(api.devices("restore", options={"query": {"name": "a"}}), restored=1, failed=0)
    are_counts(api.devices("restore", options={"query": {"id": ids["c"]}}), restored=0, failed=0)
    assert api.names() == ["a", "c"]
    (after,) = api.devices("get", query={"name": "a"})["items"]
    steady = {"id", "creationDate", "tags", "attributes", "name", "deviceClass"}
    assert {name: after[name] for name in steady} == {name: before[0][name] for name in steady}
    states = api.devices("getCompositeState", query={"name": "a"})["items"]
    assert states[0]["compositeState"]["flow"]["value"] == 2


def test_delete_and_restore_by_jobs(api: Api, receiver: Receiver) -> None:
    for name in ("a", "b", "c"):
        api.made(name)
    asked = {"query": {"name": {"$ne": "c"}}, "forceJob": True, "callbackUrl": url(receiver)}
    job = is_job(api.devices("delete", options=asked))
    assert result(receiver, job, api, {"removed", "failed"}) == {"removed": 2, "failed": 0}
    assert api.names() == ["c"]
    receiver.posts.clear()
    other = is_job(api.devices("restore", options={**asked, "query": {}}))
    assert other != job
    assert result(receiver, other, api, {"restored", "failed"}) == {"restored": 2, "failed": 0}
    assert api.names() == ["a", "b", "c"]


def test_patch_sets_members(api: Api) -> None:
    ids = [api.made(name, tags=[{"key": "hall", "value": "north"}], attributes=[FLOW]) for name in ("a", "b")]
    fields = {"description": "new", "tags": [{"key": "floor", "value": "2"}], "attributes": [LEVEL]}
    unknown = "65f0c0de00000000000000a1"
    patch = {"deviceIds": [ids[0], ids[0].upper(), unknown], "updateFields": fields}
    link = is_update(api.devices("patch", patchInfo=patch), updated=1, failed=0, skipped=0)
    assert httpx.get(link, follow_redirects=True).status_code == 200
    is_update(api.devices("patch", patchInfo=patch), updated=0, failed=0, skipped=1)
    first, second = api.devices("get")["items"]
    assert (first["description"], first["tags"], second["tags"]) == ("new", fields["tags"], [{"key": "hall", "value": "north"}])
    assert first["attributes"] == [{**LEVEL, "attributeTags": {}}]
    assert "description" not in second
    assert first["lastUpdated"] > first["creationDate"]
    assert second["lastUpdated"] == second["creationDate"]


def test_patch_carries_out_operations(api: Api) -> None:
    site = api.made("site", deviceClass="system")
    api.made("pump", tags=[{"key": "hall", "value": "x"}, {"key": "k", "value": "v"}, {"key": "hall", "value": "y"}], attributes=[FLOW])
    operations = [
        {"operation": "set", "target": "tag", "value": {"key": "hall", "value": "z"}},
        {"operation": "remove", "target": "tag", "tagKey": "k"},
        {"operation": "set", "target": "attributeName", "attributeName": "flow", "value": "flux"},
        {"operation": "set", "target": "attributeTag", "attributeName": "flux", "value": {"key": "unit", "value": "l"}},
        {"operation": "add", "target": "attribute", "value": LEVEL},
        {"operation": "set", "target": "parentId", "value": site},
        {"operation": "set", "target": "deviceClass", "value": "embedded"},
    ]
    is_update(api.devices("patch", patchInfo={"query": {}, "updateOperations": operations}), updated=1, failed=1, skipped=0)
    (pump,) = api.devices("get", parentId=site)["items"]
    assert (pump["name"], pump["deviceClass"], pump["ancestorIds"]) == ("pump", "embedded", [site])
    assert pump["tags"] == [{"key": "hall", "value": "z"}]
    assert pump["attributes"] == [
        {"name": "flux", "dataType": "number", "attributeTags": {"unit": "l"}},
        {**LEVEL, "attributeTags": {}},
    ]
    assert api.devices("get", query={"deviceClass": "system"})["items"][0]["id"] == site


def test_a_command_comes_to_each_device_once(api: Api) -> None:
    north = [{"key": "hall", "value": "north"}]
    ids = [api.made("a", tags=north), api.made("b", tags=north), api.made("c", deviceClass="gateway"), api.made("d")]
    command = {
        "name": "open",
        "payload": {"valve": [2, None, "é"]},
        "deviceIds": [ids[0], ids[0], "65f0c0de00000000000000a1"],
        "deviceTags": [{"key": "hall"}, {"value": "north"}],
        "deviceQuery": {"deviceClass": "gateway"},
    }
    assert api.devices("sendCommand", multiDeviceCommand=command) == {"success": True}
    device = api.using(api.application.token_of_device(ids[0], *ids[1:]))
    for id in ids[:3]:
        (got,) = device.device("getCommand", id, limit=10)
        has(got, {"name", "time", "payload"})
        assert (got["name"], got["payload"]) == ("open", {"valve": [2, None, "é"]})
    assert api.device("getCommand", ids[3]) == []
    nobody = {"name": "open", "deviceQuery": {"name": "nobody"}}
    assert api.devices("sendCommand", multiDeviceCommand=nobody) == {"success": True}


def test_an_export_leads_to_a_table(api: Api, receiver: Receiver) -> None:
    tags = [{"key": "hall", "value": 'say "north"'}, {"key": "Floor", "value": "2"}, {"key": "hall", "value": "annex"}]
    second, first = api.made("b, ü", description="line\nbreak"), api.made("a", tags=tags)
    job = is_job(api.devices("export", options={"callbackUrl": url(receiver)}))
    answer = linked(receiver, job, api)
    assert answer.headers["content-type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8"), newline=""))
    usual = ["id", "name", "description", "deviceClass", "gatewayId", "parentId", "creationDate", "lastUpdated"]
    assert header == [*usual, "Floor", "hall"]
    shown = {each["id"]: each for each in api.devices("get")["items"]}
    times = {id: [shown[id]["creationDate"], shown[id]["lastUpdated"]] for id in shown}
    assert rows == [
        [first, "a", "", "standalone", "", "", *times[first], "2", 'say "north",annex'],
        [second, "b, ü", "line\nbreak", "standalone", "", "", *times[second], "", ""],
    ]


def test_an_export_leads_to_a_document(api: Api, receiver: Receiver) -> None:
    for name in ("b", "a", "c"):
        api.made(name, attributes=[FLOW])
    body = {"format": "json", "query": {"name": {"$ne": "c"}}, "callbackUrl": url(receiver)}
    found = linked(receiver, is_job(api.devices("export", options=body, callbackUrl="https://elsewhere.example/")), api).json()
    for each in found:
        is_device(each, api.application.id, without={"connectionInfo", "_links"})
    assert [each["name"] for each in found] == ["a", "b"]


def test_payload_counts_lead_to_a_table(api: Api, receiver: Receiver) -> None:
    pump = api.made("pump", attributes=[FLOW])
    silent = api.made("silent")
    for number in range(3):
        api.device("sendState", pump, deviceState={"data": {"flow": number}})
    api.devices("sendCommand", multiDeviceCommand={"name": "open", "deviceIds": [pump]})
    job = is_job(api.devices("payloadCounts", options={"callbackUrl": url(receiver), "query": {}}))
    header, *rows = csv.reader(io.StringIO(linked(receiver, job, api).text, newline=""))
    assert header == ["id", "name", "deviceCommand", "deviceConnect", "deviceDisconnect", "deviceState", "mqttIn", "mqttOut"]
    assert rows == [[pump, "pump", "1", "0", "0", "3", "0", "0"], [silent, "silent", "0", "0", "0", "0", "0", "0"]]


def test_data_is_removed_and_devices_stay(api: Api, receiver: Receiver) -> None:
    pump = api.made("pump", attributes=[FLOW, LEVEL])
    api.device("sendState", pump, deviceState={"data": {"flow": 1, "level": 2}})
    api.devices("sendCommand", multiDeviceCommand={"name": "open", "deviceIds": [pump]})

    def removed(**options: Any) -> set[str]:
        receiver.posts.clear()
        job = is_job(api.devices("removeData", options={"query": {}, "callbackUrl": url(receiver), **options}))
        until(lambda: bool(receiver.posts))
        document = json.loads(receiver.posts[0].body)
        assert (document["jobId"], document["status"]) == (job, "completed")
        return set(api.devices("getCompositeState")["items"][0]["compositeState"])

    assert removed(attributes=["flow"]) == {"level"}
    assert removed(keepCommandHistory=True) == set()
    assert [each["name"] for each in api.device("getCommand", pump)] == ["open"]
    assert removed() == set()
    assert api.device("getCommand", pump) == []
    assert api.names() == ["pump"]


def test_jobs_without_a_body_are_accepted(api: Api) -> None:
    """As a client sends them that only wants them done."""
    ids = {is_job(api.devices("export")), is_job(api.devices("payloadCounts"))}
    assert len(ids) == 2


def test_bodies_are_judged(api: Api) -> None:
    api.made("pump")
    for action in ("delete", "restore", "removeData"):
        is_invalid(api.refusal(action), "query")
        is_invalid(api.refusal(action, options={"query": {"colour": 1}}), "query")
        is_invalid(api.refusal(action, options={"query": {}, "colour": 1}), "colour")
    is_invalid(api.refusal("patch", patchInfo={"deviceIds": []}), "update")
    is_invalid(api.refusal("sendCommand", multiDeviceCommand={"deviceIds": []}), "name")
    is_invalid(api.refusal("sendCommand", multiDeviceCommand={"name": "open"}), "device")
    is_invalid(api.refusal("export", options={"format": "xml"}), "format")
    is_invalid(api.refusal("export", options={"callbackUrl": "http://127.0.0.1:1/"}), "callbackUrl")
    is_invalid(api.refusal("payloadCounts", options={"start": "yesterday"}), "start")
    assert api.names() == ["pump"]


def test_who_may_do_what(api: Api) -> None:
    unknown = api.using(f"{api.application.token[:-1]}!")
    reading = api.using(api.application.token_of("all.Application.read"))
    mine = api.made("mine")
    elsewhere = {"applicationId": "65f0c0de0000000000000001"}
    reads = {name for name in ACTIONS if name not in ("delete", "patch", "post", "removeData", "restore", "sendCommand")}
    for action, least in ACTIONS.items():
        refused = unknown.refusal(action, **least)
        assert (refused.status, refused.type, refused.members) == (401, "Unauthorized", ENVELOPE), action
        if action in reads:
            reading.devices(action, **least)
        else:
            refused = reading.refusal(action, **least)
            assert (refused.status, refused.type) == (403, "Forbidden"), action
        refused = api.refusal(action, **{**least, **elsewhere})
        assert (refused.status, refused.type, refused.message) == (404, "NotFound", "Application was not found"), action
    assert [each["id"] for each in api.devices("get")["items"]] == [mine]


def test_a_device_sees_itself_and_those_it_may_see(api: Api) -> None:
    mine, other, hidden = (api.made(name) for name in ("mine", "other", "hidden"))
    device = api.using(api.application.token_of_device(mine, other))
    assert device.names() == ["mine", "other"]
    assert device.devices("sendCommand", multiDeviceCommand={"name": "open", "deviceQuery": {}}) == {"success": True}
    assert [bool(api.device("getCommand", id)) for id in (mine, other, hidden)] == [True, True, False]
    assert device.refusal("delete", options={"query": {}}).status == 403
    with pytest.raises(Refused) as refused:
        device.device("getCommand", hidden)
    assert (refused.value.status, refused.value.message) == (404, "Device was not found")
