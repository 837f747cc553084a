"""Changes of devices' attributes that the stored values have to follow, in the order of the devices' versions.

They are not deleted when they are done: whoever carries out one carries out all that are stored, in their order. So it does not matter
which of two jobs comes first, or whether one does half of it: the values under a name have always been through what was before, and what
came late to a name is carried on from there.
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

RETENTION = 15 * 86_400
"""Seconds that a change is stored: longer than the letter to the job that carries it out."""
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
        return [_ITEMS.put(reach, (_partition(change.device), f"{change.version:09d}"), change, more=more)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_partition(ANY)])
    def of_device(reach: Reach, organization: str, device: str) -> Sequence[AttributeChange]:
        """AC2: the changes of a device, in their order."""
        return [_ITEMS.parse(row) for row in table.query(reach, organization, "Device", "pk = :pk", {"pk": _partition(device)})]
