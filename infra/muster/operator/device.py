"""Devices as the operator sees and changes them: under every name, with what each API calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from fleet.access import EVERYWHERE
from fleet.aws.reads import both, every, fetch
from fleet.errors import Conflict, FleetError, NotFound
from fleet.lifecycle import relocate, retire
from fleet.registry import edit_device
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from fleet.registry.group import Group
from fleet.registry.groups import Groups
from fleet.registry.locations import Locations
from fleet.tenancy.organizations import Organizations
from muster.operator import group as groups
from muster.operator import location as locations
from muster.operator import organization, rules

_SAME = ("id", "kind", "name", "organization", "eui", "mac", "model", "tuid", "location", "place", "created", "modified", "version")
"""What a view has from the device as it is."""


class NoDevice(FleetError):
    """There is no such device: list those of an organization with `muster device list`, those that are retired with --retired"""


class Unclaimed(FleetError):
    """The gateway is provisioned, of no organization yet: WisDM's API registers it in a location, which claims it"""


class Retired(Conflict):
    """The device is retired: bring it back with `muster device restore` first"""


class NotRetired(Conflict):
    """The device is not retired: retire it first, or confirm with --yes that it is to go for good at once"""


@dataclass(frozen=True)
class DeviceView:
    """A device with all its names, and what each API shows of it. The names of locations and of the organization follow their ids.

    `status`, `config_version` (of its location) and `applied_version` (reported) are what WisDM says of a gateway; `thingsee_group`
    and `installation` what Thingsee says of a thing; `device_class`, `tags` (each `key=value`), `gateway` and `parent` (ids) what WEGnology
    says of a device that its API made or changed. `paths` are requests that show the device, by API.
    """

    id: str
    kind: str
    name: str
    organization: str
    organization_name: str
    sn: str | None
    eui: str | None
    mac: str | None
    model: str | None
    tuid: str | None
    group: str | None
    location: str | None
    location_name: str | None
    place: str | None
    place_name: str | None
    status: str | None
    config_version: int | None
    applied_version: int | None
    thingsee_group: str | None
    installation: str | None
    installed: datetime | None
    device_class: str | None
    tags: tuple[str, ...] | None
    gateway: str | None
    parent: str | None
    created: datetime
    modified: datetime
    retired: datetime | None
    version: int
    paths: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ListedDevice:
    """A device in the list of its organization."""

    id: str
    kind: str
    name: str
    sn: str | None
    tuid: str | None


@dataclass(frozen=True)
class DeletedDevice:
    """The names of a device that is deleted for good: they are free."""

    id: str
    name: str
    sn: str | None
    tuid: str | None


def of_organization(slug_or_id: str, retired: bool) -> Iterator[ListedDevice]:
    """The devices of an organization in the order of their creation, or those that are retired."""
    for row in Devices.of_organization(EVERYWHERE, organization.find(slug_or_id).id, deleted=retired):
        yield ListedDevice(row.id, row.kind, row.name, row.sn, row.tuid)


def find(name: Mapping[str, str]) -> Device:
    """The device of this `id`, `sn` or `tuid`, also one that is retired. Raises NoDevice, and Unclaimed for a gateway without an owner."""
    try:
        id = name["id"].lower() if "id" in name else fetch(EVERYWHERE, Devices.id_of(*_upper(name)))
        return fetch(EVERYWHERE, Devices.even_deleted(id))
    except NotFound:
        if "sn" in name and fetch(EVERYWHERE, Gateways.identity(name["sn"].upper()))[0]:
            raise Unclaimed from None
        raise NoDevice from None


def _upper(name: Mapping[str, str]) -> tuple[Literal["sn", "tuid"], str]:
    return ("sn", name["sn"].upper()) if "sn" in name else ("tuid", name["tuid"].upper())


def rename(device: Device, name: str) -> Device:
    """Give a device another name. Raises Invalid for one that is no name."""
    demand_shown(device)
    rules.demand(rules.text("name", name, 64))
    return edit_device.rename(EVERYWHERE, device.id, name, _now())


def move(device: Device, location: str | None) -> Device:
    """Put a gateway into a location of its organization and configure it for that, or take it out of the one that it is in (None)."""
    demand_shown(device)
    if device.serial_number is None:
        raise Conflict("Only a gateway can be in a location: show another device on the map with --place")
    if location is not None:
        locations.find(location)
    return relocate.relocate(EVERYWHERE, device.serial_number, location, _now())


def move_on_map(device: Device, place: str | None) -> Device:
    """Show a device in a location of its organization on the map, or nowhere (None). Its LoRaWAN server stays the same."""
    demand_shown(device)
    if place is not None and locations.find(place).organization != device.organization:
        raise Conflict("The location is another organization's: name one of the device's own")
    return edit_device.move_on_map(EVERYWHERE, device.id, place, _now())


def move_to_group(device: Device, name: str | None) -> Device:
    """Put a device into the group of this name, or into none (None)."""
    demand_shown(device)
    to = Group.built_in(device.organization) if name is None else groups.find(device.organization, name)
    return edit_device.move_to_group(EVERYWHERE, device.id, to, _now())


def demand_shown(device: Device) -> None:
    """Raise Retired for a device that no API shows."""
    if device.deleted is not None:
        raise Retired


def set_aside(device: Device) -> Device:
    """Retire a device: no API shows it, and it can be restored. Conflict while it is in service."""
    _demand_out_of_service(device)
    return retire.retire(EVERYWHERE, device.id, _now())


def restore(device: Device) -> Device:
    """Show a device again that was retired."""
    return retire.restore(EVERYWHERE, device.id, _now())


def delete(device: Device, confirmed: bool) -> DeletedDevice:
    """Delete a device for good. Raises Conflict while it is in service, NotRetired for one that is not retired and not `confirmed`."""
    if device.deleted is None and not confirmed:
        raise NotRetired
    _demand_out_of_service(device)
    retire.delete(EVERYWHERE, device.id, _now())
    return DeletedDevice(device.id, device.name, device.serial_number, device.tuid)


def _demand_out_of_service(device: Device) -> None:
    """Name the command that takes a device out of service, before the core refuses to retire it."""
    if device.in_service is None:
        return
    if device.location is not None:
        move = f"muster device move --id {device.id} --location {rules.NONE}"
        raise Conflict(f"The gateway is in a location: take it out of there with `{move}` first")
    raise Conflict(
        f"The thing is installed: set another status with `muster thing install --tuid {device.tuid} --status uninstalled` first"
    )


def view(device: Device) -> DeviceView:
    """A device with the names of what it is in, and what each API shows of it."""
    shown = {id: Locations.by_id(id).optional() for id in (device.location, device.place) if id}
    places, owner = fetch(EVERYWHERE, both(every(shown), Organizations.by_id(device.organization)))
    names = {id: place.name for id, place in places.items() if place}
    group = fetch(EVERYWHERE, Groups.by_id(device.group).optional()) if device.group else None
    thingsee_group = (group or Group.built_in(device.organization)).deployment if device.tuid else None
    return DeviceView(
        **{name: getattr(device, name) for name in _SAME},
        **_wisdm(device),
        **_wegnology(device),
        organization_name=owner.name,
        sn=device.serial_number,
        group=group.name if group else None,
        location_name=names.get(device.location or ""),
        place_name=names.get(device.place or ""),
        thingsee_group=thingsee_group,
        installation=device.thingsee.status if device.thingsee else None,
        installed=device.thingsee.installed if device.thingsee else None,
        retired=device.deleted,
        paths={} if device.deleted else _paths(device, thingsee_group),
    )


def _wisdm(device: Device) -> dict[str, Any]:
    """What WisDM says of a device: whether it is online, and on which configuration it runs."""
    known = fetch(EVERYWHERE, Gateways.by_sn(device.serial_number).optional()) if device.serial_number else None
    if known is None:
        return dict.fromkeys(("status", "config_version", "applied_version"))
    return {"status": known.status(_now()), "config_version": known.card.config_version, "applied_version": known.reports.applied}


def _wegnology(device: Device) -> dict[str, Any]:
    """What WEGnology says of a device that has something of its own there."""
    if device.wegnology is None:
        return dict.fromkeys(("device_class", "tags", "gateway", "parent"))
    tags = tuple(f"{tag.key}={tag.value}" for tag in device.tags)
    return {"device_class": device.shown_class, "tags": tags or None, "gateway": device.wegnology.gateway, "parent": device.parent}


def _paths(device: Device, group: str | None) -> Mapping[str, tuple[str, ...]]:
    """Requests that show a device, by API: by its own name there, and in the list of what it is in."""
    paths: dict[str, tuple[str, ...]] = {}
    if device.serial_number and device.wisdm:
        listed = (f"GET /v4/location/{device.location}/gateways",) if device.location else ()
        paths["WisDM"] = (f"GET /v4/gateway/{device.serial_number}/status", *listed)
    if device.tuid:
        paths["Thingsee"] = (f"GET /things/{device.tuid}", f"GET /groups/{group}/things")
    if device.wegnology:
        paths["WEGnology"] = (f'GET /applications/{device.organization}/devices?query={{"id": "{device.id}"}}',)
    return paths


def _now() -> datetime:
    return datetime.now(UTC)


def listed_in_words(listed: ListedDevice | DeletedDevice) -> str:
    """A device as one line of text."""
    names = [f"{word} {name}" for word, name in (("serial number", listed.sn), ("TUID", listed.tuid)) if name]
    return ", ".join([f"{listed.id} {listed.name}", *names])


def in_words(device: DeviceView) -> str:
    """A device as lines of text: a fact a line, those that it has."""
    hardware = ", ".join(f"{word} {value}" for word, value in (("EUI", device.eui), ("MAC", device.mac), ("model", device.model)) if value)
    since = f" since {device.installed:%Y-%m-%d %H:%M:%S}" if device.installation == "installed" else ""
    facts = {
        "id": f"{device.id}, version {device.version}",
        "organization": f"{device.organization_name} ({device.organization})",
        "serial number": device.sn,
        "TUID": device.tuid,
        "hardware": hardware,
        "group": device.group or "(none)",
        "location": _place(device.location, device.location_name),
        "on the map": _place(device.place, device.place_name),
        "in WisDM": device.status and f"{device.status}, runs on configuration {device.applied_version}, wanted {device.config_version}",
        "in Thingsee": device.thingsee_group and f"{device.installation}{since}, in the group {device.thingsee_group}",
        "in WEGnology": device.device_class,
        "tags": ", ".join(device.tags or ()),
        "gateway": device.gateway,
        "system": device.parent,
        "created": f"{device.created:%Y-%m-%d %H:%M:%S}, changed {device.modified:%Y-%m-%d %H:%M:%S}",
        "retired": device.retired and f"{device.retired:%Y-%m-%d %H:%M:%S}: no API shows it; `muster device restore` brings it back",
    }
    lines = [f"  {name:14} {value}" for name, value in facts.items() if value]
    paths = [f"  {f'{api} shows':14} {path}" for api, each in device.paths.items() for path in each]
    return "\n".join([f"{device.kind.title()} {device.name}", *lines, *paths])


def _place(id: str | None, name: str | None) -> str | None:
    return id and f"{name or '(deleted)'} ({id})"
