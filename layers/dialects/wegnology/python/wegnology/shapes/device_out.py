"""Devices as answers show them (wegnology.md 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from fleet.registry.device import Device, DeviceClass, WegnologyDevice
from fleet.times import iso_text
from wegnology.shapes.attribute import Attribute
from wegnology.shapes.fields import UNSET, Flag, Links, Time, WegnologyQuery, WegnologyShape, link
from wegnology.shapes.tag import Tag


class Shaping(WegnologyQuery):
    """How an answer shows devices, as the query of every route that shows some has it. A query with further parameters inherits from it."""

    tags_as_object: Annotated[Flag, UNSET]
    attributes_as_object: Annotated[Flag, UNSET]
    links: Annotated[Links, Field(alias="_links", default_factory=lambda: True)]


@dataclass(frozen=True)
class Connection:
    """Whether a device is connected, None for one that never was, and when that last changed."""

    connected: bool | None = None
    changed: datetime | None = None


class ConnectionInfo(WegnologyShape):
    connected: Literal[1, 0] | None
    time: Annotated[Time, Field(default=None)]

    @classmethod
    def of(cls, connection: Connection) -> Self:
        connected = None if connection.connected is None else int(connection.connected)
        members = {} if connection.changed is None else {"time": iso_text(connection.changed)}
        return cls.model_validate({"connected": connected, **members})


class Link(WegnologyShape):
    href: str


class DeviceLinks(WegnologyShape):
    application: Link
    devices: Link
    self: Link


HREF = "/applications/65f0c0de0000000000000001"
EXAMPLE: dict[str, Any] = {
    "id": "65f0c0de00000000000000a1",
    "deviceId": "65f0c0de00000000000000a1",
    "applicationId": "65f0c0de0000000000000001",
    "creationDate": "2031-02-03T04:05:06.789Z",
    "lastUpdated": "2031-02-03T04:05:06.789Z",
    "name": "Pump 7",
    "deviceClass": "standalone",
    "tags": [{"key": "hall", "value": "north"}, {"key": "hall", "value": "annex"}],
    "attributes": [{"name": "flow", "dataType": "number", "attributeTags": {}}],
    "keepDuplicates": False,
    "connectionInfo": {"connected": None},
    "_type": "device",
    "_etag": '"1-65f0c0de00000000000000a1"',
    "_links": {
        "application": {"href": HREF},
        "devices": {"href": f"{HREF}/devices"},
        "self": {"href": f"{HREF}/devices/65f0c0de00000000000000a1"},
    },
}


class DeviceOut(WegnologyShape):
    """A device: only what it has is set."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    device_id: str
    application_id: str
    creation_date: Time
    last_updated: Time
    deleted_at: Annotated[Time, Field(default=None)]
    name: str
    device_class: DeviceClass
    description: Annotated[str, Field(default=None)]
    tags: list[Tag] | dict[str, list[str]]
    attributes: list[Attribute] | dict[str, Attribute]
    gateway_id: Annotated[str, Field(default=None)]
    parent_id: Annotated[str, Field(default=None)]
    ancestor_ids: Annotated[list[str], Field(default=None)]
    system_interval: Annotated[int, Field(default=None)]
    keep_duplicates: Annotated[bool, Field(default=None)]
    edge_agent_version: Annotated[str, Field(default=None)]
    connection_info: Annotated[ConnectionInfo, Field(default=None)]
    type: Annotated[Literal["device"], Field(alias="_type")]
    etag: Annotated[str, Field(alias="_etag")]
    links: Annotated[DeviceLinks, Field(default=None, alias="_links")]

    @classmethod
    def of(cls, device: Device, shaping: Shaping, connection: Connection | None) -> Self:
        """A device of any API. Without a connection the answer has no `connectionInfo`: for who asks to leave it out."""
        members: dict[str, Any] = {
            "id": device.id,
            "device_id": device.id,
            "application_id": device.organization,
            "creation_date": iso_text(device.created),
            "last_updated": iso_text(device.modified),
            "name": device.name,
            "device_class": device.shown_class,
            "tags": _tags(device, shaping.tags_as_object),
            "attributes": _attributes(device, shaping.attributes_as_object),
            "connection_info": ConnectionInfo.of(connection) if connection else None,
            "type": "device",
            "etag": f'"{device.version:x}-{device.id}"',
            "links": _links(device) if shaping.links else None,
        }
        return cls(**{name: value for name, value in {**members, **_optional(device)}.items() if value is not None})


def _tags(device: Device, as_object: bool) -> list[Tag] | dict[str, list[str]]:
    if not as_object:
        return [Tag.of(tag) for tag in device.tags]
    values: dict[str, list[str]] = {}
    for tag in device.tags:
        values.setdefault(tag.key, []).append(tag.value)
    return values


def _attributes(device: Device, as_object: bool) -> list[Attribute] | dict[str, Attribute]:
    attributes = [Attribute.of(attribute) for attribute in device.attributes]
    return {attribute.name: attribute for attribute in attributes} if as_object else attributes


def _optional(device: Device) -> dict[str, Any]:
    """The members that a device may have; None for those that are not set."""
    own = device.wegnology or WegnologyDevice()
    return {
        "deleted_at": iso_text(device.deleted) if device.deleted else None,
        "description": device.notes or None,
        "gateway_id": own.gateway,
        "parent_id": device.parent,
        "ancestor_ids": list(device.ancestors) or None,
        "system_interval": own.system_interval,
        "keep_duplicates": own.keep_duplicates,
        "edge_agent_version": own.edge_agent,
    }


def _links(device: Device) -> DeviceLinks:
    at = device.organization, "devices"
    return DeviceLinks(application=Link(**link(at[0])), devices=Link(**link(*at)), self=Link(**link(*at, device.id)))
