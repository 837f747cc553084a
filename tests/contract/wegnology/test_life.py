"""A device through the routes: what one has done, all others show (wegnology.md 5.4, 7.3, 8)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from edge.entry import Entry
from functions.wegnology.device.get_command import handler as get_commands
from functions.wegnology.device.send_state import handler as send_state
from functions.wegnology.devices.command import handler as send_command
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.export import handler as export_devices
from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.get_attribute_names import handler as get_attribute_names
from functions.wegnology.devices.get_composite_state import handler as get_composite_state
from functions.wegnology.devices.get_device_names import handler as get_device_names
from functions.wegnology.devices.get_tag_keys import handler as get_tag_keys
from functions.wegnology.devices.get_tag_values import handler as get_tag_values
from functions.wegnology.devices.patch import handler as patch_devices
from functions.wegnology.devices.payload_counts import handler as export_payload_counts
from functions.wegnology.devices.remove_data import handler as remove_device_data
from functions.wegnology.devices.restore import handler as restore_devices
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import text_of
from tests.harness.call import Response, call
from tests.harness.jobs import exported, queued, work

pytestmark = pytest.mark.slow

PUMP: dict[str, Any] = {
    "name": "Pump 7",
    "description": "By the door",
    "tags": [{"key": "wing", "value": "east"}, {"key": "wing", "value": "annex"}],
    "attributes": [{"name": "flow", "dataType": "number", "attributeTags": {"unit": "l"}}, {"name": "note", "dataType": "string"}],
}
NOBODY = {"removed": 0, "failed": 0}


def of_device(application: Application, entry: Entry, id: str, body: Any = None) -> Response:
    return call(entry, {"applicationId": application.id, "deviceId": id}, body=body, headers=application.world.bearer())


def post(application: Application, entry: Entry, body: Any) -> Mapping[str, Any]:
    answer = application.ask(entry, body)
    assert answer.status == 200, answer.content[:300]
    found: Mapping[str, Any] = answer.json
    return found


def values(application: Application, id: str) -> dict[str, Any]:
    """The newest state of a device."""
    answer = application.ask(get_composite_state, query={"query": text_of({"id": id})})
    (item,) = answer.json["items"]
    return {name: each["value"] for name, each in item["compositeState"].items()}


def shown(application: Application, id: str) -> dict[str, Any]:
    (item,) = application.ask(get_devices, query={"query": text_of({"id": id})}).json["items"]
    found: dict[str, Any] = item
    return found


@pytest.fixture
def pump(application: Application) -> str:
    """The id of a device that has reported its state and was commanded something."""
    id: str = application.posted({**PUMP, "parentId": application.north.id, "gatewayId": application.gateway.id})["id"]
    assert of_device(application, send_state, id, {"data": {"flow": 1.5, "note": "x" * 600}, "time": -60_000}).json == {"success": True}
    assert post(application, send_command, {"name": "open", "payload": [1], "deviceIds": [id]}) == {"success": True}
    return id


def test_a_deleted_device_is_invisible_to_every_action_but_two(application: Application, pump: str) -> None:
    assert post(application, delete_devices, {"query": {"id": pump}}) == {"removed": 1, "failed": 0}
    for entry, member in ((get_devices, "items"), (get_composite_state, "items"), (get_device_names, "deviceSummary")):
        found = application.ask(entry).json
        assert pump not in [each["id"] for each in found[member]], member
        assert found.get("totalCount", 4) == 4
        assert application.ask(entry, query={"query": text_of({"id": pump})}).json[member] == []
    assert application.ask(get_attribute_names).json == {"attributeNames": []}
    assert application.ask(get_tag_keys).json == {"tagKeys": []}
    assert application.ask(get_tag_values, query={"key": "wing"}).json["tagValues"] == []
    for entry, body in ((send_state, {"data": {}}), (get_commands, None)):
        assert refusal(of_device(application, entry, pump, body), 404) == "Device was not found"
    for who in ({"deviceIds": [pump]}, {"query": {"id": pump}}):
        patched = post(application, patch_devices, {**who, "updateFields": {"name": "x"}})
        assert (patched["updated"], patched["failed"], patched["skipped"]) == (0, 0, 0)
    assert post(application, send_command, {"name": "open", "deviceIds": [pump]}) == {"success": True}
    assert post(application, delete_devices, {"query": {"id": pump}}) == NOBODY
    for entry in (export_devices, export_payload_counts):
        id = queued(application.ask(entry, {"query": {"id": pump}}))
        assert work(id)
        assert exported(id).count(b"\r\n") == 1
    refusal(application.post({"gatewayId": pump}), 400)
    (deleted,) = application.ask(get_devices, query={"queryDeleted": "true"}).json["items"]
    assert (deleted["id"], "deletedAt" in deleted) == (pump, True)


def test_a_restored_device_is_as_it_was(application: Application, pump: str) -> None:
    before, state, commands = shown(application, pump), values(application, pump), of_device(application, get_commands, pump).json
    assert state == {"flow": 1.5, "note": "x" * 600}
    post(application, delete_devices, {"query": {"name": "Pump 7"}})
    assert work(queued(application.ask(remove_device_data, {"query": {"id": pump}})))
    assert post(application, restore_devices, {"query": {"tags": {"wing": "annex"}, "deletedAt": {"$ne": None}}}) == {
        "restored": 1,
        "failed": 0,
    }
    assert post(application, restore_devices, {"query": {}}) == {"restored": 0, "failed": 0}
    after = shown(application, pump)
    moved = ("lastUpdated", "_etag")
    assert {name: value for name, value in after.items() if name not in moved} == {
        name: value for name, value in before.items() if name not in moved
    }
    assert after["lastUpdated"] > before["lastUpdated"]
    assert (values(application, pump), of_device(application, get_commands, pump).json) == (state, commands)


def test_deleted_devices_are_listed_as_live_ones_are(application: Application) -> None:
    """By all fields, pages, filters and queries."""
    for name in ("Pump b", "Pump a", "Fan", "Pump c"):
        application.posted({**PUMP, "name": name})
        post(application, delete_devices, {"query": {"name": name}})
    listed = [each["name"] for each in application.ask(get_devices, query={"queryDeleted": "true", "sortField": "deletedAt"}).json["items"]]
    assert listed == ["Pump b", "Pump a", "Fan", "Pump c"]
    for query, expected in (
        ({}, ["Fan", "Pump a", "Pump b", "Pump c"]),
        ({"sortField": "deletedAt", "sortDirection": "desc", "perPage": "3"}, ["Pump c", "Fan", "Pump a"]),
        ({"sortField": "creationDate", "page": "1", "perPage": "3"}, ["Pump c"]),
        ({"filterField": "name", "filter": "pump*"}, ["Pump a", "Pump b", "Pump c"]),
        ({"deviceClass": "gateway"}, []),
        ({"query": '{"deletedAt":{"$gt":1000000000000},"name":{"$ne":"Fan"}}'}, ["Pump a", "Pump b", "Pump c"]),
        ({"query": '{"deletedAt":null}'}, []),
        ({"query": '{"deletedAt":{"$lt":"2031-01-01"}}', "sortDirection": "desc", "perPage": "1"}, ["Pump c"]),
    ):
        answer = application.ask(get_devices, query={"queryDeleted": "true", **query}).json
        assert [each["name"] for each in answer["items"]] == expected, query
    assert application.ask(get_devices, query={"query": '{"deletedAt":{"$ne":null}}'}).json["totalCount"] == 0


class TestState:
    """What is stored under attributes that are patched."""

    @staticmethod
    def patch(application: Application, id: str, **how: Any) -> None:
        assert post(application, patch_devices, {"deviceIds": [id], **how})["updated"] == 1

    def test_it_follows_an_attribute_to_its_new_name(self, application: Application, pump: str) -> None:
        rename = {"operation": "set", "target": "attributeName", "attributeName": "note", "value": "remark"}
        self.patch(application, pump, updateOperations=[rename])
        assert values(application, pump) == {"flow": 1.5, "remark": "x" * 600}

    def test_of_an_attribute_that_was_removed_it_does_not_come_back(self, application: Application, pump: str) -> None:
        self.patch(application, pump, updateOperations=[{"operation": "remove", "target": "attribute", "attributeName": "flow"}])
        assert values(application, pump) == {"note": "x" * 600}
        self.patch(application, pump, updateOperations=[{"operation": "add", "target": "attribute", "value": PUMP["attributes"][0]}])
        assert values(application, pump) == {"note": "x" * 600}

    def test_nor_does_it_when_a_type_changes_and_changes_back(self, application: Application, pump: str) -> None:
        for data_type in ("string", "number"):
            self.patch(application, pump, updateFields={"attributes": [{"name": "flow", "dataType": data_type}]})
            assert values(application, pump) == {}
        assert of_device(application, send_state, pump, {"data": {"flow": 7, "note": "x"}}).status == 200
        assert values(application, pump) == {"flow": 7}


class TestJobs:
    """What is asked of a route whose job has done it."""

    def test_a_table_of_devices(self, application: Application, pump: str) -> None:
        for body in ({}, {"query": {}, "format": "csv"}):
            id = queued(application.ask(export_devices, body))
            assert work(id)
            lines = list(csv.DictReader(io.StringIO(exported(id).decode(), newline="")))
            assert [line["name"] for line in lines] == ["Edge", "Gateway", "Hall", "North", "Pump 7"]
            device = shown(application, pump)
            assert lines[-1] == {
                "id": pump, "name": "Pump 7", "description": "By the door", "deviceClass": "standalone",
                "gatewayId": application.gateway.id, "parentId": application.north.id,
                "creationDate": device["creationDate"], "lastUpdated": device["lastUpdated"], "wing": "east,annex",
            }  # fmt: skip

    def test_documents_of_devices(self, application: Application, pump: str) -> None:
        id = queued(application.ask(export_devices, {"query": {"deviceClass": {"$ne": "system"}}, "format": "json"}))
        assert work(id)
        devices = [{**each, "_links": None, "connectionInfo": None} for each in json.loads(exported(id))]
        listed = application.ask(get_devices, query={"query": '{"deviceClass":{"$ne":"system"}}'}).json["items"]
        assert devices == [{**each, "_links": None, "connectionInfo": None} for each in listed]

    def test_counts(self, application: Application, pump: str) -> None:
        for body, counts in (
            ({}, "1,0,0,1,0,0"),
            ({"start": -60_000, "end": 0}, "1,0,0,1,0,0"),
            ({"start": 1, "end": -40 * 86_400_000}, "0,0,0,0,0,0"),
            ({"start": 0, "end": -60_000}, "0,0,0,0,0,0"),
        ):
            id = queued(application.ask(export_payload_counts, {"query": {"id": pump}, **body}))
            assert work(id)
            assert exported(id).decode() == (
                f"id,name,deviceCommand,deviceConnect,deviceDisconnect,deviceState,mqttIn,mqttOut\r\n{pump},Pump 7,{counts}\r\n"
            ), body

    def test_removal_of_data(self, application: Application, pump: str) -> None:
        device = shown(application, pump)
        for body, names, commands in (
            ({"attributes": []}, {"flow", "note"}, 1),
            ({"start": -30_000}, {"flow", "note"}, 0),
            ({"end": -120_000}, {"flow", "note"}, 0),
            ({"attributes": ["flow"], "start": -90_000, "end": -1}, {"note"}, 0),
            ({}, set(), 0),
        ):
            assert work(queued(application.ask(remove_device_data, {"query": {"id": pump}, **body})))
            assert values(application, pump).keys() == names, body
            assert len(of_device(application, get_commands, pump).json) == commands, body
        assert shown(application, pump) == device
