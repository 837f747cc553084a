"""Lists of names, and their queries (wegnology.md 5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field

from fleet.query.listing import Listing
from fleet.registry.device import DataType, DeviceClass
from fleet.registry.device_row import DeviceRow
from wegnology.shapes.device_query import SelectQuery
from wegnology.shapes.fields import WegnologyShape


class NamesQuery(SelectQuery):
    """Of which devices, and how the names begin."""

    starts_with: Annotated[str, Field(default=None)]

    def listing(self, within: frozenset[str] | None) -> Listing:
        """The devices whose names are asked for, by somebody who may see these (None: all)."""
        return Listing(self.selection, within=within)


class AttributeNamesQuery(NamesQuery):
    data_type: Annotated[list[DataType], Field(default=[])]


class TagValuesQuery(NamesQuery):
    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "hall"}]})

    key: str


class AttributeNames(WegnologyShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"attributeNames": ["flow", "pressure"]}]})

    attribute_names: list[str]


class TagKeys(WegnologyShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"tagKeys": ["floor", "hall"]}]})

    tag_keys: list[str]


class TagValues(WegnologyShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"tagKey": "hall", "tagValues": ["annex", "north"]}]})

    tag_key: str
    tag_values: list[str]


class DeviceName(WegnologyShape):
    id: str
    device_class: DeviceClass
    name: str


_NAMED: dict[str, Any] = {"id": "65f0c0de00000000000000a1", "deviceClass": "standalone", "name": "Pump 7"}


class DeviceNames(WegnologyShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"deviceSummary": [_NAMED]}]})

    device_summary: list[DeviceName]

    @classmethod
    def of(cls, rows: Iterable[DeviceRow]) -> Self:
        return cls.model_validate(
            {"device_summary": [{"id": row.id, "device_class": row.device_class, "name": row.name} for row in rows]}, by_name=True
        )
