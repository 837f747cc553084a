"""The body of a patch of devices (wegnology.md 7)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from edge.shape import broken, broken_at, partial
from fleet.bulk.bulk_patch import Patched
from fleet.delivery.links import media_url
from fleet.edits.operations import SetField
from fleet.edits.patch import Patch, clashes
from fleet.query.parse import parse
from fleet.query.selection import Query
from wegnology.shapes.bulk import Bulk, QueryDocument
from wegnology.shapes.device import DevicePost
from wegnology.shapes.fields import Id, WegnologyShape
from wegnology.shapes.operations import FIELDS, UpdateOperation


@partial
class DevicePatch(DevicePost):
    """The members of a device that are set; `parentId` null takes it out of its system."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"description": "In the north hall", "tags": [{"key": "hall", "value": "north"}]}]}
    )

    def patch(self) -> Patch:
        """What it is in the core. The class of a device is set first: one that becomes floating loses its gateway."""
        sent = self.fields()
        fields = {**sent, **sent.pop("wegnology")}
        lists = {name: fields.pop(name) for name in ("tags", "attributes") if name in fields}
        scalars = [SetField(field=name, value=fields[name]) for name in FIELDS.values() if name in fields]
        return Patch.model_validate({"operations": tuple(scalars), **lists})


def _together(given: list[UpdateOperation]) -> list[UpdateOperation]:
    """Refuse operations of which the one makes the other void."""
    for number, message in clashes([each.change() for each in given]):
        raise broken_at(number, f"is refused: {message}")
    return given


class DevicesPatch(Bulk):
    """Which devices, and what is changed of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "query": {"deviceClass": "standalone"},
                    "updateOperations": [{"operation": "set", "target": "tag", "value": {"key": "hall", "value": "north"}}],
                }
            ]
        }
    )

    device_ids: Annotated[list[Id], Field(default=None, max_length=1000)]
    query: Annotated[QueryDocument, Field(default=None)]
    update_fields: Annotated[DevicePatch, Field(default=None)]
    update_operations: Annotated[list[UpdateOperation], Field(default=None, max_length=25), AfterValidator(_together)]

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        for one, other in (("deviceIds", "query"), ("updateFields", "updateOperations")):
            given = {self._alias(name) for name in self.model_fields_set} & {one, other}
            if len(given) != 1:
                raise broken(one, f"or {other} must be given, and not both")
        return self

    @property
    def ids(self) -> list[str] | None:
        """The ids that are given, each once; None: devices are selected by a query."""
        return list(dict.fromkeys(self.device_ids)) if "device_ids" in self.model_fields_set else None

    def selection(self) -> Query:
        """What the query means; nothing is asked of one where ids are given. Invalid names what is wrong with it."""
        return parse(self.query if self.ids is None else {})

    def patch(self) -> Patch:
        """What it is in the core."""
        if "update_fields" in self.model_fields_set:
            return self.update_fields.patch()
        return Patch(operations=tuple(each.change() for each in self.update_operations))

    @classmethod
    def _alias(cls, name: str) -> str:
        return cls.model_fields[name].alias or name


class DevicesUpdated(WegnologyShape):
    """How many devices were changed, how many must not be, and how many are as they were to be; and where it says so of each."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "updated": 12,
                    "failed": 1,
                    "skipped": 3,
                    "logLink": "https://fleet.example.com/media/joblogs/65f0c0de00000000000000a1.log?s=0b7f6c",
                }
            ]
        }
    )

    updated: int
    failed: int
    skipped: int
    log_link: str

    @classmethod
    def of(cls, patched: Patched, base: str) -> Self:
        return cls(**patched.counts, log_link=media_url(base, "joblogs", patched.log))
