"""A page of devices (wegnology.md 5.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from fleet.query.list_devices import Listed
from fleet.query.sort import SortField
from fleet.registry import connection
from fleet.registry.device import DeviceClass
from wegnology.shapes.device_list_query import NULL, DeviceListQuery
from wegnology.shapes.device_out import EXAMPLE, HREF, Connection, DeviceOut
from wegnology.shapes.fields import WegnologyShape
from wegnology.shapes.pages import PageLinks, around
from wegnology.shapes.tag import TagSelector

_EXAMPLE: dict[str, Any] = {
    "items": [EXAMPLE],
    "count": 1,
    "totalCount": 41,
    "perPage": 10,
    "page": 4,
    "sortField": "name",
    "sortDirection": "asc",
    "applicationId": "65f0c0de0000000000000001",
    "filter": "pump*",
    "filterField": "name",
    "deviceClass": ["standalone", "peripheral"],
    "tagFilter": [{"key": "hall", "value": "north"}],
    "parentId": None,
    "_type": "devices",
    "_links": {"application": {"href": HREF}, "self": {"href": f"{HREF}/devices"}},
}


class DeviceList(WegnologyShape):
    """A page of devices, and what was asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    items: list[DeviceOut]
    count: int
    total_count: int
    per_page: int
    page: int
    sort_field: SortField
    sort_direction: Literal["asc", "desc"]
    application_id: str
    filter: Annotated[str, Field(default=None)]
    filter_field: Annotated[Literal["name"], Field(default=None)]
    device_class: Annotated[DeviceClass | list[DeviceClass], Field(default=None)]
    tag_filter: Annotated[list[TagSelector], Field(default=None)]
    parent_id: Annotated[str | None, Field(default=None)]
    query: Annotated[dict[str, Any], Field(default=None)]
    type: Annotated[Literal["devices"], Field(alias="_type")]
    links: Annotated[PageLinks, Field(default=None, alias="_links")]

    @classmethod
    def of(cls, application: str, query: DeviceListQuery, listed: Listed) -> Self:
        shown = not query.exclude_connection_info
        items = [
            DeviceOut.of(device, query, _connection(listed.connections.get(device.id)) if shown else None) for device in listed.devices
        ]
        members = around(application, query, query.sort_field, items, listed.total, query.links)
        return cls(**members, **_filters(query), type="devices")


def _filters(query: DeviceListQuery) -> dict[str, Any]:
    """The simple filters that have an effect, as they are shown."""
    found: dict[str, Any] = {}
    if query.pattern is not None:
        found |= {"filter": query.pattern, "filter_field": query.filter_field}
    if query.device_class:
        found["device_class"] = query.device_class if len(query.device_class) > 1 else query.device_class[0]
    if query.tag_filter:
        found["tag_filter"] = query.tag_filter
    if query.parent_id:
        found["parent_id"] = None if query.parent_id == NULL else query.parent_id
    return found


def _connection(known: connection.Connection | None) -> Connection:
    if known is None:
        return Connection()
    return Connection(known.connected, datetime.fromtimestamp(known.at // 1000, UTC).replace(microsecond=known.at % 1000 * 1000))
