"""Devices that were deleted 93 days ago go for good, and nobody else's; until then, and not longer, they can be restored."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.writes import Write, transact
from fleet.errors import Conflict
from fleet.lifecycle import retire
from fleet.registry.devices import Devices
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_states import DeviceStates
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.restore import handler as restore_devices
from tests.harness.jobs import job, queued, work
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
    of_all,
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


def shown_deleted(world: WegnologyWorld, **query: str) -> tuple[list[str], int]:
    """The names of the deleted devices that the API shows, and how many it says there are."""
    query = {"queryDeleted": "true", **query}
    answer = world.ask(get_devices, query=query)
    assert answer.status == 200, answer.json
    return [each["name"] for each in answer.json["items"]], answer.json["totalCount"]


class TestWhen:
    def test_it_can_be_restored_until_the_93rd_day_is_over(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        device = delete(pump(world.organization))
        purge_at(clock, DUE - SECOND)
        assert there(device) == device
        assert shown_deleted(world) == (["Pump 7"], 1)
        assert of_all(world, restore_devices).json == {"restored": 1, "failed": 0}
        assert purge_rows() == []

    @pytest.mark.parametrize("how", ["request", "job", "operator"])
    def test_then_it_cannot_though_it_has_not_been_purged(self, world: WegnologyWorld, clock: time_machine.Traveller, how: str) -> None:
        device = delete(pump(world.organization))
        clock.move_to(DUE, tick=False)
        if how == "operator":
            with pytest.raises(Conflict, match="too long ago"):
                retire.restore(EVERYWHERE, device.id, DUE)
        elif how == "job":
            id = queued(of_all(world, restore_devices, forceJob=True))
            assert work(id)
            assert job(id).output == {"restored": 0, "failed": 0}
        else:
            assert of_all(world, restore_devices).json == {"restored": 0, "failed": 0}
        assert there(device) == device

    def test_a_job_that_was_accepted_in_time_and_comes_late_passes_it_over(
        self, world: WegnologyWorld, clock: time_machine.Traveller
    ) -> None:
        device = delete(pump(world.organization))
        clock.move_to(DUE - SECOND, tick=False)
        id = queued(of_all(world, restore_devices, forceJob=True))
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
        reports = [StateReport(number, number, {"flow": number}, device.version) for number in range(ms(NOW), ms(NOW) + 2600)]
        DeviceStates.add(EVERYWHERE, device.organization, device.id, reports)
        delete(device)
        purge_at(clock, DUE)
        assert (measured(device), there(device)) == ([], None)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class TestDeletion:
    """The row is written in the transaction of the deletion, whoever deletes."""

    @pytest.mark.parametrize("force", [False, True])
    def test_of_many(self, world: WegnologyWorld, clock: time_machine.Traveller, force: bool) -> None:
        devices = [world.device(f"Pump {number:02d}") for number in range(30)]
        answer = of_all(world, delete_devices, forceJob=force)
        assert not force or work(queued(answer))
        at = f"{int(DUE.timestamp()):012d}"
        assert purge_rows() == sorted((at, device.id) for device in devices)
        clock.move_to(NOW + DAY, tick=False)
        answer = of_all(world, restore_devices, forceJob=force)
        assert not force or work(queued(answer))
        assert purge_rows() == []

    @pytest.mark.parametrize("handler", [delete_devices, restore_devices])
    def test_a_transaction_changes_24_plain_devices(self, world: WegnologyWorld, handler: Any) -> None:
        for number in range(60):
            world.device(f"Pump {number:02d}")
        if handler is restore_devices:
            of_all(world, delete_devices)
        devices, actions = list[int](), list[int]()

        def measure(params: Any, **_: Any) -> None:
            writes = [next(iter(each.values())) for each in json.loads(params["body"])["TransactItems"]]
            actions.append(len(writes))
            devices.append(sum(write.get("Item", {}).get("sk") == {"S": "DEVICE"} for write in writes))

        events = clients.dynamodb().meta.events
        events.register("before-call.dynamodb.TransactWriteItems", measure, unique_id="sizes")
        try:
            assert of_all(world, handler).status == 200
        finally:
            events.unregister("before-call.dynamodb.TransactWriteItems", unique_id="sizes")
        assert (devices, actions) == ([24, 24, 12], [96, 96, 48])
