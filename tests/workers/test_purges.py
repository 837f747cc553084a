"""Devices that were deleted 93 days ago go for good, and nobody else's; until then, and not longer, they can be restored."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.writes import Write, transact
from fleet.errors import Conflict
from fleet.lifecycle import purge, retire
from fleet.registry.device import Device
from fleet.registry.devices import Devices, key
from fleet.registry.purges import SHARDS
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_states import DeviceStates
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.restore import handler as restore_devices
from tests.harness.aws import partition
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.interference import TRANSACTION, WRITE, before_each_request, before_first_request, refused_transactions
from tests.harness.jobs import Killed, job, queued, work
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.deleted import (
    DUE,
    HOUR,
    SECOND,
    delete,
    gateway,
    keyed,
    lasting,
    measured,
    pump,
    purge_at,
    purge_rows,
    remains,
    sensor,
    there,
)
from tests.workers.messages import NOW

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def world(fleet: Fleet, clock: time_machine.Traveller) -> WegnologyWorld:
    return WegnologyWorld.of(fleet)


def ask(world: WegnologyWorld, handler: Any, query: Any = None, **more: Any) -> Any:
    body = {"query": query or {}, **more}
    return call(handler, {"applicationId": world.organization.id}, headers=world.bearer(), body=body)


def shown_deleted(world: WegnologyWorld, **query: str) -> tuple[list[str], int]:
    """The names of the deleted devices that the API shows, and how many it says there are."""
    query = {"queryDeleted": "true", **query}
    answer = call(get_devices, {"applicationId": world.organization.id}, headers=world.bearer(), query=query)
    assert answer.status == 200, answer.json
    return [each["name"] for each in answer.json["items"]], answer.json["totalCount"]


class TestWhen:
    def test_it_can_be_restored_until_the_93rd_day_is_over(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = delete(pump(world.organization))
        purge_at(clock, DUE - SECOND)
        assert there(device) == device
        assert shown_deleted(world) == (["Pump 7"], 1)
        assert ask(world, restore_devices).json == {"restored": 1, "failed": 0}
        assert purge_rows() == []

    @pytest.mark.parametrize("how", ["request", "job", "operator"])
    def test_then_it_cannot_though_it_has_not_been_purged(self, world: WegnologyWorld, clock: time_machine.Traveller, how: str) -> None:
        device = delete(pump(world.organization))
        clock.move_to(DUE, tick=False)
        if how == "operator":
            with pytest.raises(Conflict, match="too long ago"):
                retire.restore(EVERYWHERE, device.id, DUE)
        elif how == "job":
            id = queued(ask(world, restore_devices, forceJob=True))
            assert work(id)
            assert job(id).output == {"restored": 0, "failed": 0}
        else:
            assert ask(world, restore_devices).json == {"restored": 0, "failed": 0}
        assert there(device) == device

    def test_a_job_that_was_accepted_in_time_and_comes_late_passes_it_over(
        self, world: WegnologyWorld, clock: time_machine.Traveller
    ) -> None:
        device = delete(pump(world.organization))
        clock.move_to(DUE - SECOND, tick=False)
        id = queued(ask(world, restore_devices, forceJob=True))
        clock.move_to(DUE, tick=False)
        assert work(id)
        assert (job(id).output, there(device)) == ({"restored": 0, "failed": 0}, device)

    @pytest.mark.parametrize("field", ["name", "creationDate"])
    def test_then_no_list_shows_or_counts_it(self, world: WegnologyWorld, clock: time_machine.Traveller, field: str) -> None:
        delete(pump(world.organization))
        delete(pump(world.organization, name="Fan"), NOW + HOUR)
        clock.move_to(DUE - SECOND, tick=False)
        assert shown_deleted(world, sortField=field)[1] == 2
        clock.move_to(DUE, tick=False)
        assert shown_deleted(world, sortField=field) == (["Fan"], 1)

    def test_it_goes_with_the_next_run(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device, later = delete(pump(world.organization)), delete(pump(world.organization), NOW + HOUR)
        purge_at(clock, DUE)
        assert (there(device), there(later)) == (None, later)
        purge_at(clock, DUE + 40 * DAY)
        assert there(later) is None
        assert (purge_rows(), Devices.of_organization(EVERYWHERE, world.organization.id, deleted=True)) == ([], [])

    def test_the_fraction_of_the_second_counts(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = delete(pump(world.organization), NOW + timedelta(milliseconds=700))
        purge_at(clock, DUE + timedelta(milliseconds=699))
        assert there(device) == device
        purge_at(clock, DUE + timedelta(milliseconds=700))
        assert there(device) is None

    def test_restored_and_deleted_again_the_newer_deletion_counts(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = delete(pump(world.organization))
        retire.restore(EVERYWHERE, device.id, NOW + 10 * DAY)
        again = delete(device, NOW + 20 * DAY)
        purge_at(clock, DUE + 20 * DAY - SECOND)
        assert there(device) == again
        assert len(purge_rows()) == 1
        purge_at(clock, DUE + 20 * DAY)
        assert (there(device), purge_rows()) == (None, [])

    def test_a_row_of_another_deletion_than_the_device_s_is_dropped(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        """Only damage leaves such rows: they come and go with the device's version."""
        here, hidden = pump(world.organization), delete(pump(world.organization), NOW + DAY)
        for id in (here.id, hidden.id, "f" * 24):
            transact([Write.put(("PURGE#1", f"{int(DUE.timestamp()):012d}#{id}"), {"device": {"S": id}}, None)])
        purge_at(clock, DUE)
        assert (there(here), there(hidden)) == (here, hidden)
        assert [id for _, id in purge_rows()] == [hidden.id]


class TestWhat:
    def test_everything_of_a_device_goes(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = keyed(world.organization)
        assert len(measured(device)) == 4
        delete(device)
        purge_at(clock, DUE)
        assert measured(device) == []
        assert [item["pk"]["S"] for item in remains(device)] == [f"DEVICE#{device.id}#COMMANDS"]
        assert lasting(device) == []

    def test_of_a_gateway_its_factory_record_stays(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = gateway(world.fleet, world.organization)
        delete(device)
        before = {sk for _, sk in lasting(device)}
        assert {"CARD", "STATUS", "CONFIG", "BATTERY", "STATE", "reboot", "FACTORY"} <= before
        purge_at(clock, DUE)
        factory = (f"SN#{device.serial_number}", "FACTORY")
        assert [pair for pair in lasting(device) if not pair[0].startswith(("UNIQUE#EUI#", "AUDIT#", "LETTERS#"))] == [factory]

    def test_of_a_thing_messages_expire(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = sensor(world.fleet, world.organization)
        delete(device)
        assert {pk.partition("#")[0] for pk, _ in lasting(device)} >= {"TUID", "DEVICE", "PURGE"}
        purge_at(clock, DUE)
        assert lasting(device) == []
        assert {item["pk"]["S"].partition("#")[0] for item in remains(device)} <= {"MSG", "SEEN"}

    def test_another_device_and_another_organization_keep_theirs(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        other = WegnologyWorld.of(world.fleet)
        kept = [pump(world.organization), pump(other.organization), delete(pump(other.organization), NOW + HOUR)]
        before = [(there(device), remains(device)) for device in kept]
        delete(pump(world.organization))
        purge_at(clock, DUE)
        assert [(there(device), remains(device)) for device in kept] == before

    def test_its_names_can_be_taken_again(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        delete(keyed(world.organization))
        purge_at(clock, DUE)
        assert there(keyed(world.organization))

    @pytest.mark.slow
    def test_what_a_device_has_too_much_of_for_once_goes_bit_by_bit(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = pump(world.organization)
        reports = [StateReport(number, number, {"flow": number}) for number in range(ms(NOW), ms(NOW) + 2600)]
        DeviceStates.add(EVERYWHERE, device.organization, device.id, reports)
        delete(device)
        purge_at(clock, DUE)
        assert (measured(device), there(device)) == ([], None)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@contextmanager
def killed(at: int) -> Iterator[list[bool]]:
    """The process is killed just before its request of this number, from 0 on; what is yielded is empty when there are fewer."""
    sent, hit = itertools.count(), list[bool]()

    def die(**_: Any) -> None:
        if next(sent) == at:
            hit.append(True)
            raise Killed

    events = clients.dynamodb().meta.events
    events.register("before-send", die, unique_id="killed")
    try:
        yield hit
    except Killed:
        pass
    finally:
        events.unregister("before-send", unique_id="killed")


class TestInterrupted:
    @pytest.mark.parametrize("kind", ["pump", "gateway", "sensor"])
    def test_killed_before_any_request_the_next_run_goes_on(self, world: WegnologyWorld, clock: time_machine.Traveller, kind: str) -> None:
        makers: dict[str, Callable[[], Device]] = {
            "pump": lambda: pump(world.organization),
            "gateway": lambda: gateway(world.fleet, world.organization),
            "sensor": lambda: sensor(world.fleet, world.organization),
        }
        device = delete(makers[kind]())
        before, requests = remains(device), 0
        for at in itertools.count(SHARDS):
            with killed(at) as hit:
                purge_at(clock, DUE + at * HOUR)
            if not hit:
                break
            requests = at
            found = there(device)
            assert found is None or found.purging or remains(device) == before
        assert requests > SHARDS
        assert there(device) is None
        assert all(pk.startswith(("SN#", "UNIQUE#EUI#")) and sk in ("FACTORY", "UNIQUE") for pk, sk in lasting(device))
        assert purge_rows() == []

    def test_twice_and_two_at_once_are_one(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        devices = [delete(pump(world.organization)) for _ in range(3)]
        with before_first_request(TRANSACTION, lambda: purge_at(clock, DUE)):
            purge_at(clock, DUE)
        purge_at(clock, DUE)
        assert [there(device) for device in devices] == [None] * 3
        assert purge_rows() == []

    @pytest.mark.parametrize("after", range(4))
    def test_another_run_in_between_any_two_writes(self, world: WegnologyWorld, clock: time_machine.Traveller, after: int) -> None:
        device = delete(pump(world.organization))
        with before_first_request((*WRITE, "BatchWriteItem"), lambda: purge_at(clock, DUE), after):
            purge_at(clock, DUE)
        assert (there(device), purge_rows(), measured(device)) == (None, [], [])

    def test_what_is_restored_before_it_is_marked_stays_whole(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        """A restoration that was decided in time and is stored late."""
        device = delete(pump(world.organization))
        with before_first_request(TRANSACTION, lambda: retire.restore(EVERYWHERE, device.id, DUE - SECOND)):
            purge_at(clock, DUE)
        found = there(device)
        assert found
        assert found.deleted is None
        assert len(measured(device)) == 4

    def test_what_is_deleted_again_meanwhile_stays(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = delete(pump(world.organization))

        def again() -> None:
            retire.restore(EVERYWHERE, device.id, DUE - SECOND)
            delete(device, DUE - SECOND)

        with before_first_request(TRANSACTION, again):
            purge_at(clock, DUE)
        found = there(device)
        assert found
        assert (found.deleted, found.purging) == (DUE - SECOND, None)
        assert len(measured(device)) == 4
        assert ask(world, restore_devices).json == {"restored": 1, "failed": 0}

    def test_once_it_is_marked_nothing_restores_it(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = delete(pump(world.organization))
        refusals = list[str]()

        def restore() -> None:
            with pytest.raises(Conflict) as refused:
                retire.restore(EVERYWHERE, device.id, DUE - SECOND)
            refusals.append(str(refused.value))

        with before_first_request("BatchWriteItem", restore):
            purge_at(clock, DUE)
        assert len(refusals) == 1
        assert there(device) is None

    def test_one_that_changes_meanwhile_goes_nevertheless(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = delete(pump(world.organization))

        def change() -> None:
            before = there(device)
            assert before
            transact(Devices.store_writes(EVERYWHERE, before, before.edited(DUE, name="Fan")))

        with before_first_request("BatchWriteItem", change):
            purge_at(clock, DUE)
        assert (there(device), purge_rows()) == (None, [])


class TestFailures:
    def test_one_that_is_throttled_keeps_none_of_the_others_waiting(
        self, world: WegnologyWorld, clock: time_machine.Traveller, capsys: pytest.CaptureFixture[str]
    ) -> None:
        devices = [delete(pump(world.organization)) for _ in range(4)]
        with refused_transactions("ThrottlingError", naming=devices[1].id), pytest.raises(ExceptionGroup):
            purge_at(clock, DUE)
        assert [there(device) is None for device in devices] == [True, False, True, True]
        assert '"PurgeFailed":[1.0]' in capsys.readouterr().out
        purge_at(clock, DUE + HOUR)
        assert there(devices[1]) is None

    def test_one_that_cannot_be_read_keeps_none_of_the_others_waiting(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        broken, *devices = [delete(pump(world.organization)) for _ in range(4)]
        transact([Write.update(key(broken.id), "SET body = :body", body={"S": "{"})])
        with pytest.raises(ExceptionGroup):
            purge_at(clock, DUE)
        assert [there(device) for device in devices] == [None] * 3
        assert [id for _, id in purge_rows()] == [broken.id]

    def test_a_shard_that_cannot_be_read_keeps_none_of_the_others_waiting(
        self, world: WegnologyWorld, clock: time_machine.Traveller
    ) -> None:
        devices = [delete(pump(world.organization)) for _ in range(12)]

        def fail() -> None:
            raise OSError

        with before_first_request("Query", fail), pytest.raises(ExceptionGroup):
            purge_at(clock, DUE)
        assert 0 < sum(there(device) is None for device in devices) < len(devices)
        purge_at(clock, DUE + HOUR)
        assert purge_rows() == []


class Ticking:
    """The clock by which the worker sees how much of its time is left: it stands still, and is moved on by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


def shards(among: set[str] | None = None) -> set[int]:
    """The shards that have rows, or rows of these devices."""
    rows = {shard: partition("FleetTable", f"PURGE#{shard}") for shard in range(SHARDS)}
    return {shard for shard in rows if any(among is None or row["device"]["S"] in among for row in rows[shard])}


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    time = Ticking()
    monkeypatch.setattr("functions.workers.device.purge.time", time)
    return time


class TestBounds:
    def test_it_asks_once_a_shard_when_nothing_is_due(
        self, world: WegnologyWorld, clock: time_machine.Traveller, aws_requests: Recorder
    ) -> None:
        for _ in range(10):
            delete(pump(world.organization))
        aws_requests.clear()
        purge_at(clock, DUE - SECOND)
        assert aws_requests.requests == ["dynamodb:Query"] * SHARDS

    def test_when_the_time_is_up_the_rest_stays_due(self, world: WegnologyWorld, clock: time_machine.Traveller, ticking: Ticking) -> None:
        devices = [delete(pump(world.organization)) for _ in range(8)]
        with before_each_request(TRANSACTION, lambda: ticking.pass_by(30)):
            purge_at(clock, DUE)
            left = [device for device in devices if there(device)]
            assert 0 < len(left) < len(devices)
            assert sorted(id for _, id in purge_rows()) == sorted(device.id for device in left)
            for number in range(1, 4):
                purge_at(clock, DUE + number * HOUR)
        assert purge_rows() == []

    def test_each_run_begins_with_another_shard(self, world: WegnologyWorld, clock: time_machine.Traveller, ticking: Ticking) -> None:
        """So those of a shard that takes all the time of a run keep none of the others waiting for ever."""
        while len(shards()) < SHARDS:
            delete(world.device())
        with before_each_request(TRANSACTION, lambda: ticking.pass_by(1000)):
            for number in range(SHARDS):
                purge_at(clock, DUE + number * HOUR)
        begun = {id for _, id in purge_rows() if (device := there(id)) and device.purging}
        assert shards(begun) == shards()

    def test_a_device_in_the_middle_of_which_the_time_is_up_is_gone_on_with(self, world: WegnologyWorld) -> None:
        device = delete(pump(world.organization))
        outcomes = list[str]()
        for checks in range(2, 12):
            left = iter([False] * checks)
            for shard in range(SHARDS):
                outcomes += [each() for each in purge.due_purges(EVERYWHERE, shard, DUE, lambda left=left: next(left, True))]  # type: ignore[misc]
            if there(device) is None:
                break
        assert outcomes[-1] == "Purged"
        assert set(outcomes[:-1]) == {"Interrupted"}

    @pytest.mark.slow
    def test_thousands_that_are_due_are_read_as_far_as_there_is_time(
        self, world: WegnologyWorld, clock: time_machine.Traveller, ticking: Ticking
    ) -> None:
        """Rows of devices that are gone, in one shard, before those of devices that are there."""
        second = f"{int(DUE.timestamp()) - 9:012d}"
        for start in range(0, 2000, 100):
            ids = [f"{number:024x}" for number in range(start, start + 100)]
            transact([Write.put(("PURGE#0", f"{second}#{id}"), {"device": {"S": id}}, None) for id in ids])
        devices = [delete(pump(world.organization)) for _ in range(8)]
        with before_each_request("DeleteItem", lambda: ticking.pass_by(0.4)), Meter() as meter:
            purge_at(clock, DUE)
        assert 1400 <= len(purge_rows()) < 1410
        assert len(meter.requests) < 800
        for number in range(1, 4):
            purge_at(clock, DUE + number * HOUR)
        assert (purge_rows(), [there(device) for device in devices]) == ([], [None] * 8)

    @pytest.mark.parametrize(("full", "requests", "units"), [(False, 7, 9), (True, 9, 15)])
    def test_what_one_costs(self, world: WegnologyWorld, clock: time_machine.Traveller, full: bool, requests: int, units: int) -> None:
        """Beside the request for each shard."""
        delete(pump(world.organization) if full else world.device())
        with Meter() as meter:
            purge_at(clock, DUE)
        assert (len(meter.requests) - SHARDS, meter.writes) == (requests, units)


class TestDeletion:
    """The row is written in the transaction of the deletion, whoever deletes."""

    @pytest.mark.parametrize("force", [False, True])
    def test_of_many(self, world: WegnologyWorld, clock: time_machine.Traveller, force: bool) -> None:
        devices = [world.device(f"Pump {number:02d}") for number in range(30)]
        answer = ask(world, delete_devices, forceJob=force)
        assert not force or work(queued(answer))
        at = f"{int(DUE.timestamp()):012d}"
        assert purge_rows() == sorted((at, device.id) for device in devices)
        clock.move_to(NOW + DAY, tick=False)
        answer = ask(world, restore_devices, forceJob=force)
        assert not force or work(queued(answer))
        assert purge_rows() == []

    @pytest.mark.parametrize("handler", [delete_devices, restore_devices])
    def test_a_transaction_changes_24_plain_devices(self, world: WegnologyWorld, handler: Any) -> None:
        for number in range(60):
            world.device(f"Pump {number:02d}")
        if handler is restore_devices:
            ask(world, delete_devices)
        devices, actions = list[int](), list[int]()

        def measure(params: Any, **_: Any) -> None:
            writes = [next(iter(each.values())) for each in json.loads(params["body"])["TransactItems"]]
            actions.append(len(writes))
            devices.append(sum(write.get("Item", {}).get("sk") == {"S": "DEVICE"} for write in writes))

        events = clients.dynamodb().meta.events
        events.register("before-call.dynamodb.TransactWriteItems", measure, unique_id="sizes")
        try:
            assert ask(world, handler).status == 200
        finally:
            events.unregister("before-call.dynamodb.TransactWriteItems", unique_id="sizes")
        assert (devices, actions) == ([24, 24, 12], [96, 96, 48])
