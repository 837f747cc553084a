"""Devices as answers show them (wegnology.md 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from fleet.bulk.device_json import document, tag_values
from fleet.registry.device import Device, DeviceClass
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
        members = document(device)
        if shaping.tags_as_object:
            members["tags"] = tag_values(device)
        if shaping.attributes_as_object:
            members["attributes"] = {attribute["name"]: attribute for attribute in members["attributes"]}
        if connection:
            members["connectionInfo"] = _connection_info(connection)
        if shaping.links:
            members["_links"] = _links(device)
        return cls.model_validate(members, by_alias=True, by_name=False)


def _connection_info(connection: Connection) -> dict[str, Any]:
    connected = None if connection.connected is None else int(connection.connected)
    return {"connected": connected} if connection.changed is None else {"connected": connected, "time": iso_text(connection.changed)}


def _links(device: Device) -> dict[str, Any]:
    at = device.organization, "devices"
    return {"application": link(at[0]), "devices": link(*at), "self": link(*at, device.id)}
