"""The columns of the directory of devices: what lists, filters and queries know of a device."""

from __future__ import annotations

from typing import NamedTuple


class DeviceRow(NamedTuple):
    """One device in the directory of its organization. Times are milliseconds since the epoch.

    `order` is the place in the directory: `<created, microseconds, 16 digits>#<id>`. `device_class` is the class that is
    shown. `gateway`, `parent` and `ancestors` (root first, direct parent last) are ids. `tags` has `[key, value]` and
    `attributes` `[name, data type]` for each, in the device's order.
"""The row of a device in its organization's directory: what lists and queries of devices search, sort by and show without the device."""
from datetime import datetime
from typing import NamedTuple, Self
from fleet.directory.row import order
from fleet.registry.device import Device
    """Times are Unix milliseconds. `ancestors` are ids, the outermost system first; `tags` pairs of key and value, `attributes` pairs of
    name and data type. A row may have an earlier version than its device, if nothing in the row has changed since.
    """

    order: str
    id: str
    version: int
    name: str
    device_class: str
    created: int
    updated: int
    deleted: int | None
    gateway: str | None
    parent: str | None
    ancestors: list[str]
    tags: list[list[str]]
    attributes: list[list[str]]
    sn: str | None
    tuid: str | None
    kind: str
