"""Commands to devices in words of their application: stored for a week, and sent to the gateway that a device has, if it has one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.writes import Write, delete_each
from fleet.commands.device_command import DeviceCommand
from fleet.grants import ANY, needs
from fleet.registry.device import Device

RETENTION = timedelta(days=7)
"""How long after it was accepted a command is shown."""
SENT = "command-sent"
"""The condition that a device does not have a command yet."""
_ITEMS = Items(DeviceCommand, "Device")


def _partition(device: str) -> str:
    return f"DEVICE#{device}#COMMANDS"


class DeviceCommands:
    """Commands to devices (access-patterns.md DC1 to DC3)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def add_writes(reach: Reach, device: Device, command: DeviceCommand) -> list[Write]:
        """DC1: the write of a device's command. It fails with SENT when the device has the command already."""
        reach.demand_change(device.organization, "Device")
        more = {"org": {"S": device.organization}, "ttl": {"N": str(int((command.accepted + RETENTION).timestamp()))}}
        return [_ITEMS.create(reach, (_partition(device.id), f"{_ms(command.at)}#{command.id}"), command, named=SENT, more=more)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_partition(ANY)])
    def newest(reach: Reach, device: Device, since: int, now: int) -> Iterator[DeviceCommand]:
        """DC2: a device's commands whose time is this Unix ms or later, newest first, as far as they are shown at `now` (Unix ms).

        Requests are made only while commands are asked for.
        """
        rows = _between(reach, device.organization, device.id, since, 10**15 - 1, backward=True)
        yield from (command for command in map(_ITEMS.parse, rows) if (command.accepted + RETENTION).timestamp() * 1000 > now)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:DeleteItem", keys=[_partition(ANY)])
    def drop(reach: Reach, organization: str, device: str, start: int, end: int, limit: int = 500) -> bool:
        """DC3: delete a device's commands from one Unix ms to another, both included: at most `limit`. False when there are more: call it
        again.
        """
        reach.demand_change(organization, "Device")
        rows = list(islice(_between(reach, organization, device, start, end), limit))
        delete_each(rows)
        return len(rows) < limit


def _between(reach: Reach, organization: str, device: str, start: int, end: int, *, backward: bool = False) -> Iterator[table.Item]:
    values = {"pk": _partition(device), "first": _ms(start), "last": f"{_ms(end)}~"}
    return table.query(reach, organization, "Device", "pk = :pk AND sk BETWEEN :first AND :last", values, page=100, backward=backward)


def _ms(at: int) -> str:
    return f"{min(max(at, 0), 10**15 - 1):015d}"
