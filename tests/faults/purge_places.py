"""Places for faults in the purge of devices that were deleted too long ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from fleet.registry.device import RESTORABLE
from functions.workers.device.purge import handler as purge
from tests.faults.places import Operation, Place, ScheduledRun
from tests.harness.fleet import Fleet
from tests.workers.deleted import delete, gateway, keyed, pump, sensor
from tests.workers.messages import NOW


def purges() -> Iterator[Place]:
    yield Place("device purge", _due)


def _due(fleet: Fleet) -> Operation:
    """A device of each API that is due, with all that is stored of it, one that is not, and one that is there."""
    owner = fleet.organization()
    for device in (keyed(owner), gateway(fleet, owner), sensor(fleet, owner)):
        delete(device, NOW - RESTORABLE)
    delete(pump(owner), NOW - RESTORABLE + timedelta(hours=1))
    pump(owner)
    return ScheduledRun(purge, NOW)
