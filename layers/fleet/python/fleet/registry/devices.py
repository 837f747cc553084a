"""Devices of the registry: the object, and its directory row under its organization."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.registry.device import Device


def key(id: str) -> table.Key:
    return f"DEVICE#{id}", "DEVICE"


_ITEMS = Items(Device, "Device")


class Devices:
    """Devices (access-patterns.md D1 to D2)."""

    @staticmethod
    def by_id(id: str) -> Read[Device]:
        """D1: one device."""
        return _ITEMS.one(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def storing(reach: Reach, device: Device) -> list[Write]:
        """D2: the writes of a device's first version, or of the one that follows the stored one, with its directory row."""
        if not reach.covers(device.organization):
            raise NotFound("Device")
        row = {
            "org": {"S": device.organization},
            "version": {"N": str(device.version)},
            "body": {"S": device.model_dump_json(exclude_none=True)},
        }
        directory = {"name": {"S": device.name}, "kind": {"S": device.kind}, "serial": {"S": device.serial_number or ""}}
        before = {"N": str(device.version - 1)}
        first = device.version == 1
        return [
            Write.put(key(device.id), row) if first else Write.put(key(device.id), row, "version = :before", before=before),
            Write.put((f"ORG#{device.organization}#DEVICES", device.id), directory, None),
        ]
