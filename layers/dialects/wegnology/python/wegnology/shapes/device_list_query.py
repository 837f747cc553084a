"""The query of the list of devices (wegnology.md 5.1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from edge.shape import Pattern
from fleet.query import filters
from fleet.query.filters import NO_PARENT, filtered
from fleet.query.listing import Listing
from fleet.query.selection import Selection
from fleet.query.sort import SortField
from fleet.registry.device import DeviceClass
from wegnology.shapes.device_out import Shaping
from wegnology.shapes.device_query import PageQuery
from wegnology.shapes.fields import AN_ID, UNSET, Flag, demand_once
from wegnology.shapes.tag import TagSelector

NULL = "null"
"""In place of a parent's id: devices that have none."""
_SIMPLE = frozenset({"filterField", "filter", "deviceClass", "tagFilter", "parentId"})
_HINT = "tagFilter[0][key]=…"
ParentId = Annotated[str, Pattern(f"^([A-Fa-f0-9]{{24}}|{NULL})$", f"{AN_ID}, or {NULL}"), AfterValidator(str.lower)]


def _array(given: Any) -> Any:
    if not isinstance(given, list):
        raise ValueError(f"must be an array: {_HINT}")
    return given


def _selector(given: Any) -> Any:
    if not isinstance(given, dict):
        raise ValueError(f"must be an object: {_HINT}")
    for part in ("key", "value"):
        demand_once(given.get(part), part)
    return given


class DeviceListQuery(PageQuery, Shaping):
    """Which devices to list, and how to show them. An advanced query has the simple filters not looked at."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sortField": "name", "perPage": 10}]})

    sort_field: Annotated[SortField, Field(default="name")]
    filter_field: Annotated[Literal["name"], Field(default=None)]
    filter: Annotated[str, Field(default=None)]
    device_class: Annotated[list[DeviceClass], Field(default=None)]
    tag_filter: Annotated[
        list[Annotated[TagSelector, BeforeValidator(_selector)]], Field(default=None, max_length=100), BeforeValidator(_array)
    ]
    parent_id: Annotated[ParentId, Field(default=None)]
    exclude_connection_info: Annotated[Flag, UNSET]
    query_deleted: Annotated[Flag, UNSET]

    @model_validator(mode="before")
    @classmethod
    def _query_overrides(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("query", "") != "":
            return {name: value for name, value in given.items() if name not in _SIMPLE}
        return given

    @property
    def pattern(self) -> str | None:
        """What names are compared with, if anything: it takes both parameters."""
        return self.filter if self.filter_field else None

    @property
    def selection(self) -> Selection | None:
        if self.query is not None:
            return super().selection
        if self.pattern is None and not (self.device_class or self.tag_filter or self.parent_id):
            return None
        tags = [filters.TagSelector(selector.key, selector.value) for selector in self.tag_filter or ()]
        parent = NO_PARENT if self.parent_id == NULL else self.parent_id
        return filtered(self.pattern, self.device_class or (), tags, parent)

    def listing(self, within: frozenset[str] | None) -> Listing:
        """What is asked of the list, by somebody who may see these devices (None: all); if only these, none that is deleted."""
        return self.listing_by(self.sort_field, frozenset() if self.query_deleted and within is not None else within)
