"""Devices of the registry: the object, and its directory row under its organization."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.registry.device import Device


def key(id: str) -> table.Key:
    return f"DEVICE#{id}", "DEVICE"


class Devices:
    """Devices (access-patterns.md D1 to D2)."""

    @staticmethod
    def by_id(id: str) -> Ask[Device]:
        """D1: one device."""

        def read(reach: Reach, found: Found) -> Device:
            item = found.get(key(id))
            if item is None or not reach.covers(table.text(item, "org")):
                raise NotFound("Device")
            return Device.model_validate_json(item["body"]["S"])

        return Ask([key(id)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def storing(reach: Reach, device: Device) -> list[table.Write]:
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
            table.put(key(device.id), row) if first else table.put(key(device.id), row, "version = :before", before=before),
            table.put((f"ORG#{device.organization}#DEVICES", device.id), directory, None),
        ]
