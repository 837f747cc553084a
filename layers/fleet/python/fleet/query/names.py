"""What the devices of a list have in common names: attributes, tags, and the names themselves."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable
from operator import attrgetter

from fleet.query.texts import prefix
from fleet.registry.device_row import DeviceRow

MOST_NAMES = 1000
"""Entries of each list: the first ones by code point."""


def _all(name: str) -> bool:
    return True


def _fits(begin: str | None) -> Callable[[str], bool]:
    """Whether a name begins with a text, in any letter case; None: every one does."""
    return _all if begin is None else prefix(begin)


def _first(names: Iterable[str], begin: str | None) -> list[str]:
    return heapq.nsmallest(MOST_NAMES, filter(_fits(begin), set(names)))


def attribute_names(rows: Iterable[DeviceRow], types: Collection[str] = (), begin: str | None = None) -> list[str]:
    """The names of the devices' attributes of these data types, or (none given) of any."""
    return _first((name for row in rows for name, data_type in row.attributes if not types or data_type in types), begin)


def tag_keys(rows: Iterable[DeviceRow], begin: str | None = None) -> list[str]:
    """The keys of the devices' tags."""
    return _first((key for row in rows for key, _ in row.tags), begin)


def tag_values(rows: Iterable[DeviceRow], key: str, begin: str | None = None) -> list[str]:
    """The values of the devices' tags with a key."""
    return _first((value for row in rows for own, value in row.tags if own == key), begin)


def device_names(rows: Iterable[DeviceRow], begin: str | None = None) -> list[DeviceRow]:
    """The devices by name, those of one name by id."""
    fits = _fits(begin)
    return heapq.nsmallest(MOST_NAMES, (row for row in rows if fits(row.name)), key=attrgetter("name", "id"))
