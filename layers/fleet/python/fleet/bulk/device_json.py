"""A device as the JSON of answers and exports has it, without its connection and links (wegnology.md 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.registry.device import Attribute, Device, WegnologyDevice
from fleet.times import iso_text


def document(device: Device) -> dict[str, Any]:
    """The members of a device: only what it has is set."""
    own = device.wegnology or WegnologyDevice()
    optional = {
        "deletedAt": iso_text(device.deleted) if device.deleted else None,
        "description": device.notes or None,
        "gatewayId": own.gateway,
        "parentId": device.parent,
        "ancestorIds": list(device.ancestors) or None,
        "systemInterval": own.system_interval,
        "keepDuplicates": own.keep_duplicates,
        "edgeAgentVersion": own.edge_agent,
    }
    return {
        "id": device.id,
        "deviceId": device.id,
        "applicationId": device.organization,
        "creationDate": iso_text(device.created),
        "lastUpdated": iso_text(device.modified),
        "name": device.name,
        "deviceClass": device.shown_class,
        **{name: value for name, value in optional.items() if value is not None},
        "tags": [{"key": tag.key, "value": tag.value} for tag in device.tags],
        "attributes": [_attribute(attribute) for attribute in device.attributes],
        "_type": "device",
        "_etag": f'"{device.version:x}-{device.id}"',
    }


def tag_values(device: Device) -> dict[str, list[str]]:
    """The values of a device's tags by their keys, in the order of the tags."""
    values: dict[str, list[str]] = {}
    for tag in device.tags:
        values.setdefault(tag.key, []).append(tag.value)
    return values


def _attribute(attribute: Attribute) -> Mapping[str, Any]:
    texts = {"contentType": attribute.content_type, "description": attribute.description}
    return {
        "name": attribute.name,
        "dataType": attribute.data_type,
        **{name: text for name, text in texts.items() if text},
        "attributeTags": dict(attribute.tags),
        **({} if attribute.system is None else {"system": dict(attribute.system)}),
    }
