from datetime import UTC, datetime, timedelta

from edge.observe import count
from edge.parts import parts
from edge.worker import schedule
from fleet.access import EVERYWHERE
from fleet.lifecycle import purge
from fleet.registry.purges import SHARDS

TIMEOUT = 300
"""Seconds of a call."""
_RESERVE = 60
"""Seconds at the end of a call in which nothing further begins."""


@schedule("rate(1 hour)", "device_purge", uses=(purge.due_purges,), timeout=TIMEOUT)
def handler(due: datetime) -> None:
    """Delete for good the devices that were deleted too long ago to be restored.

    Running it twice, late, or twice at the same time is harmless: whether a device goes follows from the device, it is marked on condition
    of its version before anything of it goes, and it goes last itself. What there is no time for stays due. Each call
    begins with another shard, so that none waits for ever behind one that is full.
    """
    end = datetime.now(UTC) + timedelta(seconds=TIMEOUT - _RESERVE)
    with parts("PurgeFailed") as part:
        for number in range(SHARDS):
            with part():
                shard = (due.hour + number) % SHARDS
                for each in purge.due_purges(EVERYWHERE, shard, datetime.now(UTC), lambda: datetime.now(UTC) >= end):
                    with part():
                        count(f"Device{each()}")
