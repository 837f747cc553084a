"""What a request has written, every later one sees (wegnology.md 1); and what an answer shows may be sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.wegnology.device.send_state import handler as send_state
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.get_attribute_names import handler as get_attribute_names
from functions.wegnology.devices.get_composite_state import handler as get_composite_state
from functions.wegnology.devices.get_device_names import handler as get_device_names
from functions.wegnology.devices.get_tag_keys import handler as get_tag_keys
from functions.wegnology.devices.get_tag_values import handler as get_tag_values
from functions.wegnology.devices.patch import handler as patch_devices
from functions.wegnology.devices.post import handler as post_device
from functions.wegnology.devices.restore import handler as restore_devices
from tests.contract.wegnology.application import Application
from tests.harness.call import call

pytestmark = pytest.mark.slow

MEMBERS = (
    "name", "description", "tags", "attributes", "deviceClass", "gatewayId", "parentId", "systemInterval", "keepDuplicates",
)  # fmt: skip
FULL: dict[str, Any] = {
    "name": "Zulu", "description": "by the door", "deviceClass": "peripheral", "systemInterval": 7, "keepDuplicates": True,
    "tags": [{"key": "hall", "value": "north"}, {"key": "hall", "value": "annex"}],
    "attributes": [
        {"name": "image", "dataType": "blob", "contentType": "image/png", "description": "of the door", "attributeTags": {"unit": "px"}},
        {"name": "total", "dataType": "number", "attributeTags": {}, "system": {"childAttributes": [{"name": "a", "mode": "all"}]}},
    ],
}  # fmt: skip


def shown(application: Application, id: str, deleted: bool = False) -> list[dict[str, Any]]:
    query = {"query": json.dumps({"id": id}), "queryDeleted": str(deleted)}
    items: list[dict[str, Any]] = application.ask(get_devices, query=query).json["items"]
    return items


def seen(application: Application) -> list[Any]:
    """What each action that reads shows of the device whose names have a Z."""
    named = application.ask(get_device_names, query={"startsWith": "Z"}).json["deviceSummary"]
    listed = application.ask(get_devices, query={"filterField": "name", "filter": "Z*"}).json
    states = application.ask(get_composite_state, query={"query": '{"name":{"$startsWith":"Z"}}'}).json["items"]
    return [
        [each["name"] for each in named],
        [each["name"] for each in listed["items"]],
        listed["totalCount"],
        [{name: each["value"] for name, each in item["compositeState"].items()} for item in states],
        application.ask(get_attribute_names, query={"startsWith": "Z"}).json["attributeNames"],
        application.ask(get_tag_keys, query={"startsWith": "Z"}).json["tagKeys"],
        application.ask(get_tag_values, query={"key": "Zone"}).json["tagValues"],
    ]


def test_each_action_that_reads_sees_what_was_written_before_it(application: Application) -> None:
    nothing = [[], [], 0, [], [], [], []]
    assert seen(application) == nothing
    flow, sent = {"name": "Zflow", "dataType": "number"}, {"tags": [{"key": "Zone", "value": "1"}]}
    id = application.posted({"name": "Zulu", "attributes": [flow], **sent})["id"]
    assert seen(application) == [["Zulu"], ["Zulu"], 1, [{}], ["Zflow"], ["Zone"], ["1"]]
    path = {"applicationId": application.id, "deviceId": id}
    assert call(send_state, path, body={"data": {"Zflow": 3.5}}, headers=application.world.bearer()).status == 200
    there = [["Zulu"], ["Zulu"], 1, [{"Zflow": 3.5}], ["Zflow"], ["Zone"], ["1"]]
    assert seen(application) == there
    assert application.ask(delete_devices, {"query": {"id": id}}).json == {"removed": 1, "failed": 0}
    assert seen(application) == nothing
    assert application.ask(restore_devices, {"query": {"id": id}}).json == {"restored": 1, "failed": 0}
    assert seen(application) == there
    changed = {"name": "Zebra", "tags": [{"key": "Zone", "value": "2"}], "attributes": [flow, {"name": "Zheat", "dataType": "number"}]}
    assert application.ask(patch_devices, {"deviceIds": [id], "updateFields": changed}).json["updated"] == 1
    assert seen(application) == [["Zebra"], ["Zebra"], 1, [{"Zflow": 3.5}], ["Zflow", "Zheat"], ["Zone"], ["2"]]


def test_all_members_of_an_answer_are_taken_by_post_and_by_patch(application: Application) -> None:
    first = application.posted({**FULL, "gatewayId": application.gateway.id.upper(), "parentId": application.north.id.upper()})
    given = {name: first[name] for name in MEMBERS}
    assert given == {**FULL, "gatewayId": application.gateway.id, "parentId": application.north.id}
    again = application.ask(post_device, given).json
    other = application.posted({"name": "Other"})
    body = {"deviceIds": [other["id"]], "updateFields": given}
    answer = application.ask(patch_devices, body, headers={"Host": "fleet.example.com"}).json
    assert answer["logLink"].startswith("https://fleet.example.com/")
    assert (answer["updated"], answer["skipped"]) == (1, 0)
    assert (application.ask(patch_devices, body).json["updated"], application.ask(patch_devices, body).json["skipped"]) == (0, 1)
    (changed,) = shown(application, other["id"])
    own = {"id", "deviceId", "creationDate", "lastUpdated", "_etag", "_links"}
    for each in (again, changed):
        assert {name: value for name, value in each.items() if name not in own} == {
            name: value for name, value in first.items() if name not in own
        }
    assert changed["creationDate"] == other["creationDate"]
    assert changed["ancestorIds"] == [application.hall.id, application.north.id]


def test_a_restored_device_is_as_it_was(application: Application) -> None:
    before = application.posted({**FULL, "gatewayId": application.gateway.id, "parentId": application.north.id})
    assert shown(application, before["id"]) == [before]
    application.ask(delete_devices, {"query": {"id": before["id"]}})
    (deleted,) = shown(application, before["id"], deleted=True)
    moved = {"lastUpdated", "_etag", "deletedAt"}
    assert deleted.keys() == {*before, "deletedAt"}
    assert {name: deleted[name] for name in before.keys() - moved} == {name: before[name] for name in before.keys() - moved}
    application.ask(restore_devices, {"query": {"id": before["id"]}})
    (after,) = shown(application, before["id"])
    assert {name: after[name] for name in after.keys() - moved} == {name: before[name] for name in before.keys() - moved}
    assert "deletedAt" not in after
