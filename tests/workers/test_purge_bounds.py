"""A run of the purge does as much as there is time for, and costs what is due."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.writes import Write, transact
from fleet.lifecycle import purge
from fleet.registry.purges import SHARDS
from tests.harness.aws import partition
from tests.harness.interference import TRANSACTION, before_each_request
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.deleted import (
    DUE,
    HOUR,
    SECOND,
    delete,
    pump,
    purge_at,
    purge_rows,
    there,
)

pytestmark = pytest.mark.usefixtures("clock")


def shards(among: set[str] | None = None) -> set[int]:
    """The shards that have rows, or rows of these devices."""
    rows = {shard: partition("FleetTable", f"PURGE#{shard}") for shard in range(SHARDS)}
    return {shard for shard in rows if any(among is None or row["device"]["S"] in among for row in rows[shard])}


class TestBounds:
    def test_it_asks_once_a_shard_when_nothing_is_due(
        self, world: WegnologyWorld, clock: time_machine.Traveller, aws_requests: Recorder
    ) -> None:
        for _ in range(10):
            delete(pump(world.organization))
        aws_requests.clear()
        purge_at(clock, DUE - SECOND)
        assert aws_requests.requests == ["dynamodb:Query"] * SHARDS

    def test_when_the_time_is_up_the_rest_stays_due(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        devices = [delete(pump(world.organization)) for _ in range(8)]
        with before_each_request(TRANSACTION, lambda: clock.shift(timedelta(seconds=30))):
            purge_at(clock, DUE)
            left = [device for device in devices if there(device)]
            assert 0 < len(left) < len(devices)
            assert sorted(id for _, id in purge_rows()) == sorted(device.id for device in left)
            for number in range(1, 4):
                purge_at(clock, DUE + number * HOUR)
        assert purge_rows() == []

    def test_each_run_begins_with_another_shard(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        """So those of a shard that takes all the time of a run keep none of the others waiting for ever."""
        while len(shards()) < SHARDS:
            delete(world.device())
        with before_each_request(TRANSACTION, lambda: clock.shift(timedelta(seconds=1000))):
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
    def test_thousands_that_are_due_are_read_as_far_as_there_is_time(self, world: WegnologyWorld, clock: time_machine.Traveller) -> None:
        """Rows of devices that are gone, in one shard, before those of devices that are there."""
        second = f"{int(DUE.timestamp()) - 9:012d}"
        for start in range(0, 2000, 100):
            ids = [f"{number:024x}" for number in range(start, start + 100)]
            transact([Write.put(("PURGE#0", f"{second}#{id}"), {"device": {"S": id}}, None) for id in ids])
        devices = [delete(pump(world.organization)) for _ in range(8)]
        with before_each_request("DeleteItem", lambda: clock.shift(timedelta(seconds=0.4))), Meter() as meter:
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
