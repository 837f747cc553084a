"""The purge of devices: interrupted anywhere, twice, amid others, and where something fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.writes import Write, transact
from fleet.errors import Conflict
from fleet.lifecycle import retire
from fleet.registry.device import Device
from fleet.registry.devices import Devices, key
from fleet.registry.purges import SHARDS
from functions.wegnology.devices.restore import handler as restore_devices
from tests.harness.interference import TRANSACTION, WRITE, before_first_request, refused_transactions
from tests.harness.jobs import Killed
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.deleted import (
    DUE,
    HOUR,
    SECOND,
    delete,
    gateway,
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

pytestmark = pytest.mark.usefixtures("clock")


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
        assert of_all(world, restore_devices).json == {"restored": 1, "failed": 0}

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
