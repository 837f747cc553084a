"""Devices of the registry: the object, and its directory row under its organization."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write
from fleet.grants import needs
from fleet.registry.device import Device

_ITEMS = Items(Device, "Device")


def key(id: str) -> table.Key:
    return f"DEVICE#{id}", "DEVICE"


class Devices:
    """Devices (access-patterns.md D1 and D2)."""

    @staticmethod
    def by_id(id: str) -> Read[Device]:
        """D1: one device."""
        return _ITEMS.one(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def store_writes(reach: Reach, device: Device) -> list[Write]:
        """D2: the writes of a device's first version, or of the one that follows the stored one, with its directory row."""
        directory = {"name": {"S": device.name}, "kind": {"S": device.kind}, "serial": {"S": device.serial_number or ""}}
        return [
            _ITEMS.replace(reach, key(device.id), device, device.version - 1),
            Write.put((f"ORG#{device.organization}#DEVICES", device.id), directory, None),
        ]
