"""The order of a list of devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Literal, get_args

from fleet.query.selection import given
from fleet.registry.connection import Connections
from fleet.registry.device_row import DeviceRow

SortField = Literal["name", "id", "creationDate", "lastUpdated", "connectionStatus", "deletedAt"]
SORT_FIELDS: frozenset[SortField] = frozenset(get_args(SortField))
_BY_CONNECTION: SortField = "connectionStatus"
_KEYS: dict[SortField, Callable[[DeviceRow], Any]] = {
    "name": attrgetter("name"),
    "id": attrgetter("id"),
    "creationDate": attrgetter("created"),
    "lastUpdated": attrgetter("updated"),
    "deletedAt": lambda row: (row.deleted is not None, row.deleted),
}


def in_order(
    rows: Iterable[DeviceRow], field: SortField = "name", descending: bool = False, connections: Connections | None = None
) -> list[DeviceRow]:
    """The devices by a field, texts by code point, those without a value first (descending: last); equal ones always by ascending id.

    By `connectionStatus` the order is: never connected, disconnected, connected. ValueError when connections are not given for it.
    """
    by_id = sorted(rows, key=_KEYS["id"])
    return sorted(by_id, key=_by_connection(given(connections)) if field == _BY_CONNECTION else _KEYS[field], reverse=descending)


def _by_connection(connections: Connections) -> Callable[[DeviceRow], Any]:
    def rank(row: DeviceRow) -> int:
        connection = connections.get(row.id)
        return 0 if connection is None else 1 + connection.connected

    return rank
