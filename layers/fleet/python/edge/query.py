"""Names and values as query strings and forms have them, read as members of a shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

Pairs = Mapping[str, list[str]]
"""The values of each name, in their order."""
QueryReader = Callable[[Pairs, type[BaseModel]], Mapping[str, Any]]
_LISTS = (list, tuple, set, frozenset)
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_INDEX = re.compile(r"[0-9]{1,9}")
_DEEPEST = 100
"""Maximum number of brackets in a name."""


class Alone(list[Any]):
    """A list that was sent as its one entry: places in it have no index."""


def single(query: Pairs, shape: type[BaseModel]) -> Mapping[str, Any]:
    """One value a name; the last one counts, as it does at API Gateway."""
    return {name: values[-1] for name, values in query.items() if values}


def repeated(query: Pairs, shape: type[BaseModel]) -> Mapping[str, Any]:
    """All values of a name (`a=1&a=2`) where the shape has a list there, else the last one."""
    lists = list_members(shape)
    return {name: list(values) if name in lists else values[-1] for name, values in query.items() if values}


def brackets(query: Pairs, shape: type[BaseModel]) -> Mapping[str, Any]:
    """Lists and objects in brackets: `a[0][key]=x`, `a[]=x`, `a[key]=x`, and repeated names (`a=x&a=y`) where the shape has a list.

    Indices may be missing or out of order: entries are sorted by them, then counted anew. What takes one value and is given
    several times, or with brackets too, comes out as a list or an object, for the shape to refuse.
    """
    lists, read = list_members(shape), dict[str, Any]()
    for name, values in query.items():
        parts = _parts(name)
        _place(read, [name, ""] if name in lists else parts, values)
    return {name: _listed(_compacted(value), name in lists and len(query.get(name, ())) == 1) for name, value in read.items()}


def _listed(value: Any, bare: bool) -> Any:
    """A value as it was read; `Alone` if it is a list of one entry that has no brackets."""
    return Alone(value) if bare and isinstance(value, list) and len(value) == 1 else value


def _parts(name: str) -> list[str]:
    """`a[0][key]` as a, 0, key; a name whose brackets don't fit is one part."""
    head, bracket, rest = name.partition("[")
    parts = _BRACKETS.findall(bracket + rest)
    fits = head and "".join(f"[{part}]" for part in parts) == bracket + rest and len(parts) <= _DEEPEST
    return [head, *parts] if fits else [name]


def _place(into: dict[str, Any], parts: list[str], values: list[str]) -> None:
    """Put values at a place, making the objects on the way; empty brackets are the next index."""
    *above, last = parts
    for part in above:
        into = _below(into, part or _next(into))
    for value in values:
        _add(into, last or _next(into), value)


def _add(into: dict[str, Any], part: str, value: str) -> None:
    """Put a value at a place: beside those that are there, as a list; in an object that is there, under the empty name."""
    match into.get(part):
        case None:
            into[part] = value
        case dict() as there:
            _add(there, "", value)
        case list() as there:
            there.append(value)
        case there:
            into[part] = [there, value]


def _next(into: dict[str, Any]) -> str:
    """An index that is not taken."""
    index = len(into)
    while str(index) in into:
        index += 1
    return str(index)


def _below(into: dict[str, Any], part: str) -> dict[str, Any]:
    """The object at a place, made where there is none. A value that is there gets the empty name in it."""
    there = into.get(part)
    if not isinstance(there, dict):
        into[part] = {} if there is None else {"": there}
    below: dict[str, Any] = into[part]
    return below


def _compacted(value: Any) -> Any:
    """Objects whose names are all indices as lists in the order of these; an index with several values is as many entries."""
    if not isinstance(value, dict):
        return value
    if value and all(map(_INDEX.fullmatch, value)):
        entries = (value[name] for name in sorted(value, key=lambda name: (int(name), name)))
        return [_compacted(each) for entry in entries for each in (entry if isinstance(entry, list) else [entry])]
    return {name: _compacted(each) for name, each in value.items()}


@cache
def list_members(shape: type[BaseModel]) -> frozenset[str]:
    """The names, as a document has them, of the members of a shape that are lists."""
    fields = shape.model_fields.items()
    return frozenset(field.alias or name for name, field in fields if _is_list(field.annotation))


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _is_list(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return any(_is_list(each) for each in get_args(annotation))
    return (origin or annotation) in _LISTS


def nested(pairs: Iterable[tuple[str, Any]], shape: type[BaseModel]) -> dict[str, Any]:
    """Pairs of a form as members: dots in a name lead into objects, and a member that is a list has all its values."""
    read: dict[str, Any] = {}
    for name, value in pairs:
        into, within = read, shape
        *above, last = name.split(".")
        for part in above:
            into, within = _below(into, part), _member(within, part)
        if last in list_members(within):
            into[last] = [*into[last], value] if isinstance(into.get(last), list) else [value]
        else:
            into[last] = value
    return read


def _member(shape: type[BaseModel], name: str) -> type[BaseModel]:
    """The shape of a member; one without members where there is none."""
    for own, field in shape.model_fields.items():
        if name in (own, field.alias):
            kinds = (field.annotation, *get_args(field.annotation))
            return next((each for each in kinds if isinstance(each, type) and issubclass(each, BaseModel)), BaseModel)
    return BaseModel
