"""The hierarchy of systems, from the rows of a directory: how high it is, and which devices do not know yet what is above them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol


class Branch(Protocol):
    """What a row of a directory says of a device's place: its parent, and the systems above it, outermost first."""

    @property
    def id(self) -> str: ...

    @property
    def parent(self) -> str | None: ...

    @property
    def ancestors(self) -> Sequence[str]: ...


def below(rows: Iterable[Branch], moved: Iterable[str]) -> list[list[str]]:
    """The devices below these ones, level by level from the top: each comes after its parent, and once."""
    return _below(_children(rows), moved)


def _below(children: Mapping[str, Sequence[Branch]], moved: Iterable[str]) -> list[list[str]]:
    seen = set(moved)
    levels: list[list[str]] = []
    level = list(seen)
    while level := [child.id for id in level for child in children.get(id, ()) if child.id not in seen]:
        seen.update(level)
        levels.append(level)
    return levels


def heights(rows: Iterable[Branch], ids: Iterable[str]) -> dict[str, int]:
    """How many levels there are below each of these devices."""
    children = _children(rows)
    return {id: len(_below(children, [id])) for id in ids}


def outdated(rows: Iterable[Branch]) -> list[list[str]]:
    """The devices whose ancestors are not those of their parent and it, level by level: each comes after its parent.

    What is below a device of the list is in it too. Where a parent is not among the rows, as it is deleted, its children are right.
    """
    known = {row.id: row for row in rows}
    wrong = {row.id for row in known.values() if row.parent in known and not _is_right(row, known)}
    parents = {row.id: row.parent for row in known.values()}
    tops = [id for id in wrong if wrong.isdisjoint(up(parents[id], parents))]
    levels = below(known.values(), tops)
    return [level for level in [sorted(tops), *levels] if level]


def _is_right(row: Branch, known: Mapping[str, Branch]) -> bool:
    return row.parent is None or [*known[row.parent].ancestors, row.parent] == list(row.ancestors)


def _children(rows: Iterable[Branch]) -> Mapping[str, Sequence[Branch]]:
    children: dict[str, list[Branch]] = {}
    for row in rows:
        if row.parent is not None:
            children.setdefault(row.parent, []).append(row)
    return children


def up(id: str | None, parents: Mapping[str, str | None]) -> Iterator[str]:
    """A device and those above it, from the bottom, as they name their parents. It ends where one is not known, or comes again."""
    seen: set[str] = set()
    while id is not None and id not in seen:
        seen.add(id)
        yield id
        id = parents.get(id)
