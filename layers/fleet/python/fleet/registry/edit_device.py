"""Creates, renames and moves devices: what concerns the registry alone. What other rooms have a part in is in `fleet.lifecycle`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, transact
from fleet.errors import Conflict, NotFound, TooMany
from fleet.grants import ANY, uses
from fleet.ids import ANY_ID
from fleet.registry import gateways, groups, locations, projections, things
from fleet.registry.device import Device
from fleet.registry.devices import CHANGED, Devices
from fleet.registry.gateway import Card
from fleet.registry.group import Group, unassigned
from fleet.registry.locations import Locations
from fleet.registry.projections import DEVICE_KEY_TAKEN, SERIAL_NUMBER_TAKEN, TUID_TAKEN


@uses(Devices.store_writes)
@projections.writes_any
def create(reach: Reach, device: Device) -> None:
    """Store a new device. Conflict when another device has one of its names, NotFound when its group or location is gone."""
    try:
        transact(Devices.store_writes(reach, None, device))
    except Refused as refused:
        raise conflict(refused) from None


@uses(Devices.by_id)
def of_card(reach: Reach, card: Card) -> Device:
    """The device that a card is of, in the version that the card shows. Refused (CHANGED) when it is another by now, or gone."""
    device = fetch(reach, Devices.by_id(card.id).optional())
    if device is None or device.version != card.version:
        raise Refused({CHANGED})
    return device


@uses(Devices.by_id, Devices.move_writes)
def edit(reach: Reach, id: str, change: Callable[[Device], Device]) -> Device:
    """Store what `change` makes of a device, anew when it was changed meanwhile; the device as it is then.

    NotFound for an unknown device and for one that is deleted; Conflict and NotFound as in `create`.
    """

    def store(before: Device) -> Device:
        after = change(before)
        if after is not before:
            transact(Devices.move_writes(reach, before, after))
        return after

    try:
        return retrying(reach, Devices.by_id(id), store, on={CHANGED}, busy=TooMany("The device is being changed too much at once"))
    except Refused as refused:
        raise conflict(refused) from None


@uses(edit)
@projections.writes_any
def rename(reach: Reach, id: str, name: str, now: datetime) -> Device:
    """Give a device another name; nothing changes when it has that one."""
    return edit(reach, id, lambda device: device if device.name == name else device.edited(now, name=name))


@uses(edit)
@projections.reached("dynamodb:PutItem", keys=[things.key(ANY), groups.member(ANY, ANY)])
@projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY), gateways.copies(ANY, ANY)[0], groups.key(ANY_ID)])
@projections.reached("dynamodb:DeleteItem", keys=[groups.member(ANY, ANY)])
def move_to_group(reach: Reach, id: str, group: Group, now: datetime) -> Device:
    """Put a device into a group; nothing changes when it is in it. NotFound when the group is gone, or another organization's."""
    to = None if group.id == unassigned(group.organization) else group.id

    def move(device: Device) -> Device:
        if device.organization != group.organization:
            raise NotFound("Group")
        return device if device.group == to else device.edited(now, group=to)

    return edit(reach, id, move)


@uses(Locations.by_id, edit)
@projections.writes_any
def move_on_map(reach: Reach, id: str, place: str | None, now: datetime) -> Device:
    """Show a device in another location on the map, or nowhere (None). What a gateway's LoRaWAN server is does not change.

    NotFound when the location is gone, or another organization's.
    """
    to = None if place is None else fetch(reach, Locations.by_id(place))

    def move(device: Device) -> Device:
        if to is not None and device.organization != to.organization:
            raise NotFound("Location")
        return device if device.place == place else device.edited(now, place=place)

    return edit(reach, id, move)


_REASONS = {
    SERIAL_NUMBER_TAKEN: "Another device has this serial number",
    TUID_TAKEN: "Another device has this TUID",
    DEVICE_KEY_TAKEN: "Another device has this key",
}


def conflict(refused: Refused) -> Conflict | NotFound:
    """Why a device could not be stored, by the conditions that failed."""
    for name, reason in _REASONS.items():
        if name in refused.failed:
            return Conflict(f"{reason}: choose another")
    if groups.GONE in refused.failed:
        return NotFound("Group")
    return NotFound("Location") if locations.GONE in refused.failed else refused
