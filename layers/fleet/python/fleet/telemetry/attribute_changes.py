"""Changes of devices' attributes that the stored values have to follow, in the order of the devices' versions.

They are stored while jobs are, and not deleted when they are done: who repeats a change repeats those behind it, so that values which
come late to a name are carried on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.writes import Write
from fleet.grants import ANY, needs
from fleet.telemetry.attribute_change import AttributeChange

RETENTION = 35 * 86_400
"""Seconds that a change is stored: longer than any job that carries it out."""
_ITEMS = Items(AttributeChange, "Device")


def _partition(device: str) -> str:
    return f"DEVICE#{device}#ATTRIBUTES"


class AttributeChanges:
    """Changes of attributes (access-patterns.md AC1 and AC2)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def add_writes(reach: Reach, organization: str, change: AttributeChange) -> list[Write]:
        """AC1: the write of a change, for the transaction of the device's version."""
        reach.demand_change(organization, "Device")
        more = {"org": {"S": organization}, "ttl": {"N": str(int(time.time()) + RETENTION)}}
        return [_ITEMS.put(reach, (_partition(change.device), _version(change.version)), change, more=more)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_partition(ANY)])
    def since(reach: Reach, organization: str, device: str, version: int) -> Sequence[AttributeChange]:
        """AC2: the changes of a device from this version on, in their order."""
        values = {"pk": _partition(device), "first": _version(version)}
        return [_ITEMS.parse(row) for row in table.query(reach, organization, "Device", "pk = :pk AND sk >= :first", values)]


def _version(version: int) -> str:
    return f"{version:09d}"
