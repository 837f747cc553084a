"""Types of fields that several resources use (wisdm.md 1.2 and 1.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticUseDefault, core_schema

from edge.shape import Strict
from fleet.ids import ANY_UUID
from fleet.names import is_visible, normalized


class WisdmShape(Strict):
    """A shape whose members are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class WisdmQuery(WisdmShape):
    """A query; an empty value is an absent one."""

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, query: Any) -> Any:
        return {name: value for name, value in query.items() if value != ""} if isinstance(query, dict) else query


def _refuse_control_characters(text: str) -> str:
    if any(ord(character) < 32 for character in text):
        raise ValueError("must not hold control characters")
    return text


def _parse_digits(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"0|[1-9][0-9]{0,8}", value):
        return value
    return int(value)


def _refuse_invisible_characters(text: str) -> str:
    if not is_visible(text):
        raise ValueError("must not hold control or format characters")
    return text


Text = Annotated[str, AfterValidator(_refuse_control_characters)]
Name = Annotated[str, AfterValidator(_refuse_invisible_characters), AfterValidator(str.strip), AfterValidator(normalized)]
"""What people call something, trimmed."""
Uuid = Annotated[str, Field(pattern=ANY_UUID), AfterValidator(str.lower)]
SerialNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{6,32}$"), AfterValidator(str.upper)]
Eui = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{16}$")]
Number = Annotated[int, BeforeValidator(_parse_digits)]
"""An integer in a query string: decimal digits, no sign."""

Timestamp = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A time in an answer, which `format_time` wrote."""


def length_when_trimmed(schema: dict[str, Any]) -> None:
    """For a member that is a Name, as `json_schema_extra`: blanks around it do not count, so what is sent may be longer."""
    schema["description"] = f"At most {schema.pop('maxLength')} characters, without the blanks around it."


@dataclass(frozen=True)
class Ignored:
    """Documents that a member may be anything where it is not looked at: `Annotated[Pppoe, Ignored("with another protocol")]`."""

    where: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"description": f"Anything {self.where}: then it is ignored."}]}


@dataclass(frozen=True)
class Blank:
    """Takes the empty text: as if the member were left out, or, where it `erases`, as it is: `Annotated[Line | None, Blank()]`."""

    erases: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def validate(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
            if value != "":
                return inner(value)
            if self.erases:
                return value
            raise PydanticUseDefault

        return core_schema.no_info_wrap_validator_function(validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown, meaning = handler(schema), "Erases it." if self.erases else "As if it were left out."
        if shown == {}:
            return shown
        return {"anyOf": [shown, {"type": "string", "const": "", "description": meaning}]}


def format_time(at: datetime) -> str:
    """A time in an answer: ISO 8601, UTC, whole seconds."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
