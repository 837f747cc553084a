"""The paths of an application and of a device, and the loaders of what they name."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from fleet.aws.reads import Read, impossible
from fleet.grants import uses
from fleet.ids import is_id
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.tenancy.organization import Organization
from fleet.tenancy.organizations import Organizations
from wegnology.shapes.fields import WegnologyShape

APPLICATION = "Application"
"""What this API calls an organization."""


class ApplicationPath(WegnologyShape):
    """Any text: one that is no id is not found."""

    application_id: Annotated[str, AfterValidator(str.lower)]


@uses(Organizations.by_id)
def application(path: ApplicationPath) -> Read[Organization]:
    return Organizations.by_id(path.application_id)


class DevicePath(ApplicationPath):
    """Any text: one that is no id is not found."""

    device_id: Annotated[str, AfterValidator(str.lower)]


@uses(Devices.by_id)
def device(path: DevicePath) -> Read[Device]:
    return Devices.by_id(path.device_id) if is_id(path.device_id) else impossible("Device")
