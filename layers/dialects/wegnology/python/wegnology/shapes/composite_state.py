"""The newest state of devices, and its query (wegnology.md 5.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field

from fleet.telemetry.composite_states import CompositeStates
from fleet.telemetry.device_state import StateValue
from fleet.times import iso_text
from wegnology.shapes.device_out import HREF
from wegnology.shapes.device_query import PageQuery, instant
from wegnology.shapes.fields import Links, QueryInteger, Time, WegnologyShape
from wegnology.shapes.pages import PageLinks, around

StateSortField = Literal["name", "id", "creationDate", "lastUpdated", "connectionStatus"]
_LATEST = int(datetime.max.replace(tzinfo=UTC).timestamp()) * 1000


def _in_range(given: int) -> int:
    return max(-_LATEST, min(given, _LATEST))


Instant = Annotated[QueryInteger, AfterValidator(_in_range)]
"""Milliseconds: since the epoch, or not above 0 and relative to now. What is beyond all times is the last one."""


class CompositeStateQuery(PageQuery):
    """Which devices, which attributes, and the time in which they were reported."""

    sort_field: Annotated[StateSortField, Field(default="name")]
    start: Annotated[Instant, Field(default=1)]
    end: Annotated[Instant, Field(default=0)]
    attributes: Annotated[str, Field(default=None)]
    links: Annotated[Links, Field(alias="_links", default_factory=lambda: True)]

    @property
    def names(self) -> list[str] | None:
        """The attributes to show; None: all."""
        return None if self.attributes is None else [name.strip() for name in self.attributes.split(",")]

    def range(self, now: datetime) -> tuple[int, int]:
        """The time in Unix ms, from and to, both included."""
        return instant(self.start, now), instant(self.end, now)


class StateValueOut(WegnologyShape):
    value: str | bool | int | float
    time: Time

    @classmethod
    def of(cls, state: StateValue) -> Self:
        return cls(value=state.value, time=iso_text(datetime.fromtimestamp(state.at / 1000, UTC)))


class DeviceState(WegnologyShape):
    """A device, and the newest value of each attribute."""

    id: str
    name: str
    composite_state: dict[str, StateValueOut]


_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "id": "65f0c0de00000000000000a1",
            "name": "Pump 7",
            "compositeState": {"flow": {"value": 17.5, "time": "2031-02-03T04:05:06.789Z"}},
        }
    ],
    "count": 1,
    "totalCount": 1,
    "perPage": 100,
    "page": 0,
    "sortField": "name",
    "sortDirection": "asc",
    "applicationId": "65f0c0de0000000000000001",
    "query": {"tags": {"hall": "north"}},
    "_type": "devices",
    "_links": {"application": {"href": HREF}, "self": {"href": f"{HREF}/devices"}},
}


class CompositeStateList(WegnologyShape):
    """A page of devices with their state."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    items: list[DeviceState]
    count: int
    total_count: int
    per_page: int
    page: int
    sort_field: StateSortField
    sort_direction: Literal["asc", "desc"]
    application_id: str
    query: Annotated[dict[str, Any], Field(default=None)]
    type: Annotated[Literal["devices"], Field(alias="_type")]
    links: Annotated[PageLinks, Field(default=None, alias="_links")]

    @classmethod
    def of(cls, application: str, query: CompositeStateQuery, found: CompositeStates) -> Self:
        items = [
            DeviceState(
                id=row.id, name=row.name, composite_state={name: StateValueOut.of(each) for name, each in found.states[row.id].items()}
            )
            for row in found.rows
        ]
        return cls(**around(application, query, query.sort_field, items, found.total, query.links), type="devices")
