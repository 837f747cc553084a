"""Bodies that the page of the API prints."""

from __future__ import annotations

from typing import Any

DEVICE: dict[str, Any] = {
    "name": "My New Device",
    "description": "Description of my new device",
    "tags": [{"key": "TagKey", "value": "TagValue"}],
    "attributes": [{"name": "voltage", "dataType": "number"}],
    "deviceClass": "standalone",
}
CHANGES = {**DEVICE, "name": "My Updated Device", "description": "Description of my updated device"}
