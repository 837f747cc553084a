"""Chooses devices of an organization from its directory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fleet.access import Reach
from fleet.grants import uses
from fleet.query.select_devices import connections_of
from fleet.query.selection import Selection
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from fleet.times import unix_ms


@uses(Devices.all_there, connections_of)
def select(reach: Reach, organization: str, selection: Selection, now: datetime) -> list[DeviceRow]:
    """The devices that are meant, in order of creation."""
    return _among(reach, Devices.all_there(reach, organization), selection, now)


@uses(Devices.all_restorable, connections_of)
def select_deleted(reach: Reach, organization: str, selection: Selection, now: datetime) -> list[DeviceRow]:
    """The deleted devices that are meant and can be restored, in order of creation."""
    return _among(reach, Devices.all_restorable(reach, organization, now), selection, now)


def there_before(accepted: datetime, rows: Iterable[DeviceRow]) -> list[DeviceRow]:
    """Those of the devices that were created no later than this."""
    return [row for row in rows if row.created <= unix_ms(accepted)]


def deleted_before(accepted: datetime, rows: Iterable[DeviceRow]) -> list[DeviceRow]:
    """Those of the devices that were deleted no later than this."""
    return [row for row in rows if row.deleted is not None and row.deleted <= unix_ms(accepted)]


def _among(reach: Reach, rows: list[DeviceRow], selection: Selection, now: datetime) -> list[DeviceRow]:
    return selection.among(rows, connections_of(reach, rows, now) if selection.needs_connections else None)
