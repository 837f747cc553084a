"""Exports of payload counts: the table, and that it is the same wherever the job is interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.bulk import count_payloads
from fleet.bulk.count_payloads import AT_ONCE
from fleet.bulk.order import Asker, enqueue
from fleet.registry.device import Device
from fleet.telemetry.counts import Counts
from tests.harness.fleet import Fleet
from tests.harness.jobs import exported, job, killed_at, letters, take_steps, work
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.messages import NOW

HEADER = "id,name,deviceCommand,deviceConnect,deviceDisconnect,deviceState,mqttIn,mqttOut\r\n"
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("clock")


def add(device: Device, at: datetime, **counted: int) -> None:
    Counts.add(EVERYWHERE, device.organization, device.id, at, "", **counted)


def accept(world: WegnologyWorld, query: Any = None, start: datetime = NOW - 30 * DAY, end: datetime = NOW, **asker: Any) -> str:
    what = {"query": query or {}, "start": int(start.timestamp() * 1000), "end": int(end.timestamp() * 1000)}
    own = Asker("ada", "https://fleet.example.com", **asker)
    return enqueue(EVERYWHERE, world.organization.id, count_payloads.COUNT.name, what, own, datetime.now(UTC)).id


def table(world: WegnologyWorld, *given: Any, **more: Any) -> str:
    id = accept(world, *given, **more)
    assert work(id)
    return exported(id).decode()


def test_a_line_a_device_by_name_and_id_with_the_sums_of_all_counters(world: WegnologyWorld) -> None:
    pump, quiet, fan = world.device('Pump, "7"'), world.device("Pump"), world.device("Fan")
    add(pump, NOW, deviceState=3, mqttIn=4)
    add(pump, NOW - 3 * DAY, deviceState=1, deviceConnect=2, deviceDisconnect=3, deviceCommand=4, mqttOut=5)
    add(fan, NOW - 30 * DAY, deviceState=7)
    assert table(world) == (f'{HEADER}{fan.id},Fan,0,0,0,7,0,0\r\n{quiet.id},Pump,0,0,0,0,0,0\r\n{pump.id},"Pump, ""7""",4,2,3,4,4,5\r\n')


@pytest.mark.parametrize(
    ("start", "end", "states"),
    [
        (NOW, NOW, 4),
        (NOW.replace(hour=23), NOW.replace(hour=23, minute=59), 4),
        (NOW - DAY, NOW - DAY, 2),
        (NOW - DAY, NOW, 6),
        (NOW - 2 * DAY, NOW + DAY, 15),
        (datetime.fromtimestamp(0, UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 15),
        (NOW + DAY, NOW + DAY, 8),
        (NOW, NOW - DAY, 0),
        (NOW.replace(hour=9), NOW.replace(hour=8), 0),
    ],
)
def test_days_that_the_time_touches_count_as_a_whole(world: WegnologyWorld, start: datetime, end: datetime, states: int) -> None:
    pump = world.device("Pump")
    for days, number in ((-2, 1), (-1, 2), (0, 4), (1, 8)):
        add(pump, NOW + days * DAY, deviceState=number)
    assert table(world, None, start, end) == f"{HEADER}{pump.id},Pump,0,0,0,{states},0,0\r\n"


def test_devices_that_the_query_does_not_mean_and_other_applications_are_not_in_it(world: WegnologyWorld, fleet: Fleet) -> None:
    WegnologyWorld.of(fleet).device("Pump")
    world.device("Fan")
    assert table(world, {"name": "Pump"}) == HEADER


@pytest.fixture
def many(world: WegnologyWorld) -> list[Device]:
    """More devices than those of one step, in the order of their names, with as many states as their numbers say."""
    devices = [world.device(f"Pump {number:03d}") for number in reversed(range(AT_ONCE + 5))]
    for number, device in enumerate(reversed(devices)):
        add(device, NOW, deviceState=number)
    return devices[::-1]


def lines(devices: Sequence[Device]) -> str:
    return HEADER + "".join(f"{device.id},{device.name},0,0,0,{number},0,0\r\n" for number, device in enumerate(devices))


def test_it_is_counted_in_steps_and_sorted_in_the_end(world: WegnologyWorld, many: Sequence[Device]) -> None:
    id = accept(world)
    for looks in (0, 1, 0):
        take_steps(id, looks)
        assert job(id).open
    assert work(id)
    assert (exported(id).decode(), job(id).counts) == (lines(many), {"counted": len(many)})


@pytest.mark.slow
def test_killed_before_each_write(world: WegnologyWorld, many: Sequence[Device]) -> None:
    for request in count():
        id = accept(world, email="ada@example.com")
        killed = killed_at(id, request, writes=True)
        assert work(id)
        assert (exported(id).decode(), job(id).counts) == (lines(many), {"counted": len(many)}), request
        assert len(letters("Mail", id)) == 1, request
        if not killed:
            break
    assert request == 5


def test_what_it_says_and_whom(world: WegnologyWorld) -> None:
    id = accept(world, callback="https://example.com/done", email="ada@example.com")
    assert work(id)
    (callback,), (mail,) = letters("Callbacks", id), letters("Mail", id)
    told = {"jobId": id, "applicationId": world.organization.id, "name": "devices.payloadCounts", "status": "completed", "output": {}}
    assert callback["body"] == told
    assert callback["files"] == mail["files"] == [list(file) for file in job(id).files]
    assert mail["subject"] == "Count payloads: completed"
