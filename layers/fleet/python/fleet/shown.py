"""Shows documents that somebody else has written, without the secrets that may be in them, wherever they are.

Names are those of a declared shape. Values are shown where their field leaves no room for a secret: numbers and booleans, one of several
words, times, and texts that carry the mark `Shown`. Any other value is replaced by its type and length, `(text, 12)`; other members are
counted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from inspect import isclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

_LONGEST = 150
"""Entries of a list that are shown; the others are counted."""
_NUMBERS_AND_TIMES = (int, float, datetime)

Renderer = Callable[[Any], Any]
"""Shows a value of one kind; None for any other value."""


@dataclass(frozen=True)
class Shown:
    """Marks a field: a text whose rules leave no room for a secret; or, with a shape, a value of any kind that is shown as that."""

    shape: type[BaseModel] | None = None


def shown(document: Any, shape: type[BaseModel]) -> Any:
    """A document without secrets, as far as it has this shape."""
    return _shown(document, lambda value: _object(value, shape) if isinstance(value, dict) else None)


def _described(value: Any) -> str:
    if isinstance(value, int | float):
        return "(number)"
    return f"({'text' if isinstance(value, str) else 'list' if isinstance(value, list) else 'object'}, {len(value)})"


def _shown(value: Any, render: Renderer) -> Any:
    if value is None or isinstance(value, bool):
        return value
    found = render(value)
    return _described(value) if found is None else found


def _object(value: Mapping[str, Any], shape: type[BaseModel]) -> dict[str, Any]:
    members = _members(shape)
    known = {name: _shown(value[name], render) for name, render in members.items() if name in value}
    others = len(value.keys() - members.keys())
    return {**known, "(others)": others} if others else known


@functools.cache
def _members(shape: type[BaseModel]) -> Mapping[str, Renderer]:
    """How each member of a shape is shown."""
    return {field.alias or name: _renderer(field.annotation, tuple(field.metadata)) for name, field in shape.model_fields.items()}


def _renderer(kind: Any, rules: Sequence[Any] = ()) -> Renderer:
    """How values of a field are shown that has this type and these rules."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        return _renderer(inner, (*more, *rules))
    if origin in (Union, UnionType):
        return _one_of([_renderer(each, rules) for each in get_args(kind)])
    if origin is list:
        return _list_of(_renderer(get_args(kind)[0]))
    mark = next((each for each in rules if isinstance(each, Shown)), None)
    shape = kind if isclass(kind) and issubclass(kind, BaseModel) else mark.shape if mark else None
    if shape is not None:
        return lambda value: _object(value, shape) if isinstance(value, dict) else None
    if kind in _NUMBERS_AND_TIMES or origin is Literal or mark is not None:
        return _valid(TypeAdapter(Annotated[kind, *rules] if rules else kind))
    return lambda value: None


def _one_of(renderers: Sequence[Renderer]) -> Renderer:
    return lambda value: next((found for found in (render(value) for render in renderers) if found is not None), None)


def _list_of(render: Renderer) -> Renderer:
    """A list, or one object that stands for a list with it alone."""

    def render_list(value: Any) -> Any:
        if not isinstance(value, list | dict):
            return None
        entries = value if isinstance(value, list) else [value]
        more = [f"({len(entries) - _LONGEST} more)"] if len(entries) > _LONGEST else []
        return [*(_shown(each, render) for each in entries[:_LONGEST]), *more]

    return render_list


def _valid(adapter: TypeAdapter[Any]) -> Renderer:
    def render(value: Any) -> Any:
        try:
            adapter.validate_python(value, strict=True)
        except ValidationError:
            return None
        return value

    return render
