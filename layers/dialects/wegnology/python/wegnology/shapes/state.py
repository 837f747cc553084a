"""States as devices send them (wegnology.md 8.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, RootModel, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from fleet.telemetry.report_state import MOST_REPORTS, Said
from wegnology.shapes.fields import WegnologyShape
from wegnology.shapes.sent_time import SentTime, time_of

_EXAMPLE: dict[str, Any] = {"data": {"flow": 12.5}}


def _scalar(given: Any) -> Any:
    if not isinstance(given, str | int | float):
        raise ValueError("must be a text, a number or a boolean")
    return given


Value = Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})]


class StateIn(WegnologyShape):
    """Values of attributes at one time; without one, now."""

    data: dict[str, Value]
    time: Annotated[SentTime, Field(default=None)]


def _several(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


class StatesIn(RootModel[Annotated[list[StateIn], Field(min_length=1, max_length=MOST_REPORTS), BeforeValidator(_several)]]):
    """One state, or an array of states."""

    one_or_several: ClassVar[bool] = True
    model_config = ConfigDict(strict=True, frozen=True, defer_build=True, json_schema_extra={"examples": [_EXAMPLE]})

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        array = handler.resolve_ref_schema(handler(schema))
        several = {name: array.pop(name) for name in ("type", "items", "minItems", "maxItems")}
        return {**array, "anyOf": [several["items"], several]}

    def said(self, now: datetime) -> list[Said]:
        return [(time_of(each.time, now), each.data) for each in self.root]


class Done(WegnologyShape):
    """What was asked for is done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"success": True}]})

    success: Literal[True]

    @classmethod
    def done(cls) -> Self:
        return cls(success=True)
