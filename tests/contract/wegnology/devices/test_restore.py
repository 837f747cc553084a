"""POST /applications/{applicationId}/devices/restore."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from functions.thingsee.thing.get import handler as get_thing
from functions.wegnology.devices.delete import handler as delete
from functions.wegnology.devices.restore import handler
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.jobs import job, work
from tests.harness.thingsee_world import ThingseeWorld
from tests.harness.wegnology_world import WegnologyWorld, stored

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_a_deleted_device_comes_back_as_it_was(world: WegnologyWorld) -> None:
    pump = world.device("Pump", notes="Behind the door")
    world.ask(delete, {"query": {}})
    answer = world.ask(handler, {"query": {"name": "Pump"}, "email": "ada@example.com"})
    assert (answer.status, answer.json) == (200, {"restored": 1, "failed": 0})
    moved = {"modified", "restored", "version"}
    assert stored(pump).model_dump(exclude=moved) == pump.model_dump(exclude=moved)
    assert stored(pump).modified - pump.modified < timedelta(minutes=1)


def test_the_query_is_about_deleted_devices_alone(world: WegnologyWorld) -> None:
    world.device("Pump")
    assert world.ask(handler, {"query": {}}).json == {"restored": 0, "failed": 0}
    world.ask(delete, {"query": {}})
    fan = world.device("Fan")
    assert world.ask(handler, {"query": {}}).json == {"restored": 1, "failed": 0}
    assert world.ask(handler, {"query": {}}).json == {"restored": 0, "failed": 0}
    assert stored(fan) == fan


def test_a_thing_is_shown_by_its_own_api_again(world: WegnologyWorld, fleet: Fleet) -> None:
    things = ThingseeWorld.of(fleet, world.organization)
    tuid = things.sensor()
    world.ask(delete, {"query": {}})
    assert call(get_thing, {"tuid": tuid}, headers=things.bearer).status == 404
    world.ask(handler, {"query": {}})
    assert call(get_thing, {"tuid": tuid}, headers=things.bearer).status == 200


def test_it_is_below_the_systems_that_are_above_its_parent_by_now(world: WegnologyWorld) -> None:
    hall = world.device("Hall", device_class="system")
    pump = world.device("Pump", parent=hall.id)
    world.ask(delete, {"query": {"name": "Pump"}})
    world.ask(delete, {"query": {"name": "Hall"}})
    world.ask(handler, {"query": {"name": "Pump"}})
    assert (stored(pump).parent, stored(pump).ancestors) == (hall.id, (hall.id,))


def test_a_job_restores_too(world: WegnologyWorld) -> None:
    pump = world.device("Pump")
    world.ask(delete, {"query": {}})
    id = world.ask(handler, {"query": {}, "forceJob": True}).json["jobId"]
    assert work(id)
    assert stored(pump).deleted is None
    assert (job(id).kind, job(id).output) == ("devices.restore", {"restored": 1, "failed": 0})


def test_what_is_deleted_after_a_job_was_asked_for_stays_deleted(world: WegnologyWorld) -> None:
    pump, valve = world.device("Pump"), world.device("Valve")
    with time_machine.travel(NOW, tick=False) as clock:
        world.ask(delete, {"query": {"name": "Pump"}})
        id = world.ask(handler, {"query": {}, "forceJob": True}).json["jobId"]
        clock.shift(1)
        world.ask(delete, {"query": {"name": "Valve"}})
        assert work(id)
    assert (stored(pump).deleted, stored(valve).deleted) == (None, NOW + timedelta(seconds=1))
    assert job(id).output == {"restored": 1, "failed": 0}


def test_what_is_restored_after_a_job_that_deletes_was_asked_for_stays(world: WegnologyWorld) -> None:
    pump, valve, later = world.device("Pump"), world.device("Valve"), NOW + timedelta(seconds=1)
    with time_machine.travel(NOW, tick=False) as clock:
        world.ask(delete, {"query": {"name": "Pump"}})
        world.ask(handler, {"query": {"name": "Pump"}})
        world.ask(delete, {"query": {"name": "Valve"}})
        id = world.ask(delete, {"query": {}, "forceJob": True}).json["jobId"]
        clock.move_to(later)
        world.ask(handler, {"query": {"name": "Valve"}})
        assert work(id)
    assert (stored(pump).deleted, stored(valve).deleted, stored(valve).restored) == (later, None, later)
    assert job(id).output == {"removed": 1, "failed": 0}


@pytest.mark.parametrize("body", [{}, {"query": None}, {"query": {"$where": "1"}}, {"query": {}, "deviceIds": []}])
def test_what_is_wrong_changes_nothing(world: WegnologyWorld, body: Any) -> None:
    pump = world.device("Pump")
    world.ask(delete, {"query": {}})
    assert world.ask(handler, body).status == 400
    assert stored(pump).deleted is not None
