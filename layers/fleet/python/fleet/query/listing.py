"""A page of a list of devices: which devices, in which order, and where the page is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fleet.directory.contents import Slice
from fleet.query.selection import Selection
from fleet.query.sort import SortField, in_order
from fleet.registry.connection import Connections
from fleet.registry.device_row import DeviceRow

MARGIN = 128
"""Rows that are read beside a page in order of creation, on either side: two segments."""
_SLACK: dict[SortField, int] = {"creationDate": 0, "id": 60_000}
"""Milliseconds by which the value that is sorted by may differ from the time in the order of creation: an id is made when its device is."""


@dataclass(frozen=True)
class Listing:
    """What a page is asked for: the devices that are meant (None: all), their order, and the page's number, from 0, and size.

    `within` are the ids of the devices that the caller may see, None: all.
    """

    selection: Selection | None = None
    field: SortField = "name"
    descending: bool = False
    page: int = 0
    size: int = 100
    within: frozenset[str] | None = None

    @property
    def offset(self) -> int:
        return self.page * self.size

    @property
    def needs_connections(self) -> bool:
        """Whether the connections of all devices have to be known."""
        return self.field == "connectionStatus" or (self.selection is not None and self.selection.needs_connections)

    @property
    def of_creation(self) -> bool:
        """Whether it is a part of all devices in order of creation, so that a part of the directory is enough."""
        return self.selection is None and self.within is None and self.field in _SLACK

    def among(self, rows: Sequence[DeviceRow], connections: Connections | None) -> list[DeviceRow]:
        """The devices that are meant, of all rows of a directory. ValueError when connections are needed and not given."""
        seen = rows if self.within is None else [row for row in rows if row.id in self.within]
        return list(seen) if self.selection is None else self.selection.among(seen, connections)

    def cut(self, rows: Sequence[DeviceRow], connections: Connections | None) -> Slice[DeviceRow]:
        """The page, of all rows of a directory. ValueError as in `among`."""
        meant = in_order(self.among(rows, connections), self.field, self.descending, connections)
        return Slice(meant[self.offset : self.offset + self.size], len(meant))


Cutter = Callable[[int, int, bool], Slice[DeviceRow]]
"""Reads a part of a directory in order of creation: offset, limit, and whether the newest come first."""


def part_of(read: Cutter, listing: Listing) -> Slice[DeviceRow] | None:
    """The page of a listing that is `of_creation`, from a part of the directory; None where that cannot be known to be right.

    Devices whose values are equal, or whose ids were made at other times than they were, may stand in another order than in the directory.
    So a margin is read too: what is beyond it must be further away, by time, than any difference between the orders.
    """
    before = min(MARGIN, listing.offset)
    found = read(listing.offset - before, before + listing.size + MARGIN, listing.descending)
    rows = in_order(found.rows, listing.field, listing.descending)
    page = rows[before : before + listing.size]
    if not page:
        return Slice(page, found.total)
    near = all(abs(_value(row, listing.field) - row.created) <= _SLACK[listing.field] for row in rows)
    known = near and _begins(found.rows, page, listing) and _ends(found, page, listing)
    return Slice(page, found.total) if known else None


def _begins(rows: Sequence[DeviceRow], page: Sequence[DeviceRow], listing: Listing) -> bool:
    """Whether nothing before the part that was read may belong to the page, or behind its begin."""
    return listing.offset <= MARGIN or _distance(rows[0], page[0], listing) > _SLACK[listing.field]


def _ends(found: Slice[DeviceRow], page: Sequence[DeviceRow], listing: Listing) -> bool:
    """Whether nothing behind the part that was read may belong to the page, or before its end."""
    whole = found.total <= listing.offset + listing.size + MARGIN
    return whole or -_distance(found.rows[-1], page[-1], listing) > _SLACK[listing.field]


def _distance(edge: DeviceRow, row: DeviceRow, listing: Listing) -> int:
    """How much later in the list a row's value is than an edge of the part that was read."""
    later = _value(row, listing.field) - edge.created
    return -later if listing.descending else later


def _value(row: DeviceRow, field: SortField) -> int:
    """What is sorted by, as a time in milliseconds."""
    return int(row.id[:8], 16) * 1000 if field == "id" else row.created
