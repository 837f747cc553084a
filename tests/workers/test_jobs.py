"""Jobs: each object is changed once, wherever the job is interrupted, however often its message comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.bulk import retire_devices
from fleet.bulk.order import Asker, enqueue
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from tests.harness.aws import item
from tests.harness.interference import TRANSACTION, before_first_request, refused_transactions
from tests.harness.jobs import Killed, job, letters, log, take_steps, work
from tests.harness.meter import Meter
from tests.harness.wegnology_world import WegnologyWorld

MANY = 40
"""Devices: two transactions."""
A_STEP = 24
"""Devices that a transaction of 98 actions deletes: four for each (device, both directories, when it is purged), and two of the job."""
CALLBACK = "https://example.com/done"


def accept(world: WegnologyWorld, **asker: Any) -> str:
    """A job that deletes all devices; its id."""
    own = Asker("ada", "https://fleet.example.com", **asker)
    return enqueue(EVERYWHERE, world.organization.id, retire_devices.DELETE.name, {"query": {}}, own, datetime.now(UTC)).id


def many(world: WegnologyWorld, number: int = MANY) -> list[Device]:
    return [world.device(f"Pump {each:03d}") for each in range(number)]


def versions(devices: list[Device]) -> set[tuple[int, bool]]:
    """The versions that the devices have, and whether they are deleted."""
    read = (fetch(EVERYWHERE, Devices.even_deleted(device.id)) for device in devices)
    return {(device.version, device.deleted is not None) for device in read}


@contextmanager
def killed(at: int) -> Iterator[None]:
    """The process is killed just before its request of this number, from 0 on."""

    def kill() -> None:
        raise Killed

    with pytest.raises(Killed), before_first_request((TRANSACTION, "BatchGetItem", "Query"), kill, after=at):
        yield


def test_every_device_is_changed_once_and_the_log_has_each(world: WegnologyWorld) -> None:
    devices, id = many(world), accept(world)
    assert work(id)
    assert versions(devices) == {(2, True)}
    assert job(id).counts == {"updated": MANY}
    assert [entry["name"] for entry in log(id)] == [device.name for device in devices]


@pytest.mark.parametrize("at", range(7))
def test_a_worker_that_is_killed_between_any_two_requests_goes_on_where_it_was(world: WegnologyWorld, at: int) -> None:
    devices = many(world)
    id = accept(world, callback=CALLBACK)
    with killed(at):
        take_steps(id, MANY)
    assert work(id)
    assert versions(devices) == {(2, True)}
    assert job(id).output == {"removed": MANY, "failed": 0}
    assert len(log(id)) == MANY
    assert len(letters("Callbacks", id)) == 1


def test_a_call_whose_time_is_up_has_another_one_go_on(world: WegnologyWorld) -> None:
    devices, id = many(world), accept(world)
    before = len(letters("Jobs", id))
    after = take_steps(id, 1)
    assert after.open
    assert len(letters("Jobs", id)) == before + 1
    assert 0 < job(id).counts["updated"] < MANY
    assert work(id)
    assert versions(devices) == {(2, True)}


def test_of_two_calls_at_once_one_is_refused_and_its_message_comes_again(world: WegnologyWorld) -> None:
    devices, id = many(world), accept(world)
    with before_first_request(TRANSACTION, lambda: take_steps(id, 1)):
        assert not work(id)
    assert work(id)
    assert versions(devices) == {(2, True)}
    assert job(id).counts == {"updated": MANY}


def test_one_that_another_call_works_on_each_time_has_not_failed_and_is_not_given_up(
    world: WegnologyWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """A letter that was relayed twice has two messages: their calls may meet each time."""
    devices, id = many(world, 3), accept(world, callback=CALLBACK)
    succeeded = []
    for tries in (1, 2, 3, 4):
        with before_first_request(TRANSACTION, lambda: take_steps(id, 0)):
            succeeded.append(work(id, tries))
    assert succeeded == [False, False, False, True]
    assert "RecordsFailed" not in capsys.readouterr().out
    assert job(id).open
    assert letters("Callbacks", id) == []
    assert work(id)
    assert versions(devices) == {(2, True)}


def test_a_message_that_comes_again_after_the_end_changes_nothing(world: WegnologyWorld) -> None:
    many(world, 3)
    id = accept(world, callback=CALLBACK)
    assert work(id)
    done = job(id)
    world.device("Fan")
    assert work(id)
    assert job(id) == done
    assert len(letters("Callbacks", id)) == 1


def test_one_that_fails_each_time_is_given_up_and_the_callback_says_so(world: WegnologyWorld) -> None:
    many(world, 3)
    id = accept(world, callback=CALLBACK)
    with refused_transactions("ValidationError", "DEVICE#"):
        assert [work(id, tries) for tries in (1, 2, 3)] == [False] * 3
        assert work(id, tries=4)
    assert job(id).state == "failed"
    (callback,) = letters("Callbacks", id)
    assert callback["body"]["status"] == "failed"
    assert callback["body"]["error"]["message"].startswith("The job failed several times")
    assert callback["body"]["output"] == {"removed": 0, "failed": 0}


def test_a_further_step_takes_two_requests_for_twenty_devices_and_more(world: WegnologyWorld) -> None:
    requests = list[int]()
    for steps in (1, 2):
        many(world)
        id = accept(world)
        with Meter() as meter:
            take_steps(id, steps)
        requests.append(len(meter.requests))
        assert job(id).counts["updated"] == min(MANY, steps * A_STEP)
        take_steps(id, MANY)
    assert requests[1] - requests[0] == 2


def test_it_is_forgotten_thirty_days_after_it_was_accepted(world: WegnologyWorld) -> None:
    id = accept(world)
    row = item("FleetTable", f"JOB#{id}", "JOB")
    assert row is not None
    ends = datetime.fromtimestamp(int(row["ttl"]["N"]), UTC)
    assert timedelta(days=29) < ends - datetime.now(UTC) <= timedelta(days=30)
