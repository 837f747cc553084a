"""Jobs that patch and command devices, and those that follow a patch: interrupted anywhere, twice, and amid others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.commands.device_commands import DeviceCommands
from fleet.jobs.jobs import Jobs
from fleet.registry import edit_device
from fleet.registry.device import Device
from fleet.telemetry.device_state import Scalar, StateReport, arrival
from fleet.telemetry.device_states import EVER, DeviceStates
from functions.wegnology.devices.command import handler as send_device_command
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.patch import handler as patch_devices
from functions.wegnology.devices.restore import handler as restore_devices
from tests.harness.interference import TRANSACTION, before_first_request
from tests.harness.jobs import Killed, job, killed_at, log, take_steps, work
from tests.harness.wegnology_world import WegnologyWorld, stored

MANY = 60
"""Devices: several transactions."""
FLOW = {"name": "flow", "data_type": "number"}


def ask(world: WegnologyWorld, handler: Any, body: Any) -> Any:
    answer = world.ask(handler, body)
    assert answer.status in (200, 202), answer.json
    return answer.json


def patch(world: WegnologyWorld, *devices: Device, **fields: Any) -> Any:
    return ask(world, patch_devices, {"deviceIds": [device.id for device in devices], "updateFields": fields})


def rename(world: WegnologyWorld, device: Device, old: str, new: str) -> None:
    operation = {"operation": "set", "target": "attributeName", "attributeName": old, "value": new}
    ask(world, patch_devices, {"deviceIds": [device.id], "updateOperations": [operation]})


def of_kind(world: WegnologyWorld, kind: str) -> list[str]:
    """The ids of the application's jobs of a kind, newest first."""
    return [id for id in Jobs.of_organization(EVERYWHERE, world.organization.id) if job(id).kind == kind]


def state(device: Device, *names: str) -> dict[str, Scalar]:
    found = DeviceStates.newest(EVERYWHERE, device.organization, {device.id: names}, 1, EVER)[device.id]
    return {name: value.value for name, value in found.items()}


def report(device: Device, **values: Scalar) -> None:
    """What the device reports now, judged by the attributes that it has."""
    now = datetime.now(UTC)
    reports = [StateReport(int(now.timestamp() * 1000), arrival(now, now.microsecond % 1000 * 1000), values, stored(device).version)]
    DeviceStates.add(EVERYWHERE, device.organization, device.id, reports)


@contextmanager
def killed(requests: str, after: int = 0) -> Iterator[None]:
    """The process is killed just before its request of this kind, the first one or the one after so many."""

    def kill() -> None:
        raise Killed

    with pytest.raises(Killed), before_first_request(requests, kill, after):
        yield


@pytest.mark.parametrize("request_", [1, 3, 4, 5])
class TestKilled:
    """Each device is changed and commanded once, wherever the worker is killed."""

    @pytest.fixture(autouse=True)
    def _limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WEGNOLOGY_SYNC_LIMIT", "2")

    def test_patch(self, world: WegnologyWorld, request_: int) -> None:
        devices = [world.device(f"Pump {number:02d}") for number in range(MANY)]
        id = ask(world, patch_devices, {"query": {}, "updateFields": {"name": "Valve"}})["jobId"]
        assert killed_at(id, request_)
        assert work(id)
        assert work(id)
        assert {(stored(device).name, stored(device).version) for device in devices} == {("Valve", 2)}
        assert job(id).output == {"updated": MANY, "failed": 0, "skipped": 0}
        assert [entry["name"] for entry in log(id)] == [device.name for device in devices]

    def test_command(self, world: WegnologyWorld, request_: int) -> None:
        devices = [world.device(f"Pump {number:02d}") for number in range(MANY)]
        id = ask(world, send_device_command, {"deviceQuery": {}, "name": "open"})["jobId"]
        assert killed_at(id, request_)
        assert work(id)
        assert work(id)
        now = int(datetime.now(UTC).timestamp() * 1000)
        assert {len(list(DeviceCommands.newest(EVERYWHERE, device, 0, now))) for device in devices} == {1}
        assert (job(id).output, len(log(id))) == ({"sent": MANY}, MANY)


class TestTimeUp:
    """A call whose time is up has another one go on."""

    @pytest.mark.parametrize("handler", [patch_devices, send_device_command])
    def test_of_a_job_s_steps(self, world: WegnologyWorld, monkeypatch: pytest.MonkeyPatch, handler: Any) -> None:
        monkeypatch.setenv("WEGNOLOGY_SYNC_LIMIT", "2")
        for number in range(MANY):
            world.device(f"Pump {number:02d}")
        bodies = {patch_devices: {"query": {}, "updateFields": {"name": "Valve"}}, send_device_command: {"deviceQuery": {}, "name": "open"}}
        id = ask(world, handler, bodies[handler])["jobId"]
        assert take_steps(id, 1).open
        assert 0 < sum(job(id).counts.values()) < MANY
        assert work(id)
        assert sum(job(id).counts.values()) == MANY


class TestState:
    """Stored values follow attributes within the request, and by a job in any case."""

    def test_a_renamed_attribute_keeps_its_state(self, world: WegnologyWorld) -> None:
        pump = world.device(attributes=(FLOW,))
        report(pump, flow=7)
        rename(world, pump, "flow", "rate")
        assert state(pump, "flow", "rate") == {"rate": 7}
        report(pump, rate=8)
        (id,) = of_kind(world, "devices.state")
        assert work(id)
        assert work(id)
        assert (state(pump, "flow", "rate"), job(id).output) == ({"rate": 8}, {"updated": 1})

    @pytest.mark.parametrize("attributes", [[], [{"name": "flow", "dataType": "string"}]])
    def test_one_that_is_dropped_or_of_another_type_has_none(self, world: WegnologyWorld, attributes: Any) -> None:
        pump = world.device(attributes=(FLOW,))
        report(pump, flow=7)
        patch(world, pump, attributes=attributes)
        assert state(pump, "flow") == {}
        report(pump, flow="new")
        assert all(work(id) for id in of_kind(world, "devices.state"))
        assert state(pump, "flow") == {"flow": "new"}

    def test_one_of_the_same_type_keeps_it_and_nothing_follows(self, world: WegnologyWorld) -> None:
        pump = world.device(attributes=(FLOW,))
        report(pump, flow=7)
        patch(world, pump, attributes=[{"name": "flow", "dataType": "number", "description": "Litres"}])
        assert (state(pump, "flow"), of_kind(world, "devices.state")) == ({"flow": 7}, [])

    @pytest.mark.parametrize("newest_first", [False, True])
    def test_jobs_that_come_late_and_in_any_order(self, world: WegnologyWorld, monkeypatch: pytest.MonkeyPatch, newest_first: bool) -> None:
        pump = world.device(attributes=(FLOW, {"name": "heat", "data_type": "number"}))
        report(pump, flow=1, heat=2)
        for old, new in (("flow", "spare"), ("heat", "flow"), ("spare", "heat")):
            with killed("Query"):
                rename(world, pump, old, new)
        assert state(pump, "flow", "heat") == {"flow": 1, "heat": 2}
        report(pump, flow=3)
        ids = of_kind(world, "devices.state")
        assert all(work(id) for id in (ids if newest_first else reversed(ids)))
        assert state(pump, "flow", "heat", "spare") == {"flow": 3, "heat": 1}

    def test_the_job_is_there_though_the_request_dies_at_once(self, world: WegnologyWorld) -> None:
        pump = world.device(attributes=(FLOW,))
        report(pump, flow=7)
        with killed("Query"):
            rename(world, pump, "flow", "rate")
        (id,) = of_kind(world, "devices.state")
        assert work(id)
        assert state(pump, "flow", "rate") == {"rate": 7}


class TestSystems:
    """What is above devices is right within the request, and by a job in any case."""

    @pytest.fixture
    def tree(self, world: WegnologyWorld) -> tuple[Device, ...]:
        """A site, a hall, a room in the hall, and a pump in the room."""
        site, hall = (world.device(name, device_class="system") for name in ("Site", "Hall"))
        room = world.device("Room", device_class="system", parent=hall.id)
        return site, hall, room, world.device("Pump", parent=room.id)

    def test_all_devices_below_one_that_moves_know_it(self, world: WegnologyWorld, tree: tuple[Device, ...]) -> None:
        site, hall, room, pump = tree
        assert patch(world, hall, parentId=site.id)["updated"] == 1
        assert stored(pump).ancestors == (site.id, hall.id, room.id)
        assert stored(pump).modified == pump.modified
        (id,) = of_kind(world, "devices.settle")
        assert work(id)
        assert (job(id).state, job(id).output) == ("completed", {})

    @pytest.mark.parametrize("times", [1, 2])
    def test_the_job_does_it_when_the_request_dies_after_the_move(
        self, world: WegnologyWorld, tree: tuple[Device, ...], times: int
    ) -> None:
        site, hall, room, pump = tree
        with killed(TRANSACTION, after=times):
            patch(world, hall, parentId=site.id)
        assert stored(pump).ancestors == (hall.id, room.id)
        (id,) = of_kind(world, "devices.settle")
        assert work(id)
        assert stored(pump).ancestors == (site.id, hall.id, room.id)

    def test_nothing_follows_where_no_system_moves(self, world: WegnologyWorld, tree: tuple[Device, ...]) -> None:
        site, hall, _, pump = tree
        patch(world, pump, parentId=site.id)
        patch(world, hall, name="Great hall")
        assert of_kind(world, "devices.settle") == []
        assert stored(pump).ancestors == (site.id,)

    def test_a_job_that_moves_systems(self, world: WegnologyWorld, tree: tuple[Device, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        site, hall, room, pump = tree
        monkeypatch.setenv("WEGNOLOGY_SYNC_LIMIT", "0")
        id = patch(world, hall, parentId=site.id)["jobId"]
        assert work(id)
        assert all(work(id) for id in of_kind(world, "devices.settle"))
        assert stored(pump).ancestors == (site.id, hall.id, room.id)

    def test_more_than_a_thousand_systems_above_a_device_are_counted_with_those_below(
        self, world: WegnologyWorld, tree: tuple[Device, ...]
    ) -> None:
        """The site is below 998 systems: the hall may be there, but not what is below the hall."""
        _, hall, room, pump = tree
        above = tuple(f"65f0c0de{number:016x}" for number in range(998))
        low = hall.changed(id="65f0c0deffffffffffffffff", name="Low", parent=above[-1], ancestors=above)
        edit_device.create(EVERYWHERE, low)
        assert patch(world, hall, parentId=low.id)["failed"] == 1
        assert patch(world, room, parentId=low.id)["updated"] == 1
        assert len(stored(pump).ancestors) == 1000

    def test_devices_below_a_system_that_is_restored_after_it_was_passed_over(
        self, world: WegnologyWorld, tree: tuple[Device, ...]
    ) -> None:
        site, hall, room, pump = tree
        ask(world, delete_devices, {"query": {"id": room.id}})
        patch(world, hall, parentId=site.id)
        (moved,) = of_kind(world, "devices.settle")
        assert work(moved)
        assert stored(pump).ancestors == (hall.id, room.id)
        assert ask(world, restore_devices, {"query": {"id": room.id}}) == {"restored": 1, "failed": 0}
        (id,) = {*of_kind(world, "devices.settle")} - {moved}
        assert work(id)
        assert stored(room).ancestors == (site.id, hall.id)
        assert stored(pump).ancestors == (site.id, hall.id, room.id)
