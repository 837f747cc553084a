"""Segments: rows that are neighbours in order, packed by column; and the spine, which names the segments that count.

Columns, because their values are alike: a segment takes a sixth of its rows as JSON, and the parser of AWS's answers sees one value.
"""

from __future__ import annotations

import json
import math
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.directory.row import R, defaults, maker


@dataclass(frozen=True)
class Sizes:
    """`rows` and `packed` bytes that a segment has at most; a single row may be larger.

    `recent`: rows that a fold leaves alone. `taken`: rows that one fold takes at most, and their bytes (`together`), as they are deleted in
    one transaction, which has at most 4 MB with them. `sweep`: every so many folds, segments are deleted that an earlier one left behind.
    """

    rows: int = 64
    packed: int = 300_000
    recent: int = 64
    taken: int = 98
    together: int = 3_000_000
    sweep: int = 16


DEPLOYED = Sizes()


@dataclass(frozen=True)
class Segment:
    """A segment as the spine names it: no row of it is before `first`, and none of an earlier segment is behind that."""

    key: str
    first: str
    count: int


@dataclass(frozen=True)
class Spine:
    """The segments that count, in order. Each fold makes the next generation. No row of a segment is behind `last`."""

    generation: int = 0
    last: str = ""
    segments: tuple[Segment, ...] = ()

    def place(self, order: str) -> int:
        """The number of the segment that a row of this order is in, if it is in one; -1: it is in none."""
        return bisect_right(self.segments, order, key=lambda each: each.first) - 1 if order <= self.last else -1

    def packed(self) -> bytes:
        columns = [[each.key for each in self.segments], [each.first for each in self.segments], [each.count for each in self.segments]]
        return _pack([self.last, *columns])

    @classmethod
    def unpacked(cls, generation: int, packed: bytes) -> Spine:
        last, *columns = _unpack(packed)
        return cls(generation, last, tuple(Segment(*each) for each in zip(*columns, strict=True)))


def pack(rows: Sequence[R]) -> bytes:
    """Rows as a segment holds them."""
    return _pack([_column(values) for values in zip(*rows, strict=True)])


def unpack(packed: bytes, row: type[R]) -> list[R]:
    """The rows of a segment; columns that it lacks have their defaults. Rows share values that are alike."""
    stored = _unpack(packed)
    count = len(stored[0]) if stored else 0  # of the orders, no two of which are alike
    columns = [_values(each, count) for each in stored]
    columns += [[value] * count for value in defaults(row, len(columns))]
    return list(map(maker(row), zip(*columns, strict=True)))


def _column(values: Sequence[Any]) -> Any:
    """A column; where values are often alike, as the different ones (`of`) and which of them each row has (`at`; without it, the first)."""
    numbers: dict[str, int] = {}
    at = [numbers.setdefault(repr(value), len(numbers)) for value in values]
    if 2 * len(numbers) > len(values):
        return values
    different = {"of": [values[at.index(number)] for number in range(len(numbers))]}
    return different if len(numbers) == 1 else {**different, "at": at}


def _values(column: Any, count: int) -> Sequence[Any]:
    if not isinstance(column, dict):
        values: Sequence[Any] = column
        return values
    different = column["of"]
    return [different[number] for number in column["at"]] if "at" in column else [different[0]] * count


def cut(rows: Sequence[R], sizes: Sizes, growing: bool) -> Iterator[tuple[Sequence[R], bytes]]:
    """Rows as segments, with what each holds: of equal lengths; where rows will be added at the end (`growing`), full but for the last."""
    if not rows:
        return
    length = sizes.rows if growing else math.ceil(len(rows) / math.ceil(len(rows) / sizes.rows))
    for start in range(0, len(rows), length):
        yield from _halved(rows[start : start + length], sizes)


def _halved(rows: Sequence[R], sizes: Sizes) -> Iterator[tuple[Sequence[R], bytes]]:
    packed = pack(rows)
    if len(packed) <= sizes.packed or len(rows) == 1:
        yield rows, packed
        return
    middle = len(rows) // 2
    yield from _halved(rows[:middle], sizes)
    yield from _halved(rows[middle:], sizes)


def separator(before: str, after: str) -> str:
    """The shortest text that is behind one order and not behind the next one: it takes a third of the space of an order."""
    return next(after[:length] for length in range(1, len(after) + 1) if after[:length] > before)


def _pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(), 6)


def _unpack(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))
