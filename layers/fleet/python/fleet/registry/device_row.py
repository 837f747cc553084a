"""The row of a device in its organization's directory: what lists and queries of devices search, sort by and show without the device."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Self

from fleet.directory.row import order
from fleet.registry.device import Device


class DeviceRow(NamedTuple):
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

    @classmethod
    def of(cls, device: Device) -> Self:
        return cls(
            order=order(device.created, device.id),
            id=device.id,
            version=device.version,
            name=device.name,
            device_class=device.shown_class,
            created=_milliseconds(device.created),
            updated=_milliseconds(device.modified),
            deleted=None if device.deleted is None else _milliseconds(device.deleted),
            gateway=device.wegnology.gateway if device.wegnology else None,
            parent=device.parent,
            ancestors=list(device.ancestors),
            tags=[[tag.key, tag.value] for tag in device.tags],
            attributes=[[attribute.name, attribute.data_type] for attribute in device.attributes],
            sn=device.serial_number,
            tuid=device.tuid,
            kind=device.kind,
        )

    def says_the_same(self, other: DeviceRow | None) -> bool:
        """Whether another row differs from this one in its version alone, or not at all."""
        return other is not None and self._replace(version=other.version) == other


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
