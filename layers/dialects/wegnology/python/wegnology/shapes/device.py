"""Devices as requests have them (wegnology.md 4.1)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from fleet.registry.device import DeviceClass
from wegnology.shapes.attribute import Attributes, fields_of
from wegnology.shapes.fields import Id, LongText, Name, WegnologyShape, Whole
from wegnology.shapes.tag import Tag

_OF_WEGNOLOGY = {"gateway_id": "gateway", "system_interval": "system_interval", "keep_duplicates": "keep_duplicates"}
_OF_ALL = {"name": "name", "description": "notes", "device_class": "device_class", "parent_id": "parent", "tags": "tags"}
"""Members by what the core calls them."""


class DevicePost(WegnologyShape):
    """A new device. Only its name is required."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Pump 7",
                    "tags": [{"key": "hall", "value": "north"}, {"key": "hall", "value": "annex"}],
                    "attributes": [{"name": "flow", "dataType": "number"}],
                }
            ]
        }
    )

    name: Name
    description: Annotated[LongText, Field(default="")]
    tags: Annotated[list[Tag], Field(default=[], max_length=100)]
    attributes: Annotated[Attributes, Field(default=[])]
    device_class: Annotated[DeviceClass, Field(default="standalone")]
    gateway_id: Annotated[Id, Field(default=None)]
    parent_id: Id | None = None
    system_interval: Annotated[int, Field(default=None, ge=5, le=3600), Whole]
    keep_duplicates: Annotated[bool, Field(default=False)]

    def fields(self) -> dict[str, Any]:
        """The members that were sent, as the core has them; those that this API alone has are in `wegnology`."""
        sent = self.sent()
        found: dict[str, Any] = {of: sent[name] for name, of in _OF_ALL.items() if name in sent}
        if "attributes" in sent:
            found["attributes"] = fields_of(self.attributes)
        return {**found, "wegnology": {of: sent[name] for name, of in _OF_WEGNOLOGY.items() if name in sent}}
