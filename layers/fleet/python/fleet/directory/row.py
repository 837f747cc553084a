"""Rows of a directory: what a list searches, sorts by and shows of one object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(Protocol):
    """A NamedTuple of JSON values: lists, not tuples, which nobody changes. Its first columns are `order` and `version`.

    `order` never changes, and no two objects have the same: id and moment of creation are in it, so they need no columns. A later column
    goes last and has a default, which rows stored before then have.
    """

    @property
    def order(self) -> str: ...
    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=Row)


def order(created: datetime, id: str) -> str:
    """Where an object stands in the order of creation: by microsecond, then by id."""
    return f"{(created - _EPOCH) // timedelta(microseconds=1):016}#{id}"


def maker(row: type[R]) -> Callable[[Iterable[Any]], R]:
    """The function that makes a row of its values."""
    named: Any = row
    make: Callable[[Iterable[Any]], R] = named._make
    return make


def packed_row(row: Row | None) -> str:
    """A row as it is stored while it is recent."""
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)


def defaults(row: type[Row], stored: int) -> list[Any]:
    """The values of the columns that rows of so many stored columns lack."""
    named: Any = row
    return [named._field_defaults[name] for name in named._fields[stored:]]


@dataclass(frozen=True)
class Recent(Generic[R]):
    """An object that changed since it was last folded into a segment. `row` is None: it left the directory with this version."""

    order: str
    version: int
    row: R | None


def merge(rows: Sequence[R], recent: Iterable[Recent[R]]) -> list[R]:
    """The rows of a segment with what is recent, in order. What has a lower version than a row was folded meanwhile, and does not count."""
    merged = {row.order: row for row in rows}
    for each in recent:
        known = merged.get(each.order)
        if known is not None and known.version > each.version:
            continue
        if each.row is None:
            merged.pop(each.order, None)
        else:
            merged[each.order] = each.row
    return [merged[place] for place in sorted(merged)]
