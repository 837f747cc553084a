"""Which segments a fold replaces, and by which: computed from what was read, nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby
from secrets import token_hex

from fleet.directory.contents import Contents, Part
from fleet.directory.row import R
from fleet.directory.segments import Segment, Sizes, Spine, cut, separator


@dataclass(frozen=True)
class Rearranged:
    """The next spine, and what its new segments hold, by their keys."""

    spine: Spine
    packed: Mapping[str, bytes]


def generation_of(key: str) -> int:
    """The first generation of the spine that can name a segment of this key."""
    return int(key.partition(".")[0], 16)


def touched(contents: Contents[R], sizes: Sizes) -> set[int]:
    """The numbers of the segments that a fold replaces: those in which something is recent, the last one if new rows find room in it,
    and neighbours of small ones that are joined with them.
    """
    *parts, behind = contents.parts()
    found = {number for number, part in enumerate(parts) if part.recent}
    if parts and behind.recent and parts[-1].at_most < sizes.rows:
        found.add(len(parts) - 1)
    for number in sorted(found):
        left = parts[number].at_most - 2 * sum(each.row is None for each in parts[number].recent)
        neighbour = number + 1 if number + 1 < len(parts) else number - 1
        if neighbour >= 0 and left <= sizes.rows // 4 and left + parts[neighbour].at_most <= sizes.rows:
            found.add(neighbour)
    return found


def rearranged(contents: Contents[R], sizes: Sizes) -> Rearranged:
    """The directory with what is recent in its segments. Those that are touched have to be there."""
    *parts, behind = contents.parts()
    numbers, build = touched(contents, sizes), _Build(contents.spine, sizes)
    runs = [(replaced, [part for _, part in run]) for replaced, run in groupby(enumerate(parts), lambda each: each[0] in numbers)]
    if not runs or not runs[-1][0]:
        runs.append((True, []))
    last = len(runs) - 1
    for number, (replaced, run) in enumerate(runs):
        if replaced:
            build.replace(
                run, [row for part in (*run, *([behind] if number == last else ())) for row in contents.rows(part)], number == last
            )
        else:
            build.keep(run)
    return build.result()


class _Build:
    """Collects the segments of the next spine, in order."""

    def __init__(self, spine: Spine, sizes: Sizes) -> None:
        self._spine, self._sizes, self._last = spine, sizes, spine.last
        self._segments = list[Segment]()
        self._packed = dict[str, bytes]()
        generation, token = spine.generation + 1, token_hex(4)  # a fold of this generation that ended half-way had another token
        self._keys: Iterator[str] = (f"{generation:x}.{token}.{number:x}" for number in count())

    def keep(self, parts: Sequence[Part[R]]) -> None:
        self._segments += [part.segment for part in parts if part.segment]

    def replace(self, parts: Sequence[Part[R]], rows: Sequence[R], growing: bool) -> None:
        """New segments in place of these parts, or behind all of them if there are none (`growing`)."""
        first, before = (parts[0].segment.first, "") if parts and parts[0].segment else (None, self._spine.last)
        for piece, packed in cut(rows, self._sizes, growing):
            key = next(self._keys)
            begins = separator(before, piece[0].order) if first is None else first
            self._segments.append(Segment(key, begins, len(piece)))
            self._packed[key] = packed
            first, before = None, piece[-1].order
        if rows:
            self._last = max(self._last, rows[-1].order)

    def result(self) -> Rearranged:
        if not self._segments:
            return Rearranged(Spine(self._spine.generation + 1), {})
        segments = replace(self._segments[0], first=""), *self._segments[1:]
        return Rearranged(Spine(self._spine.generation + 1, self._last, segments), self._packed)
