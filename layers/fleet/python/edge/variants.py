"""Unions of shapes of which members with fixed values say which one is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from edge.shape import broken_at
from fleet.errors import Place

_MARK = "\0"
"""Begins the name of a variant in the place of an error: no part of the document."""


@dataclass(frozen=True)
class Variants:
    """Marks a union of shapes: `Annotated[A | B, Variants("operation", "target")]`.

    In each shape these members are Literals, and no two shapes have the same values of them. Where no shape has the value of a member,
    with the values of those named before it, that is a problem of the member.
    """

    members: tuple[str, ...]

    def __init__(self, *members: str) -> None:
        object.__setattr__(self, "members", members)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        shapes: Sequence[type[BaseModel]] = get_args(source)
        names = {values: f"{_MARK}{shape.__name__}" for shape in shapes for values in self._values(shape)}
        choices = {f"{_MARK}{shape.__name__}": handler.generate_schema(shape) for shape in shapes}

        def choose(given: Any) -> str | None:
            return names.get(tuple(given[member] for member in self.members)) if isinstance(given, dict) else None

        def judged(given: Any) -> Any:
            self._judge(given, names)
            return given

        union = core_schema.tagged_union_schema(choices, choose)
        return core_schema.no_info_before_validator_function(judged, union)

    def _values(self, shape: type[BaseModel]) -> Iterator[tuple[str, ...]]:
        by_name: Mapping[str, FieldInfo] = {field.alias or name: field for name, field in shape.model_fields.items()}
        return product(*(get_args(by_name[member].annotation) for member in self.members))

    def _judge(self, given: Any, names: Mapping[tuple[str, ...], str]) -> None:
        """Raise the problem of the first member that has a value with which there is no shape."""
        if not isinstance(given, dict):
            raise PydanticKnownError("dict_type")
        left = list(names)
        for at, member in enumerate(self.members):
            expected = dict.fromkeys(values[at] for values in left)
            if member not in given:
                raise broken_at(member, kind="missing")
            left = [values for values in left if values[at] == given[member]]
            if not left:
                raise broken_at(member, kind="literal_error", expected=_listed([f"'{value}'" for value in expected]))


def _listed(values: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(values[:-1]), values[-1]]))


def in_document(place: Place) -> Place:
    """The place of an error in the document, without the variants on the way."""
    return tuple(part for part in place if not (isinstance(part, str) and part.startswith(_MARK)))
