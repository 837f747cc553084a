"""Deletes devices: first so that they can be restored, then for good."""

from __future__ import annotations

from datetime import datetime

from fleet.access import Reach
from fleet.alerts import track
from fleet.alerts.states import States
from fleet.aws.reads import fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Conflict
from fleet.grants import uses
from fleet.lifecycle.erase import busy, erase, mark
from fleet.registry import projections
from fleet.registry.device import Device
from fleet.registry.devices import CHANGED, Devices
from fleet.registry.edit_device import conflict
from fleet.registry.groups import GONE
from fleet.registry.thing import Thing


@uses(States.of, track.deletion_writes)
def _ending_writes(reach: Reach, device: Device, now: datetime) -> list[Write]:
    if device.tuid is None:
        return []
    return track.deletion_writes(reach, Thing.of(device), fetch(reach, States.of(device.tuid)), now)


@uses(Devices.by_id, Devices.move_writes, _ending_writes)
@projections.writes_any
def retire(reach: Reach, id: str, now: datetime) -> Device:
    """Delete a device so that it can be restored: no API shows it, its messages are ignored, and its names stay taken.

    Nothing changes when it is deleted. Conflict while it is in service: in a location, or installed.
    """

    def store(before: Device) -> Device:
        if before.deleted is not None:
            return before
        if before.in_service:
            raise Conflict(before.in_service)
        after = before.edited(now, deleted=now)
        transact([*Devices.move_writes(reach, before, after), *_ending_writes(reach, after, now)])
        return after

    return retrying(reach, Devices.even_deleted(id), store, busy=busy())


@uses(Devices.even_deleted, Devices.move_writes)
@projections.writes_any
def restore(reach: Reach, id: str, now: datetime) -> Device:
    """Show a deleted device again, in its group unless that is gone. Nothing changes when it is not deleted.

    Conflict when it can be restored no longer.
    """
    gone = False

    def store(before: Device) -> Device:
        nonlocal gone
        if before.deleted is None:
            return before
        if not before.restorable(now):
            raise Conflict("The device was deleted too long ago, or is being deleted for good: it cannot be restored")
        after = before.back(now, group=None if gone else before.group)
        try:
            transact(Devices.move_writes(reach, before, after))
        except Refused as refused:
            gone = gone or GONE in refused.failed
            raise
        return after

    try:
        return retrying(reach, Devices.even_deleted(id), store, on={CHANGED, GONE}, busy=busy())
    except Refused as refused:
        raise conflict(refused) from None


@uses(retire, mark, erase)
def delete(reach: Reach, id: str, now: datetime) -> None:
    """Delete a device for good, with its history and its configuration. Its names are free; a gateway can be claimed anew.

    Conflict while it is in service. It is retired first, so that its alerts end and nothing more of it is stored. This can be repeated when
    it ends half-way. Measurements and log files are stored under the device's id and expire.
    """
    retire(reach, id, now)

    def may_go(device: Device) -> bool:
        if device.deleted is None:
            raise Conflict("The device was restored meanwhile: delete it again if it is to go")
        return True

    marked = mark(reach, id, may_go, now)
    if marked is not None:
        erase(reach, marked)
