"""When deleted devices are to be purged.

    PURGE#<shard>   <second, 12 digits>#<device id>   the device can be restored until this second, and then goes for good

The row is a projection of the device (`fleet.registry.projections`): it comes with the deletion and goes with the restoration, in their
transactions. So each deleted device has one row, which is that of its newest deletion.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.writes import Write, write_alone
from fleet.grants import ANY, needs
from fleet.registry.device import Device

SHARDS = 4
"""Partitions of the rows: each costs one request when nothing is due."""
_PAGE = 500
"""Rows that a request brings."""


class PurgeRow(NamedTuple):
    """A device that is to be purged: its id, and the key of the row that says so."""

    device: str
    key: table.Key


def _shard(number: int | str) -> str:
    return f"PURGE#{number}"


def pattern() -> table.Key:
    """The key of any row, for grants and projections."""
    return _shard(ANY), ANY


def key(device: Device) -> table.Key | None:
    """The key of a device's row; None: it is not deleted."""
    if device.purged_from is None:
        return None
    return _shard(zlib.crc32(device.id.encode()) % SHARDS), f"{int(device.purged_from.timestamp()):012d}#{device.id}"


class Purges:
    """Devices that are to be purged (access-patterns.md PU1 and PU2). For the worker, whose reach is everything."""

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[pattern()])
    def due(reach: Reach, shard: int, until: int) -> Iterator[PurgeRow]:
        """PU1: the rows of a shard up to this Unix second, in their order. Requests are made only while rows are asked for."""
        values = {"pk": _shard(shard), "last": f"{until:012d}#~"}
        for row in table.query(reach, None, "Device", "pk = :pk AND sk <= :last", values, page=_PAGE):
            yield PurgeRow(row["device"]["S"], (row["pk"]["S"], row["sk"]["S"]))

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[pattern()])
    def drop(reach: Reach, row: PurgeRow) -> None:
        """PU2: delete a row that no device has. Doing it again changes nothing."""
        reach.demand_change(None, "Device")
        write_alone(Write.delete(row.key, None))
