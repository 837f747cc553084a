"""Removal of data of devices: exactly what was asked for goes, in any number of calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.bulk import remove_data
from fleet.bulk.order import Asker, enqueue
from fleet.commands.device_command import DeviceCommand
from fleet.commands.device_commands import DeviceCommands
from fleet.registry.connection import Change
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.telemetry.connections import Connections
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_states import EVER, DeviceStates
from tests.harness.aws import partition
from tests.harness.fleet import Fleet
from tests.harness.jobs import job, killed_at, letters, log, take_steps, work
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.messages import NOW

MS = int(NOW.timestamp() * 1000)
HOUR = 3_600_000
TIMES = (MS - 2 * HOUR, MS - HOUR, MS, MS + HOUR)
NAMES = ("flow", "door")
pytestmark = pytest.mark.usefixtures("clock")


def device(world: WegnologyWorld, name: str = "Pump") -> Device:
    """A device with values of two attributes and changes of its connection, at all TIMES."""
    made = world.device(name, attributes=tuple({"name": name, "data_type": "number"} for name in NAMES))
    reports = [StateReport(at, at, dict.fromkeys(NAMES, float(number)), 1) for number, at in enumerate(TIMES)]
    DeviceStates.add(EVERYWHERE, made.organization, made.id, reports)
    for number, at in enumerate(TIMES):
        Connections.add(EVERYWHERE, made.organization, made.id, Change(at, number % 2 == 0))
    Counts.add(EVERYWHERE, made.organization, made.id, NOW, "", deviceState=4)
    return made


def states(of: Device, name: str) -> list[int]:
    """The numbers of the TIMES at which the device has a value."""
    found = (DeviceStates.newest(EVERYWHERE, of.organization, {of.id: [name]}, at, at) for at in TIMES)
    return [number for number, each in enumerate(found) if each[of.id]]


def connections(of: Device) -> list[int]:
    return [TIMES.index(change.at) for change in Connections.between(EVERYWHERE, of.organization, of.id, 0, EVER)]


def left(of: Device) -> tuple[list[int], list[int], list[int]]:
    return states(of, "flow"), states(of, "door"), connections(of)


def accept(world: WegnologyWorld, query: Any = None, **what: Any) -> str:
    everything = {"start": 0, "end": EVER, "attributes": None, "keepConnectionHistory": False, "keepCommandHistory": False}
    asker = Asker("ada", "https://fleet.example.com", callback="https://example.com/done")
    given = {"query": query or {}, **everything, **what}
    return enqueue(EVERYWHERE, world.organization.id, remove_data.REMOVE.name, given, asker, datetime.now(UTC)).id


ALL = [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("what", "flow", "door", "changes"),
    [
        ({}, [], [], []),
        ({"keepConnectionHistory": True}, [], [], ALL),
        ({"keepCommandHistory": True}, [], [], []),
        ({"end": MS}, [3], [3], [3]),
        ({"start": MS - HOUR, "end": MS}, [0, 3], [0, 3], [0, 3]),
        ({"start": MS, "end": MS - HOUR}, ALL, ALL, ALL),
        ({"attributes": ["flow"]}, [], ALL, ALL),
        ({"attributes": ["flow", "flow", "other"], "start": MS}, [0, 1], ALL, ALL),
        ({"attributes": []}, ALL, ALL, ALL),
        ({"attributes": [], "keepConnectionHistory": False}, ALL, ALL, ALL),
    ],
)
def test_what_goes(world: WegnologyWorld, what: Any, flow: Sequence[int], door: Sequence[int], changes: Sequence[int]) -> None:
    pump = device(world)
    id = accept(world, **what)
    assert work(id)
    assert left(pump) == (flow, door, changes)
    assert (job(id).state, job(id).output) == ("completed", {"updated": 1})
    assert log(id) == [{"id": pump.id, "name": "Pump", "status": "updated"}]
    assert fetch(EVERYWHERE, Devices.by_id(pump.id)) == pump
    assert Counts.between(EVERYWHERE, pump.organization, pump.id, NOW, NOW)["deviceState"] == 4


@pytest.mark.parametrize(
    ("what", "commands"),
    [
        ({}, []),
        ({"keepCommandHistory": True}, ALL),
        ({"keepConnectionHistory": True, "end": MS}, [3]),
        ({"attributes": ["flow"]}, ALL),
        ({"attributes": []}, ALL),
    ],
)
def test_which_commands_go(world: WegnologyWorld, what: Any, commands: Sequence[int]) -> None:
    pump = device(world)
    for number, at in enumerate(TIMES):
        time = datetime.fromtimestamp(at / 1000, UTC)
        command = DeviceCommand(id=f"{number}", name="open", time=time, accepted=NOW)
        transact(DeviceCommands.add_writes(EVERYWHERE, pump, command))
    assert work(accept(world, **what))
    kept = DeviceCommands.newest(EVERYWHERE, pump, 0, MS)
    assert sorted(TIMES.index(command.at) for command in kept) == commands


def test_what_is_left_is_the_newest_again(world: WegnologyWorld) -> None:
    pump = device(world)
    assert work(accept(world, start=MS - HOUR))
    found = DeviceStates.newest(EVERYWHERE, pump.organization, {pump.id: NAMES}, 0, EVER)[pump.id]
    assert {name: each.at for name, each in found.items()} == dict.fromkeys(NAMES, TIMES[0])


def test_devices_that_the_query_does_not_mean_that_came_later_and_of_others_keep_theirs(world: WegnologyWorld, fleet: Fleet) -> None:
    fan, theirs = device(world, "Fan"), device(WegnologyWorld.of(fleet))
    id = accept(world, {"name": "Pump"})
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        later = device(world)
        assert work(id)
    assert [left(each) for each in (fan, theirs, later)] == [(ALL, ALL, ALL)] * 3
    assert job(id).output == {"updated": 0}


def test_killed_before_each_request(world: WegnologyWorld) -> None:
    pumps = [device(world, f"Pump {number}") for number in range(2)]
    for request in count():
        for pump in pumps:
            Connections.add(EVERYWHERE, pump.organization, pump.id, Change(MS, True))
        id = accept(world)
        killed = killed_at(id, request)
        assert work(id)
        assert [left(pump) for pump in pumps] == [([], [], [])] * 2, request
        assert job(id).output == {"updated": 2}, request
        assert len(letters("Callbacks", id)) == 1, request
        if not killed:
            break
    assert request > 8


def test_a_call_whose_time_is_up_goes_on_and_each_step_is_remembered(world: WegnologyWorld) -> None:
    pumps = [device(world, f"Pump {number}") for number in range(3)]
    id = accept(world)
    done = []
    for looks in (0, 1, 3, 0):
        take_steps(id, looks)
        done.append(job(id).counts.get("updated", 0))
    assert done == [0, 0, 1, 1]
    assert [left(pump) for pump in pumps if pump.id == log(id)[0]["id"]] == [([], [], [])]
    assert work(id)
    assert [left(pump) for pump in pumps] == [([], [], [])] * 3
    assert job(id).output == {"updated": 3}
    assert len(log(id)) == 3


@pytest.mark.slow
def test_much_of_one_device_goes_in_several_calls(world: WegnologyWorld) -> None:
    """A piece of state is 2500 values."""
    pump = device(world)
    reports = [StateReport(MS + number, 0, dict.fromkeys(NAMES, 1.0), 1) for number in range(1, 2000)]
    DeviceStates.add(EVERYWHERE, pump.organization, pump.id, reports)
    id = accept(world)
    take_steps(id, 1)
    assert job(id).open
    assert len(partition("SeriesTable", f"STATE#{pump.id}")) == 2 * (len(reports) + len(TIMES)) - 2500
    assert work(id)
    assert left(pump) == ([], [], [])
    assert not partition("SeriesTable", f"STATE#{pump.id}")
