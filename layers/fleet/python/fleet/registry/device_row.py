"""The rows of devices in the two directories of their organization: what lists and queries search, sort by and show without the devices.

One directory has the devices that are there, the other those that are deleted and can be restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Self

from fleet.access import Reach
from fleet.aws.table import Key
from fleet.aws.writes import Write
from fleet.directory.directory import Directory
from fleet.directory.row import order
from fleet.grants import ANY
from fleet.registry.device import RESTORABLE, Device
from fleet.times import unix_ms


class DeviceRow(NamedTuple):
    """One device in the directory of its organization. Times are milliseconds since the epoch.

    `device_class` is the class that is shown. `gateway`, `parent` and `ancestors` (root first, direct parent last) are ids. `tags` has
    `[key, value]` and `attributes` `[name, data type]` for each, in the device's order. A row may have an earlier version than its
    device, if nothing else in it has changed since.
    """

    order: str
    version: int
    name: str
    device_class: str
    updated: int
    deleted: int | None
    gateway: str | None
    parent: str | None
    ancestors: list[str]
    tags: list[list[str]]
    attributes: list[list[str]]
    sn: str | None
    tuid: str | None
    kind: str

    @property
    def id(self) -> str:
        return self.order.partition("#")[2]

    @property
    def created(self) -> int:
        return int(self.order[:13])

    @classmethod
    def of(cls, device: Device) -> Self:
        return cls(
            order=order(device.created, device.id),
            version=device.version,
            name=device.name,
            device_class=device.shown_class,
            updated=unix_ms(device.modified),
            deleted=None if device.deleted is None else unix_ms(device.deleted),
            gateway=device.wegnology.gateway if device.wegnology else None,
            parent=device.parent,
            ancestors=list(device.ancestors),
            tags=[[tag.key, tag.value] for tag in device.tags],
            attributes=[[attribute.name, attribute.data_type] for attribute in device.attributes],
            sn=device.serial_number,
            tuid=device.tuid,
            kind=device.kind,
        )

    def restorable(self, now: datetime) -> bool:
        """Whether it is of a device that is deleted and can be restored."""
        return self.deleted is not None and unix_ms(now - RESTORABLE) < self.deleted

    def says_the_same(self, other: DeviceRow | None) -> bool:
        """Whether another row differs from this one in its version alone, or not at all."""
        return other is not None and self._replace(version=other.version) == other


THERE, DELETED = Directory("device", DeviceRow), Directory("deleted-device", DeviceRow)
DIRECTORIES = (THERE, DELETED)


def directory(deleted: bool) -> Directory[DeviceRow]:
    return DELETED if deleted else THERE


def key(deleted: bool = False) -> Key:
    """The key of any organization's directory, for grants."""
    return directory(deleted).key(ANY)


def row(device: Device | None, deleted: bool) -> DeviceRow | None:
    """The row of a device in one of the directories; None: it is not in that one."""
    return DeviceRow.of(device) if device is not None and (device.deleted is not None) == deleted else None


def writes(reach: Reach, before: Device | None, after: Device | None) -> Iterator[Write]:
    """The writes that take both directories from one version of a device to the next. None: there is no such device."""
    known = after or before
    if known is None:
        return
    version = after.version if after else known.version + 1
    for deleted in (False, True):
        old, new = row(before, deleted), row(after, deleted)
        if new is not None:
            if not new.says_the_same(old):
                yield from directory(deleted).put_writes(reach, known.organization, new)
        elif old is not None:
            yield from directory(deleted).gone_writes(reach, known.organization, old.order, version)
