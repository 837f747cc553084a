"""What a list is put together from: the segments of a directory, each with what is recent in it, and what is recent behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic

from fleet.directory.row import R, Recent, merge
from fleet.directory.segments import Segment, Spine


@dataclass(frozen=True)
class Slice(Generic[R]):
    """Rows of a list, and how many the whole list has."""

    rows: Sequence[R]
    total: int


@dataclass(frozen=True)
class Part(Generic[R]):
    """A segment and what is recent in it; None: what is recent behind all segments."""

    segment: Segment | None
    recent: Sequence[Recent[R]]

    @property
    def at_least(self) -> int:
        """How many rows it has at least, as far as that is known without its segment."""
        return max(0, self.segment.count - len(self.recent)) if self.segment else len(merge((), self.recent))

    @property
    def at_most(self) -> int:
        return self.segment.count + len(self.recent) if self.segment else self.at_least


@dataclass
class Contents(Generic[R]):
    """What was read of a directory: its recent rows in order, its spine, and the rows of segments by their keys."""

    recent: list[Recent[R]] = field(default_factory=list)
    spine: Spine = field(default_factory=Spine)
    segments: dict[str, Sequence[R]] = field(default_factory=dict)

    def parts(self) -> list[Part[R]]:
        """All parts of the directory, in order."""
        divided: list[list[Recent[R]]] = [[] for _ in range(len(self.spine.segments) + 1)]
        for each in self.recent:
            divided[self.spine.place(each.order)].append(each)
        return [Part(segment, recent) for segment, recent in zip((*self.spine.segments, None), divided, strict=True)]

    def rows(self, part: Part[R]) -> list[R]:
        """The rows of a part, in order. Its segment has to be there."""
        return merge(self.segments[part.segment.key] if part.segment else (), part.recent)

    def count(self, part: Part[R]) -> int:
        """The number of rows of a part. Its segment has to be there if anything is recent in it."""
        return part.segment.count if part.segment and not part.recent else len(self.rows(part))


def needed(parts: Sequence[Part[R]], offset: int, limit: int) -> Iterator[Segment]:
    """The segments that an exact page needs: those in which something is recent, and those that may have rows of the page."""
    earliest = latest = 0
    for part in parts:
        begins, earliest, latest = earliest, earliest + part.at_least, latest + part.at_most
        if part.segment and (part.recent or (begins < offset + limit and latest > offset)):
            yield part.segment


def cut(contents: Contents[R], parts: Sequence[Part[R]], offset: int, limit: int, backward: bool) -> Slice[R]:
    """The rows of a page of these parts, which are in its order, and how many rows all parts have."""
    rows, total = list[R](), 0
    for part in parts:
        begins, total = total, total + contents.count(part)
        if begins < offset + limit and total > offset:
            own = contents.rows(part)
            rows += (own[::-1] if backward else own)[max(0, offset - begins) : offset + limit - begins]
    return Slice(rows, total)
