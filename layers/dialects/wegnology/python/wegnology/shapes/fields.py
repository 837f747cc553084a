"""Types that several shapes use (wegnology.md 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel

from edge.query import list_members
from edge.shape import Closed, Pattern, broken, broken_at


class WegnologyShape(Closed):
    """A shape whose members are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class WegnologyQuery(WegnologyShape):
    """A query: parameters that are not known are ignored, blank ones are absent, but in lists (wegnology.md 1.1)."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _has_texts(cls, query: Any) -> Any:
        if no_text := next((name for name in cls._judged() if not _is_text(query.get(name))), None):
            raise broken(no_text, "must be valid UTF-8")
        return query

    @model_validator(mode="before")
    @classmethod
    def _is_given_once(cls, query: Any) -> Any:
        for name in cls._judged():
            if name not in list_members(cls):
                demand_once(query.get(name), name)
        return query

    @model_validator(mode="before")
    @classmethod
    def _blank_is_absent(cls, query: Any) -> Any:
        return {name: value for name, value in query.items() if value != ""} if isinstance(query, dict) else query

    @classmethod
    def _judged(cls) -> Iterator[str]:
        """The parameters, but for the one that takes anything."""
        names = (field.alias or name for name, field in cls.model_fields.items())
        return (name for name in names if name != "_links")


def demand_once(given: Any, member: str) -> None:
    """Refuse several values, and one in brackets, of what takes one value in a query."""
    if isinstance(given, list) and len(given) > 1:
        raise broken_at(member, "must be given once")
    if isinstance(given, list | dict):
        raise broken_at(member, "must be given once, without brackets")


def _is_text(given: Any) -> bool:
    match given:
        case str():
            return not _NO_TEXT.search(given)
        case list():
            return all(map(_is_text, given))
        case dict():
            return all(map(_is_text, [*given, *given.values()]))
        case _:
            return True


def _whole(given: Any) -> Any:
    return int(given) if isinstance(given, float) and given.is_integer() else given


def _digits(given: Any) -> Any:
    return int(given) if isinstance(given, str) and _INTEGER.fullmatch(given) else given


def _true(given: Any) -> Any:
    return given.lower() in ("true", "1") if isinstance(given, str) else given


def _last_or_true(given: Any) -> bool:
    """The parameter `_links`, which is never refused: of several texts the last one counts, and what is no text, or blank, is true."""
    if isinstance(given, bool):
        return given
    last = given[-1] if isinstance(given, Sequence) and not isinstance(given, str) and given else given
    return not isinstance(last, str) or not last or bool(_true(last))


def link(*parts: str) -> Mapping[str, str]:
    """A link below the root of the API, without host and stage."""
    return {"href": "/" + "/".join(("applications", *parts))}


_NO_TEXT = re.compile("[\ufffd\ud800-\udfff]")
"""The first is what bytes that are not UTF-8 become where a query is decoded before it gets here."""
_INTEGER = re.compile("-?[0-9]{1,4000}")
AN_ID = "must be an id of 24 hexadecimal digits"
Id = Annotated[str, Pattern(r"^[A-Fa-f0-9]{24}$", AN_ID), AfterValidator(str.lower)]
"""An id in any letter case; it comes out in lower case."""
Key = Annotated[str, Pattern(r"^[0-9a-zA-Z_-]{1,255}$", "must be 1 to 255 letters, digits, _ or -")]
TagValue = Annotated[str, Field(min_length=1, max_length=255)]
LongText = Annotated[str, Field(max_length=32_767)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Email = Annotated[str, Field(max_length=1024, pattern=r"^[^@\s]+@[^@\s]+$", json_schema_extra={"format": "email"})]
CallbackUrl = Annotated[
    str, Field(max_length=1024, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+[^\s]*$", json_schema_extra={"format": "uri"})
]
Whole = BeforeValidator(_whole)
"""For integers in bodies: `30.0` and `3e1` are the integer 30. `Annotated[int, Field(ge=5), Whole]`."""
QueryInteger = Annotated[int, BeforeValidator(_digits)]
"""An integer in a query: decimal digits, maybe behind a `-`."""
Flag = Annotated[bool, BeforeValidator(_true), WithJsonSchema({"type": "string"}, mode="validation")]
"""A boolean in a query: `true` in any letter case, and `1`; every other text is false. `Annotated[Flag, UNSET]`."""
UNSET = Field(default_factory=bool)
"""False where the query does not say it. The document of a flag, which is a text on the wire, names no default."""
Links = Annotated[bool, BeforeValidator(_last_or_true), WithJsonSchema({"type": "string"}, mode="validation")]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A time in an answer."""
