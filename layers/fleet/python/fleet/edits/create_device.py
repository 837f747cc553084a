"""Creates devices of the WEGnology API, and says what such a device must be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws.reads import Read, every
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, transact
from fleet.errors import Invalid, Problem, TooMany
from fleet.grants import uses
from fleet.ids import new_id
from fleet.registry import device_row, projections
from fleet.registry.device import Device
from fleet.registry.devices import CHANGED, Devices
from fleet.tenancy.organizations import STANDING, Disabled, Organizations

GATEWAY_CLASSES = frozenset({"gateway", "edgeCompute"})
"""The classes of devices that may speak for others."""
MOST_ANCESTORS = 1000
MOST_BYTES = 350 * 1024
"""Bytes of a device as it is stored: DynamoDB takes items of 400 KB."""
SYSTEM_INTERVAL = 30
"""Seconds between the aggregations of a system that says nothing else."""
_NAMED = {"name": "name", "notes": "description", "tags": "tags", "attributes": "attributes"}
"""What the API calls the parts of a device that may be large."""


@uses(Devices.by_id)
def related(fields: Mapping[str, Any]) -> Read[dict[str, Device | None]]:
    """The devices that the fields of a device name, as `gatewayId` and `parentId`; None for one that is not there."""
    ids = {"gatewayId": fields.get("wegnology", {}).get("gateway"), "parentId": fields.get("parent")}
    return every({name: Devices.by_id(id).optional() for name, id in ids.items() if id is not None})


@uses(related, Organizations.standing_checks, Devices.unchanged_checks, Devices.store_writes)
@projections.reached("dynamodb:PutItem", keys=[device_row.key()])
def create(reach: Reach, organization: str, fields: Mapping[str, Any], now: datetime) -> Device:
    """Create a device from fields of `Device`, those of `wegnology` among them; the device as it is stored.

    Invalid names what is wrong: a gateway or a parent that is no live device of the organization or of another class, no gateway where
    the class needs one, more than MOST_ANCESTORS systems above it, more than MOST_BYTES. Disabled when the organization is disabled,
    or was deleted.
    """

    def store(others: dict[str, Device | None]) -> Device:
        device = new_device(organization, fields, others, now)
        checks = [check for other in others.values() if other for check in Devices.unchanged_checks(reach, other)]
        transact([*Organizations.standing_checks(reach, organization), *checks, *Devices.store_writes(reach, None, device)])
        return device

    busy = TooMany("The gateway or the system of the device is being changed too much at once")
    try:
        return retrying(reach, related(fields), store, first=None if related(fields).keys else {}, on={CHANGED}, busy=busy)
    except Refused as refused:
        raise Disabled if STANDING in refused.failed else refused from None


def new_device(organization: str, fields: Mapping[str, Any], others: Mapping[str, Device | None], now: datetime) -> Device:
    """The device that the fields describe, with its defaults. Invalid as in `create`."""
    own = {"keep_duplicates": False, **fields.get("wegnology", {})}
    device_class = fields.get("device_class", "standalone")
    if device_class == "system":
        own = {"system_interval": SYSTEM_INTERVAL, **own}
    for name, other in others.items():
        check_related(organization, name, other)
    parent = others.get("parentId")
    base: dict[str, Any] = {"id": new_id(), "organization": organization, "kind": "device", "created": now, "modified": now}
    above = () if parent is None else (*parent.ancestors, parent.id)
    device = Device(**{**base, **fields, "device_class": device_class, "ancestors": above, "wegnology": own})
    check_gateway(device)
    check_size(device)
    return device


def check_related(organization: str, name: str, other: Device | None) -> None:
    """Invalid unless the device that `gatewayId` or `parentId` (`name`) names may be that, by its class."""
    there = other is not None and other.organization == organization
    if name == "gatewayId" and not (there and other and other.shown_class in GATEWAY_CLASSES):
        raise Invalid(Problem((name,), "must be the id of a gateway or edgeCompute device of this application"))
    if name == "parentId" and not (there and other and other.shown_class == "system"):
        raise Invalid(Problem((name,), "must be the id of a system of this application"))
    if name == "parentId" and other and len(other.ancestors) >= MOST_ANCESTORS:
        raise Invalid(Problem((name,), f"must be a system with fewer than {MOST_ANCESTORS} systems above it"))


def check_gateway(device: Device) -> None:
    """Invalid when a device has no gateway whose class needs one, or one whose class has none."""
    gateway = device.wegnology.gateway if device.wegnology else None
    if device.device_class == "peripheral" and gateway is None:
        raise Invalid(Problem(("gatewayId",), "is required for a peripheral"))
    if device.device_class == "floating" and gateway is not None:
        raise Invalid(Problem(("gatewayId",), "is not for a floating device, which is the peripheral of any gateway"))


def check_size(device: Device) -> None:
    """Invalid when a device has more than MOST_BYTES as it is stored: its largest part is named."""
    if len(device.model_dump_json(exclude_none=True).encode()) <= MOST_BYTES:
        return
    sizes = {name: len(device.model_dump_json(include={field}).encode()) for field, name in _NAMED.items()}
    largest = max(sizes, key=lambda name: sizes[name])
    raise Invalid(Problem((largest,), f"must be smaller: a device has at most {MOST_BYTES} bytes"))
