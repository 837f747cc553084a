"""POST /applications/{applicationId}/devices/delete, and what the job does that it may start."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.registry.devices import Devices
from functions.thingsee.thing.get import handler as get_thing
from functions.wegnology.devices.delete import handler
from functions.wisdm.gateway.get_status import handler as get_status
from tests.harness.aws import stored as stored_rows
from tests.harness.call import Response, call
from tests.harness.fleet import Fleet
from tests.harness.jobs import job, letters, log, work
from tests.harness.thingsee_world import ThingseeWorld
from tests.harness.wegnology_world import WegnologyWorld, stored


def delete(world: WegnologyWorld, body: Any, **given: Any) -> Response:
    return world.ask(handler, body, **given)


def listed(world: WegnologyWorld, *, deleted: bool = False) -> set[str]:
    return {row.name for row in Devices.of_organization(EVERYWHERE, world.organization.id, deleted=deleted)}


class TestNow:
    def test_devices_that_the_query_means_are_deleted_and_can_be_restored(self, world: WegnologyWorld) -> None:
        pump, fan = world.device("Pump"), world.device("Fan")
        answer = delete(world, {"query": {"name": {"$ne": "Fan"}}, "email": "ada@example.com"})
        assert (answer.status, answer.json) == (200, {"removed": 1, "failed": 0})
        assert stored(pump).deleted is not None
        assert stored(fan).deleted is None
        assert (listed(world), listed(world, deleted=True)) == ({"Fan"}, {"Pump"})

    def test_nothing_is_delivered_of_what_ends_in_the_request(self, world: WegnologyWorld) -> None:
        world.device("Pump")
        delete(world, {"query": {}, "email": "ada@example.com", "callbackUrl": "https://example.com/done"})
        assert not [row for row in stored_rows("FleetTable") if row["pk"]["S"].startswith(("OUTBOX#Mail#", "OUTBOX#Callbacks#", "JOB#"))]

    def test_an_empty_query_means_every_device(self, world: WegnologyWorld) -> None:
        for number in range(30):
            world.device(f"Pump {number}")
        assert delete(world, {"query": {}}).json == {"removed": 30, "failed": 0}
        assert listed(world) == set()

    def test_nothing_that_fits_is_zero_and_so_is_a_second_time(self, world: WegnologyWorld) -> None:
        world.device("Pump")
        assert delete(world, {"query": {"name": "Fan"}}).json == {"removed": 0, "failed": 0}
        assert delete(world, {"query": {"name": "Pump"}}).json == {"removed": 1, "failed": 0}
        assert delete(world, {"query": {"name": "Pump"}}).json == {"removed": 0, "failed": 0}

    def test_children_and_peripherals_of_what_is_deleted_stay(self, world: WegnologyWorld) -> None:
        hall = world.device("Hall", device_class="system")
        pump = world.device("Pump", parent=hall.id)
        assert delete(world, {"query": {"id": hall.id}}).json == {"removed": 1, "failed": 0}
        assert (stored(pump).deleted, stored(pump).parent) == (None, hall.id)

    def test_another_applications_devices_stay(self, world: WegnologyWorld, fleet: Fleet) -> None:
        other = WegnologyWorld.of(fleet)
        pump = other.device("Pump")
        assert delete(world, {"query": {"id": pump.id}}).json == {"removed": 0, "failed": 0}
        assert delete(world, {"query": {}}).json == {"removed": 0, "failed": 0}
        assert stored(pump).deleted is None


class TestInService:
    def test_a_gateway_in_a_location_fails_and_stays(self, world: WegnologyWorld, fleet: Fleet) -> None:
        hardware = fleet.gateway(world.organization, location=fleet.location(world.organization))
        assert delete(world, {"query": {}}).json == {"removed": 0, "failed": 1}
        assert call(get_status, {"sn": hardware.sn}, key=fleet.key(world.organization)).status == 200

    def test_an_installed_thing_fails_and_one_that_is_not_is_gone_from_its_own_api(self, world: WegnologyWorld, fleet: Fleet) -> None:
        things = ThingseeWorld.of(fleet, world.organization)
        installed, new = things.sensor(status="installed"), things.sensor()
        assert delete(world, {"query": {}}).json == {"removed": 1, "failed": 1}
        found = {tuid: call(get_thing, {"tuid": tuid}, headers=things.bearer).status for tuid in (installed, new)}
        assert found == {installed: 200, new: 404}


class TestInput:
    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({}, "query"),
            (None, "query"),
            ({"query": None}, "query"),
            ({"query": []}, "query"),
            ({"query": "{}"}, "query"),
            ({"query": {"colour": "blue"}}, "colour"),
            ({"query": {"name": {"$regex": "a"}}}, "$regex"),
            ({"query": {"id": "65f0c0de00000000000000a"}}, "id"),
            ({"query": {}, "colour": "blue"}, "colour"),
            ({"query": {}, "email": "ada"}, "email"),
            ({"query": {}, "callbackUrl": "ftp://example.com"}, "callbackUrl"),
            ({"query": {}, "callbackUrl": "http://127.0.0.1/done"}, "name a host, which has to be public or allowed here"),
            ({"query": {}, "callbackUrl": "http://169.254.169.254/"}, "callbackUrl"),
            ({"query": {}, "forceJob": "true"}, "forceJob"),
            ({"query": {}, "forceJob": None}, "forceJob"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_deleted(self, world: WegnologyWorld, body: Any, named: str) -> None:
        pump = world.device("Pump")
        answer = delete(world, body)
        assert (answer.status, answer.json["type"]) == (400, "Validation")
        assert named in answer.json["message"]
        assert stored(pump) == pump

    def test_a_query_that_is_nested_too_deep_is_refused(self, world: WegnologyWorld) -> None:
        query: dict[str, Any] = {"name": "Pump"}
        for _ in range(200):
            query = {"$or": [query]}
        assert delete(world, {"query": query}).status == 400


class TestJob:
    def test_force_job_has_a_job_do_it(self, world: WegnologyWorld) -> None:
        pump = world.device("Pump")
        answer = delete(world, {"query": {"name": "Pump"}, "forceJob": True})
        assert (answer.status, answer.json.keys()) == (202, {"success", "jobQueued", "jobId"})
        assert (answer.json["success"], answer.json["jobQueued"]) == (True, True)
        id = answer.json["jobId"]
        assert 1 <= len(id) <= 21
        assert stored(pump) == pump
        assert letters("Jobs", id) == [{"job": id}]
        assert work(id)
        assert stored(pump).deleted is not None
        assert (job(id).state, job(id).output) == ("completed", {"removed": 1, "failed": 0})
        assert log(id) == [{"id": pump.id, "name": "Pump", "status": "updated"}]

    def test_each_request_has_a_job_of_its_own(self, world: WegnologyWorld) -> None:
        ids = {delete(world, {"query": {}, "forceJob": True}).json["jobId"] for _ in range(2)}
        assert len(ids) == 2

    def test_so_has_what_is_about_more_devices_than_the_limit(self, world: WegnologyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WEGNOLOGY_SYNC_LIMIT", "2")
        for number in range(3):
            world.device(f"Pump {number}")
        assert delete(world, {"query": {"name": {"$in": ["Pump 1", "Pump 2"]}}}).json == {"removed": 2, "failed": 0}
        world.device("Pump 1")
        world.device("Pump 2")
        answer = delete(world, {"query": {}})
        assert answer.status == 202
        assert work(answer.json["jobId"])
        assert job(answer.json["jobId"]).output == {"removed": 3, "failed": 0}

    def test_its_result_is_sent_where_it_was_asked_to(self, world: WegnologyWorld) -> None:
        world.device("Pump")
        body = {"query": {}, "forceJob": True, "callbackUrl": "https://example.com/done", "email": "ada@example.com"}
        id = delete(world, body).json["jobId"]
        assert work(id)
        (callback,), (mail,) = letters("Callbacks", id), letters("Mail", id)
        assert callback["url"] == "https://example.com/done"
        told = {"jobId": id, "applicationId": world.organization.id, "name": "devices.delete", "status": "completed"}
        assert callback["body"] == {**told, "output": {"removed": 1, "failed": 0}}
        assert (mail["to"], mail["subject"]) == ("ada@example.com", "Delete devices: completed")
        assert "removed: 1" in mail["text"]

    def test_a_device_that_came_after_the_request_stays(self, world: WegnologyWorld) -> None:
        id = delete(world, {"query": {}, "forceJob": True}).json["jobId"]
        pump = world.device("Pump")
        assert work(id)
        assert stored(pump) == pump
        assert job(id).output == {"removed": 0, "failed": 0}
