"""A device as JSON documents have it, without its connection and links (wegnology.md 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.registry.device import Attribute, Device, WegnologyDevice
from fleet.times import iso_text


def document(device: Device) -> dict[str, Any]:
    """The document of a device: only what it has is set. It is that of the API's answers (`wegnology.shapes.device_out`)."""
    own = device.wegnology or WegnologyDevice()
    optional = {
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


def _attribute(attribute: Attribute) -> Mapping[str, Any]:
    texts = {"contentType": attribute.content_type, "description": attribute.description}
    return {
        "name": attribute.name,
        "dataType": attribute.data_type,
        **{name: text for name, text in texts.items() if text},
        "attributeTags": dict(attribute.tags),
        **({} if attribute.system is None else {"system": dict(attribute.system)}),
    }
