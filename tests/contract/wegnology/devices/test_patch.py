"""PATCH /applications/{applicationId}/devices, and what the jobs do that it starts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from fleet.aws import clients
from fleet.registry.device import Device
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.patch import handler
from functions.wisdm.gateway.list import handler as list_gateways
from tests.contract.wegnology.printed import CHANGES
from tests.harness.call import Response, call
from tests.harness.fleet import Fleet
from tests.harness.jobs import job, letters, log, work
from tests.harness.wegnology_world import WegnologyWorld, stored

RENAMED = {"updateFields": {"name": "Valve"}}


def patch(world: WegnologyWorld, body: Any, token: str | None = None) -> Response:
    return world.ask(handler, body, token=token)


def numbers(answer: Response) -> tuple[int, int, int]:
    """How many were updated, failed and skipped, by an answer of 200."""
    assert answer.status == 200, answer.json
    assert answer.json.keys() == {"updated", "failed", "skipped", "logLink"}
    return answer.json["updated"], answer.json["failed"], answer.json["skipped"]


def lines(name: str) -> list[dict[str, Any]]:
    """The lines of a log that is stored."""
    stored = clients.s3().get_object(Bucket=clients.setting("FILES_BUCKET"), Key=f"joblogs/{name}")["Body"].read()
    return [json.loads(line) for line in stored.splitlines()]


def told(answer: Response) -> list[dict[str, Any]]:
    """What the log of an answer says."""
    return lines(urlsplit(answer.json["logLink"]).path.rpartition("/")[2])


def operation(kind: str, target: str, **members: Any) -> dict[str, Any]:
    return {"operation": kind, "target": target, **members}


def operate(world: WegnologyWorld, devices: Sequence[Device], *operations: dict[str, Any]) -> Response:
    return patch(world, {"deviceIds": [device.id for device in devices], "updateOperations": list(operations)})


class TestSample:
    def test_the_page_s_own_example_changes_every_field_that_it_names(self, world: WegnologyWorld) -> None:
        devices = [world.device(f"Pump {number}", tags=({"key": "a", "value": "b"},)) for number in range(3)]
        answer = patch(world, {"updateFields": CHANGES, "deviceIds": [device.id for device in devices]})
        assert numbers(answer) == (3, 0, 0)
        for device in map(stored, devices):
            assert (device.name, device.notes, device.shown_class) == ("My Updated Device", CHANGES["description"], "standalone")
            assert [(tag.key, tag.value) for tag in device.tags] == [("TagKey", "TagValue")]
            assert [(one.name, one.data_type) for one in device.attributes] == [("voltage", "number")]

    def test_the_link_is_absolute_and_leads_to_a_log_of_each_device(self, world: WegnologyWorld) -> None:
        pump, fan = world.device("Pump"), world.device("Valve")
        hall = world.device("Hall", device_class="system")
        answer = patch(world, {"deviceIds": [hall.id, pump.id, fan.id], "updateFields": {"name": "Valve", "deviceClass": "standalone"}})
        assert numbers(answer) == (1, 1, 1)
        assert answer.json["logLink"].startswith("https://")
        assert told(answer) == [
            {"id": hall.id, "name": "Hall", "status": "failed", "reason": "The class of a device cannot be changed to or from system"},
            {"id": pump.id, "name": "Pump", "status": "updated"},
            {"id": fan.id, "name": "Valve", "status": "skipped"},
        ]


class TestWhich:
    def test_ids_count_once_in_any_case_and_those_that_are_not_there_not_at_all(self, world: WegnologyWorld, fleet: Fleet) -> None:
        pump, gone, foreign = world.device("Pump"), world.device("Gone"), WegnologyWorld.of(fleet).device("Foreign")
        assert world.ask(delete_devices, {"query": {"name": "Gone"}}).json
        ids = [pump.id, pump.id.upper(), gone.id, foreign.id, "65f0c0de00000000000000ff"]
        answer = patch(world, {"deviceIds": ids, **RENAMED})
        assert numbers(answer) == (1, 0, 0)
        assert [line["id"] for line in told(answer)] == [pump.id]
        assert (stored(pump).name, stored(gone).name, stored(foreign)) == ("Valve", "Gone", foreign)

    def test_a_query_chooses_among_the_devices_that_are_there(self, world: WegnologyWorld, fleet: Fleet) -> None:
        pump, fan, foreign = world.device("Pump"), world.device("Fan"), WegnologyWorld.of(fleet).device("Pump")
        assert numbers(patch(world, {"query": {"name": "Pump"}, **RENAMED})) == (1, 0, 0)
        assert (stored(pump).name, stored(fan), stored(foreign)) == ("Valve", fan, foreign)
        assert numbers(patch(world, {"query": {}, **RENAMED})) == (1, 0, 1)

    def test_no_ids_are_no_devices(self, world: WegnologyWorld) -> None:
        pump = world.device()
        assert numbers(patch(world, {"deviceIds": [], **RENAMED})) == (0, 0, 0)
        assert stored(pump) == pump

    @pytest.mark.parametrize("nothing", [{"updateFields": {}}, {"updateOperations": []}])
    def test_no_changes_skip_every_device(self, world: WegnologyWorld, nothing: Any) -> None:
        pump = world.device()
        assert numbers(patch(world, {"query": {}, **nothing})) == (0, 0, 1)
        assert stored(pump) == pump

    def test_thirty_and_more_are_changed_in_one_request(self, world: WegnologyWorld) -> None:
        devices = [world.device(f"Pump {number:02d}") for number in range(70)]
        answer = patch(world, {"query": {}, **RENAMED})
        assert numbers(answer) == (70, 0, 0)
        assert [line["name"] for line in told(answer)] == [device.name for device in devices]


class TestFields:
    def test_only_what_is_given_changes(self, world: WegnologyWorld) -> None:
        pump = world.device("Pump", notes="wet", tags=({"key": "a", "value": "b"},))
        assert numbers(patch(world, {"deviceIds": [pump.id], **RENAMED})) == (1, 0, 0)
        after = stored(pump)
        assert (after.name, after.notes, after.tags, after.created) == ("Valve", "wet", pump.tags, pump.created)
        assert after.modified > pump.modified

    def test_null_takes_a_device_out_of_its_system(self, world: WegnologyWorld) -> None:
        hall = world.device("Hall", device_class="system")
        pump = world.device(parent=hall.id)
        assert numbers(patch(world, {"deviceIds": [pump.id], "updateFields": {"parentId": None}})) == (1, 0, 0)
        assert (stored(pump).parent, stored(pump).ancestors) == (None, ())

    def test_an_empty_description_is_none(self, world: WegnologyWorld) -> None:
        pump = world.device(notes="wet")
        assert numbers(patch(world, {"deviceIds": [pump.id], "updateFields": {"description": ""}})) == (1, 0, 0)
        assert stored(pump).notes == ""

    def test_a_gateway_of_another_api_is_called_so_there_too(self, world: WegnologyWorld, fleet: Fleet) -> None:
        location = fleet.location(world.organization)
        fleet.gateway(world.organization, location=location)
        assert numbers(patch(world, {"query": {"deviceClass": "gateway"}, "updateFields": {"name": "Roof"}})) == (1, 0, 0)
        (shown,) = call(list_gateways, {"locationId": location.id}, key=fleet.key(world.organization)).json["gateways"]
        assert shown["name"] == "Roof"


class TestOperations:
    def test_they_are_carried_out_in_their_order(self, world: WegnologyWorld) -> None:
        pump = world.device(tags=({"key": "hall", "value": "a"}, {"key": "x", "value": "y"}, {"key": "hall", "value": "b"}))
        answer = operate(
            world,
            [pump],
            operation("set", "name", value="Valve"),
            operation("set", "tag", value={"key": "hall", "value": "north"}),
            operation("add", "attribute", value={"name": "flow", "dataType": "number"}),
            operation("set", "attributeTag", attributeName="flow", value={"key": "unit", "value": "l/s"}),
            operation("set", "attributeDescription", attributeName="flow", value="Litres"),
            operation("remove", "tag", tagKey="x"),
        )
        assert numbers(answer) == (1, 0, 0)
        after = stored(pump)
        assert (after.name, [(tag.key, tag.value) for tag in after.tags]) == ("Valve", [("hall", "north")])
        assert [(one.name, dict(one.tags), one.description) for one in after.attributes] == [("flow", {"unit": "l/s"}, "Litres")]

    def test_what_lacks_the_tag_or_attribute_is_left_alone(self, world: WegnologyWorld) -> None:
        pump = world.device()
        removals = [operation("remove", "tag", tagKey="x"), operation("remove", "attribute", attributeName="flow")]
        assert numbers(operate(world, [pump], *removals)) == (0, 0, 1)
        assert stored(pump) == pump

    def test_each_device_that_must_not_become_so_fails_alone(self, world: WegnologyWorld) -> None:
        number, text = ({"name": "flow", "data_type": kind} for kind in ("number", "string"))
        same, other, new = world.device("Same", attributes=(number,)), world.device("Other", attributes=(text,)), world.device("New")
        answer = operate(world, [same, other, new], operation("add", "attribute", value={"name": "flow", "dataType": "number"}))
        assert numbers(answer) == (1, 1, 1)
        assert [line["status"] for line in told(answer)] == ["skipped", "failed", "updated"]
        assert stored(other) == other

    def test_a_rename_onto_a_name_that_is_there_fails(self, world: WegnologyWorld) -> None:
        pump = world.device(attributes=({"name": "flow", "data_type": "number"}, {"name": "heat", "data_type": "number"}))
        answer = operate(world, [pump], operation("set", "attributeName", attributeName="flow", value="heat"))
        assert numbers(answer) == (0, 1, 0)
        assert stored(pump) == pump


class TestFailures:
    def test_a_system_below_itself_and_one_that_is_its_own_parent(self, world: WegnologyWorld) -> None:
        site = world.device("Site", device_class="system")
        hall = world.device("Hall", device_class="system", parent=site.id)
        assert numbers(patch(world, {"deviceIds": [site.id, hall.id], "updateFields": {"parentId": hall.id}})) == (0, 2, 0)
        assert (stored(site), stored(hall)) == (site, hall)

    def test_more_than_a_hundred_tags(self, world: WegnologyWorld) -> None:
        pump = world.device(tags=tuple({"key": f"k{number}", "value": "v"} for number in range(100)))
        assert numbers(operate(world, [pump], operation("set", "tag", value={"key": "one-more", "value": "v"}))) == (0, 1, 0)
        assert stored(pump) == pump


class TestJob:
    """Above the limit."""

    @pytest.fixture(autouse=True)
    def _limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WEGNOLOGY_SYNC_LIMIT", "2")

    def test_more_devices_than_the_limit_are_a_job_s(self, world: WegnologyWorld) -> None:
        devices = [world.device(f"Pump {number}") for number in range(3)]
        body = {"query": {}, **RENAMED, "email": "ada@example.com", "callbackUrl": "https://example.com/done"}
        answer = patch(world, body)
        assert (answer.status, answer.json.keys()) == (202, {"success", "jobQueued", "jobId"})
        id = answer.json["jobId"]
        assert [stored(device) for device in devices] == devices
        assert work(id)
        assert {stored(device).name for device in devices} == {"Valve"}
        assert (job(id).state, job(id).output) == ("completed", {"updated": 3, "failed": 0, "skipped": 0})
        ((folder, name),) = job(id).files
        assert (folder, lines(name)) == ("joblogs", log(id))
        assert [entry["id"] for entry in log(id)] == [device.id for device in devices]
        (callback,), (mail,) = letters("Callbacks", id), letters("Mail", id)
        assert callback["body"]["output"] == {"updated": 3, "failed": 0, "skipped": 0}
        assert (mail["subject"], mail["files"]) == ("Patch devices: completed", [["joblogs", name]])

    def test_ids_that_are_not_there_do_not_count_for_the_limit(self, world: WegnologyWorld) -> None:
        pump = world.device()
        ids = [pump.id, *(f"65f0c0de{number:016x}" for number in range(3))]
        assert numbers(patch(world, {"deviceIds": ids, **RENAMED})) == (1, 0, 0)

    def test_a_job_is_about_the_ids_that_were_given(self, world: WegnologyWorld) -> None:
        devices = [world.device(f"Pump {number}") for number in range(4)]
        answer = patch(world, {"deviceIds": [device.id for device in devices[1:]], **RENAMED})
        assert answer.status == 202
        assert work(answer.json["jobId"])
        assert [stored(device).name for device in devices] == ["Pump 0", *["Valve"] * 3]

    def test_devices_that_came_after_the_request_stay(self, world: WegnologyWorld) -> None:
        for number in range(3):
            world.device(f"Pump {number}")
        id = patch(world, {"query": {}, **RENAMED}).json["jobId"]
        late = world.device("Late")
        assert work(id)
        assert stored(late) == late

    def test_what_is_wrong_is_refused_before(self, world: WegnologyWorld) -> None:
        for number in range(3):
            world.device(f"Pump {number}")
        assert patch(world, {"query": {}, "updateFields": {"parentId": "65f0c0de00000000000000ff"}}).status == 400

    def test_one_that_is_too_large_for_a_job_is_refused(self, world: WegnologyWorld) -> None:
        devices = [world.device(f"Pump {number}") for number in range(3)]
        texts = [operation("set", "attributeDescription", attributeName=f"a{number}", value="x" * 32_000) for number in range(20)]
        answer = operate(world, devices, *texts)
        assert (answer.status, answer.json["type"]) == (400, "Validation")
        assert numbers(operate(world, devices[:2], *texts)) == (0, 0, 2)
