"""Deletes for good the devices that were deleted too long ago to be restored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Literal

from fleet.access import Reach
from fleet.aws.reads import every, fetch
from fleet.errors import NotFound
from fleet.grants import uses
from fleet.lifecycle.erase import erase, mark
from fleet.registry import purges
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.purges import PurgeRow, Purges

Load = Callable[[], Device | None]
Outcome = Literal["Purged", "Interrupted", "Passed", "Dropped"]
_TOGETHER = 50
"""Devices that one request reads."""


@uses(Purges.due, Purges.drop, Devices.even_deleted, mark, erase)
def due_purges(reach: Reach, shard: int, now: datetime, is_over: Callable[[], bool]) -> Iterator[Callable[[], Outcome]]:
    """The purges of a shard that are due, the longest due ones first, as many as there is time for; the rest stays due.

    One request when nothing is due. What happens to a device is judged by the device, not by its row: one that was restored stays, and
    one that was deleted again stays for as long as it can be restored. A purge that fails or is interrupted is due again, and goes on
    behind what is gone; two at once do no harm.
    """
    rows = Purges.due(reach, shard, int(now.timestamp()))
    while not is_over() and (batch := list(islice(rows, _TOGETHER))):
        known = fetch(reach, every({row.device: Devices.even_deleted(row.device).optional().later() for row in batch}))
        for row in batch:
            if is_over():
                return
            yield partial(_purge, reach, row, known[row.device], now, is_over)


def _purge(reach: Reach, row: PurgeRow, load: Load, now: datetime, is_over: Callable[[], bool]) -> Outcome:
    """Purged: the device is gone. Interrupted: the time was up. Passed: it is not to go now. Dropped: a row that no device has."""
    device = load()
    if device is None or purges.key(device) != row.key:
        Purges.drop(reach, row)
        return "Dropped"
    try:
        marked = mark(reach, device.id, lambda known: _is_due(known, now), now, first=device)
    except NotFound:  # another call was faster
        return "Passed"
    if marked is None:
        return "Passed"
    return "Purged" if erase(reach, marked, is_over) else "Interrupted"


def _is_due(device: Device, now: datetime) -> bool:
    return device.purged_from is not None and device.purged_from <= now
