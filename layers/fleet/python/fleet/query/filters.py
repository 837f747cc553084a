"""The simple filters of a list and of a command, from parts that have been validated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from fleet.query.selection import Selection, Test, all_of, any_of
from fleet.query.tag_condition import ANY, Part, entry
from fleet.query.texts import glob

NO_PARENT = ""
"""In place of a parent's id: devices that have none."""


class TagSelector(NamedTuple):
    """Fits a device of which one tag has all given parts: without parts, a device that has a tag."""

    key: str | None = None
    value: str | None = None

    @property
    def test(self) -> Test:
        key, value = (ANY if part is None else Part.of(part) for part in self)
        return entry(key, value)


def filtered(
    name: str | None = None, classes: Collection[str] = (), tags: Sequence[TagSelector] = (), parent: str | None = None
) -> Selection:
    """Devices that pass all filters that are given.

    `name` is a pattern (`*`, `?`) for the whole name, in any letter case; `classes` are those that it may have; every selector
    of `tags` has to fit; `parent` is the id of the system directly above it, or NO_PARENT.
    """
    tests = [selector.test for selector in tags]
    if name is not None:
        tests.append(_named(name))
    if classes:
        tests.append(_of_classes(frozenset(classes)))
    if parent is not None:
        tests.append(_below(parent.lower() or None))
    return Selection(all_of(tests), place=("tagFilter",))


def tagged(selectors: Iterable[TagSelector]) -> Selection:
    """Devices that one of the selectors fits, or more than one; of none, nothing."""
    return Selection(any_of([selector.test for selector in selectors]))


def listed(ids: Iterable[str]) -> Selection:
    """Devices with these ids, in any letter case. Those that are not there are not missed."""
    wanted = frozenset(map(str.lower, ids))
    return Selection(lambda row, _: row.id in wanted)


def _named(pattern: str) -> Test:
    fits = glob(pattern)
    return lambda row, _: fits(row.name)


def _of_classes(classes: frozenset[str]) -> Test:
    return lambda row, _: row.device_class in classes


def _below(parent: str | None) -> Test:
    return lambda row, _: row.parent == parent
