"""Chooses devices of an organization from its directory."""

from __future__ import annotations

from fleet.access import Reach
from fleet.grants import uses
from fleet.query.selection import Selection
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices


@uses(Devices.of_organization)
def select(reach: Reach, organization: str, selection: Selection, *, deleted: bool = False) -> list[DeviceRow]:
    """The devices that are meant, of those that are there or (`deleted`) of those that can be restored, in order of creation."""
    return selection.among(Devices.of_organization(reach, organization, deleted=deleted))
