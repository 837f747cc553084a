"""A command to many devices (wegnology.md 5.9)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from edge.shape import broken
from fleet.bulk.bulk_command import Audience
from fleet.commands.device_command import DeviceCommand
from fleet.ids import new_id
from fleet.query.parse import parse
from wegnology.shapes.bulk import QueryDocument
from wegnology.shapes.fields import Id, Name, WegnologyShape
from wegnology.shapes.sent_time import SentTime, time_of
from wegnology.shapes.tag import TagSelector

_CHOICES = frozenset({"device_tags", "device_ids", "device_query"})


class MultiDeviceCommand(WegnologyShape):
    """A command, and the devices that get it: all that are named by one of the three members, or more than one; each gets it once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "open",
                    "time": "2031-02-03T04:05:06.789Z",
                    "payload": {"valve": 2},
                    "deviceTags": [{"key": "hall", "value": "north"}],
                }
            ]
        }
    )

    name: Name
    time: Annotated[SentTime, Field(default=None)]
    payload: Annotated[Any, Field(default=None)]
    device_tags: Annotated[list[TagSelector], Field(default=[], max_length=100)]
    device_ids: Annotated[list[Id], Field(default=[], max_length=1000)]
    device_query: Annotated[QueryDocument, Field(default=None)]

    @model_validator(mode="after")
    def _for_somebody(self) -> Self:
        if not self.model_fields_set & _CHOICES:
            raise broken("deviceIds, deviceTags or deviceQuery", "must be given")
        return self

    def audience(self, visible: frozenset[str] | None) -> Audience:
        """The devices that are meant, of those that the caller may see. Invalid for a query that is wrong."""
        if self.device_query is not None:
            parse(self.device_query, ("deviceQuery",))
        tags = tuple((each.sent().get("key"), each.sent().get("value")) for each in self.device_tags)
        seen = None if visible is None else tuple(sorted(visible))
        return Audience(ids=tuple(self.device_ids), tags=tags, query=self.device_query, visible=seen)

    def command(self, now: datetime) -> DeviceCommand:
        """The command in the core, with an id of its own."""
        return DeviceCommand(id=new_id(), name=self.name, time=time_of(self.time, now), payload=self.payload, accepted=now)
