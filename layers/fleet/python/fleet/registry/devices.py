"""Devices: the aggregate, written together with all its projections, and the directory of each organization."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, item, reads_rows
from fleet.aws.writes import Write, unchanged
from fleet.directory.contents import Slice
from fleet.errors import NotFound
from fleet.grants import ANY, needs
from fleet.ids import ANY_ID
from fleet.registry import device_row, gateways, projections, purges, things
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.gateway import Card
from fleet.registry.projections import Counts
from fleet.registry.reports import Reports
from fleet.registry.thing import Thing

CHANGED = "device-changed"
"""The condition that a device is as it was read."""
_ITEMS = Items(Device, "Device")
_LISTS = [device_row.key(deleted) for deleted in (False, True)]


def key(id: str) -> table.Key:
    return f"DEVICE#{id}", "DEVICE"


class Devices:
    """Devices (access-patterns.md D1 to D15)."""

    @staticmethod
    @reads_rows(key(ANY_ID))
    def by_id(id: str) -> Read[Device]:
        """D1: one device. NotFound when it is deleted."""
        return Devices.even_deleted(id).map(_there)

    @staticmethod
    @reads_rows(key(ANY_ID))
    def even_deleted(id: str) -> Read[Device]:
        """D5: one device, deleted or not."""
        return _ITEMS.one(key(id))

    @staticmethod
    @reads_rows(gateways.card_key(ANY), things.key(ANY))
    def id_of(name: Literal["sn", "tuid"], value: str) -> Read[str]:
        """D6: the id of the device that has this serial number or this TUID, also of one that is deleted."""
        if name == "sn":
            return Items(Card, "Device").one(gateways.card_key(value)).map(lambda card: card.id)
        return Items(Thing, "Device").one(things.key(value)).map(lambda thing: thing.id)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY_ID), device_row.key()])
    def store_writes(reach: Reach, before: Device | None, after: Device, reports: Reports | None = None) -> list[Write]:
        """D2: the writes of a new device (`before` is None), or of the next version of one that leaves nowhere, and of all its projections.

        Who calls this also `needs` the projections that its change reaches. The writes fail when the device was CHANGED meanwhile, or a
        name of it is another device's. `reports` are those of a gateway that comes to a
        location.
        """
        writes = _writes(reach, before, after, reports)
        if any(write.operation == "Delete" for write in writes):
            raise ValueError("the device leaves a location, a group or a name: use move_writes")
        return writes

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY_ID), device_row.key()])
    def move_writes(
        reach: Reach, before: Device, after: Device, reports: Reports | None = None, counted: Counts | None = None
    ) -> list[Write]:
        """D3: the writes of a device's next version, wherever it leaves and comes to. They fail as those of D2.

        `counted` are further changes of what counts it, since a transaction has one write for an item.
        """
        return _writes(reach, before, after, reports, counted)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY_ID)])
    @projections.reached("dynamodb:PutItem", keys=[things.key(ANY)])
    @projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY)])
    def mark_writes(reach: Reach, before: Device, after: Device) -> list[Write]:
        """D14: the writes of a deleted device's next version, of which no list shows anything else. They fail as those of D2."""
        return _writes(reach, before, after, None)

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY_ID)])
    @projections.reached("dynamodb:PutItem", keys=[device_row.key(deleted=True)])
    @projections.reached("dynamodb:DeleteItem", keys=[gateways.card_key(ANY), things.key(ANY), projections.device_key(ANY)])
    @projections.reached("dynamodb:DeleteItem", keys=[purges.pattern()])
    def end_writes(reach: Reach, device: Device) -> list[Write]:
        """D15: the writes that delete a deleted device for good, with its names. They fail when it was CHANGED meanwhile."""
        return _writes(reach, device, None, None)

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[key(ANY_ID)])
    def unchanged_checks(reach: Reach, device: Device) -> list[Write]:
        """D7: a check that a device which another write depends on is as it was read. It fails with CHANGED."""
        reach.demand_change(device.organization, "Device")
        return [Write.check(key(device.id), named=CHANGED, **unchanged(device.version))]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:BatchGetItem", keys=_LISTS)
    def of_organization(reach: Reach, organization: str, *, deleted: bool = False) -> list[DeviceRow]:
        """D4: all devices of an organization, or those that are deleted, in order of creation."""
        return device_row.directory(deleted).rows(reach, organization)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:BatchGetItem", keys=_LISTS)
    def page(reach: Reach, organization: str, offset: int, limit: int, *, deleted: bool = False) -> Slice[DeviceRow]:
        """D8: a page of them in order of creation, and the exact number of them all."""
        return device_row.directory(deleted).page(reach, organization, offset, limit)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:BatchGetItem", keys=[device_row.key()])
    def all_there(reach: Reach, organization: str) -> list[DeviceRow]:
        """D10: D4 for who reads no deleted devices."""
        return device_row.THERE.rows(reach, organization)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:BatchGetItem", keys=[device_row.key(deleted=True)])
    def all_restorable(reach: Reach, organization: str, now: datetime) -> list[DeviceRow]:
        """D13: the deleted devices of an organization that can be restored, in order of creation; not those that are due to be purged."""
        return [row for row in device_row.DELETED.rows(reach, organization) if row.restorable(now)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:BatchGetItem", keys=[device_row.key()])
    def page_there(reach: Reach, organization: str, offset: int, limit: int, *, newest_first: bool = False) -> Slice[DeviceRow]:
        """D11: D8 for who reads no deleted devices."""
        return device_row.THERE.page(reach, organization, offset, limit, newest_first=newest_first)

    @staticmethod
    @reads_rows(key(ANY_ID))
    def listed(id: str) -> Read[tuple[Device, int] | None]:
        """D12: one device of a list, deleted or not, and its bytes as it is stored. None when it is gone, or out of reach by now."""
        return item(key(id), "Device").map(lambda stored: (_ITEMS.parse(stored), len(stored["body"]["S"]))).optional()

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:DeleteItem", keys=_LISTS)
    def forget_directories(reach: Reach, organization: str) -> None:
        """D9: what is left of the directories of an organization that has no devices."""
        for each in device_row.DIRECTORIES:
            each.forget(reach, organization)


def _there(device: Device) -> Device:
    if device.deleted is not None:
        raise NotFound("Device")
    return device


def _writes(
    reach: Reach, before: Device | None, after: Device | None, reports: Reports | None, counted: Counts | None = None
) -> list[Write]:
    known = [device for device in (before, after) if device is not None]
    for device in known:
        reach.demand_change(device.organization, "Device")
    if after is not None:
        own = [_ITEMS.replace(reach, key(after.id), after, before.version if before else 0)]
    else:
        own = [Write.delete(key(each.id), named=CHANGED, **unchanged(each.version)) for each in known]
    return [*own, *projections.writes(reach, before, after, reports or Reports(), counted or {})]
