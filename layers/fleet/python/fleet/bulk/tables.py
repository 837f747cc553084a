"""Tables of devices as CSV (RFC 4180): UTF-8, lines that end in CRLF, quotation marks only where a value needs them.

Values are as they are stored. A spreadsheet may take one that begins with `=`, `+`, `-` or `@` for a formula: a mark in front of it would
be no data of the device.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from fleet.bulk.device_json import tag_values
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.times import iso_text

_FIXED = ("id", "name", "description", "deviceClass", "gatewayId", "parentId", "creationDate", "lastUpdated")


def as_csv(rows: Iterable[Sequence[str | int]]) -> bytes:
    """Rows of values as the lines of a table."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def tag_keys(rows: Iterable[DeviceRow]) -> tuple[str, ...]:
    """The keys that tags of these devices have, each once, by code point."""
    return tuple(sorted({key for row in rows for key, _ in row.tags}))


def header(keys: Sequence[str]) -> bytes:
    """The first line of a table of devices: a column for each of these keys of tags is behind the others."""
    return as_csv([[*_FIXED, *keys]])


def lines(devices: Iterable[Device], keys: Sequence[str]) -> bytes:
    """The lines of devices."""
    return as_csv(_values(device, keys) for device in devices)


def _values(device: Device, keys: Sequence[str]) -> list[str]:
    values = tag_values(device)
    return [
        device.id,
        device.name,
        device.notes,
        device.shown_class,
        (device.wegnology and device.wegnology.gateway) or "",
        device.parent or "",
        iso_text(device.created),
        iso_text(device.modified),
        *(",".join(values.get(key, ())) for key in keys),
    ]
