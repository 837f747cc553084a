"""What a device has under the names that queries and orders use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fleet.registry.connection import Connection
from fleet.registry.device_row import DeviceRow

Field = Callable[[DeviceRow, Connection | None], str | int | None]
"""The value of a device, None where it has none: a text, or a time in milliseconds since the epoch."""
Several = Callable[[DeviceRow, Connection | None], Sequence[str]]
"""The values of a device."""

IDS: Mapping[str, Field] = {
    "id": lambda row, _: row.id,
    "gatewayId": lambda row, _: row.gateway,
    "parentId": lambda row, _: row.parent,
    "experienceUserId": lambda row, _: None,
    "experienceGroupId": lambda row, _: None,
}
"""Fields that are ids. There are no users or groups of an experience."""
SEVERAL_IDS: Mapping[str, Several] = {"ancestorId": lambda row, _: row.ancestors}
TEXTS: Mapping[str, Field] = {
    "name": lambda row, _: row.name,
    "deviceClass": lambda row, _: row.device_class,
    "connectionStatus": lambda row, connection: connection.status if connection else None,
}
SEVERAL_TEXTS: Mapping[str, Several] = {"attributeName": lambda row, _: [name for name, _ in row.attributes]}
INSTANTS: Mapping[str, Field] = {
    "creationDate": lambda row, _: row.created,
    "lastUpdated": lambda row, _: row.updated,
    "deletedAt": lambda row, _: row.deleted,
    "connectedAt": lambda row, connection: connection.connected_at if connection else None,
    "disconnectedAt": lambda row, connection: connection.disconnected_at if connection else None,
}
OF_CONNECTIONS = frozenset({"connectionStatus", "connectedAt", "disconnectedAt"})
"""Fields that the directory does not have."""
