"""The two directories of an organization's devices: those that are there, and those that are deleted and can be restored."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws.table import Key
from fleet.aws.writes import Write
from fleet.directory.directory import Directory
from fleet.grants import ANY
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow

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
