"""Shapes: what an API accepts and shows. Three families read the same JSON differently: strict, closed and lax ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from edge.json_text import parse_json
from fleet.errors import Invalid

S = TypeVar("S", bound="Shape")


class Shape(BaseModel):
    """A part of a request or an answer."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)

    def members(self) -> dict[str, Any]:
        """All members by attribute, as plain values."""
        return {name: _plain(getattr(self, name), Shape.members) for name in type(self).model_fields}

    def sent(self) -> dict[str, Any]:
        """The members that the request has, null included, by attribute, as plain values: what a PATCH changes."""
        return {name: _plain(getattr(self, name), Shape.sent) for name in type(self).model_fields if name in self.model_fields_set}


def _plain(value: Any, take: Callable[[Shape], dict[str, Any]]) -> Any:
    match value:
        case Shape():
            return take(value)
        case dict():
            return {name: _plain(each, take) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each, take) for each in value]
        case _:
            return value


class Strict(Shape):
    """Types are exact (8.0, "8" and true are no integers), null counts as absent, unknown members are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


class Closed(Shape):
    """Types are exact, null is a value of its own, unknown members are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Lax(Shape):
    """Text is trimmed, numbers count as text and text as numbers and booleans, null is a value of its own, unknown members are ignored."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, coerce_numbers_to_str=True, allow_inf_nan=False)


def partial(shape: type[S]) -> type[S]:
    """Make every member optional: decorates the subclass that a PATCH takes, so that both have the same rules.

    What the request has is in `sent()`; the attribute of an absent member is None. A member that is a shape keeps its
    rules: declare it anew, with a `partial` of its own, where a PATCH may send a part of it.
    """
    for field in shape.model_fields.values():
        field.default, field.default_factory = None, None
    shape.model_rebuild(force=True)
    return shape


def broken(field: str, message: str) -> PydanticCustomError:
    """A cross-field validation error, reported at `field` (its name in the document), whichever field's validator raised it."""
    return PydanticCustomError("other_field", "breaks a rule between fields", {"field": field, "message": message})


OF_MEMBER = "of_member"
"""The type of an error that is about a member or an entry of the value, which its context names."""


def broken_at(member: str | int, message: str = "", kind: str = "rule", **context: Any) -> PydanticCustomError:
    """An error that is reported at a member or an entry of the value that is judged, with a message or a kind as `Problem` has them."""
    return PydanticCustomError(OF_MEMBER, "breaks the rule of a member", {"member": member, "message": message, "kind": kind, **context})


@dataclass(frozen=True)
class Pattern:
    """Marks a text that has to fit `regex` as a whole; `form` is what a problem says: `Pattern("^[0-9]{4}$", "must be 4 digits")`."""

    regex: str
    form: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._fitting, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.regex}

    def _fitting(self, given: str) -> str:
        if not re.fullmatch(self.regex, given):
            raise PydanticCustomError("string_pattern_mismatch", "is not of the right form", {"form": self.form})
        return given


class Form(dict[str, Any]):
    """The members of a form: every value is text, a file, or a list or an object of them."""


def _json_text(given: Any, info: ValidationInfo) -> Any:
    if not (isinstance(given, str) and info.context and info.context.get("form")):
        return given
    try:
        return parse_json(given.encode(), dict)
    except Invalid:
        raise PydanticCustomError("json", "must be valid JSON") from None


JsonInForms = BeforeValidator(_json_text)
"""For a member that a form sends as JSON text: `Annotated[dict[str, Any], JsonInForms]`."""
BlankIsNull = BeforeValidator(lambda given: None if given == "" else given)
"""For a member whose empty text means null: `Annotated[Uuid | None, BlankIsNull]`."""


@dataclass(frozen=True)
class Upload:
    """A file in a form: its name and media type as the client says, and its bytes."""

    name: str
    media_type: str
    content: bytes

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(core_schema.is_instance_schema(cls), "file_type", custom_error_message="must be a file")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "binary"}
