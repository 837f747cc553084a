"""Adds many gateways to a world, inserted directly in the form in which the stores write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.aws.writes import Write, transact
from fleet.configuration import register
from fleet.marks import Mark
from fleet.registry import locations
from fleet.registry.device_row import THERE, DeviceRow
from fleet.registry.devices import Devices
from fleet.registry.gateway import Factory
from fleet.registry.gateways import Gateways, card_key, copies, status_key
from fleet.registry.location import Location
from fleet.registry.reports import Hello, Reports, StatusReport
from fleet.tenancy.organization import Organization
from tests.harness.directories import packed

_BATCH = 25
_KEY = "A" * 43 + "="
_REPORT: dict[str, Any] = {
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "gps": {"state": "GPS_FIX", "satellites_number": 9, "longitude": 24.94, "latitude": 60.17},
    "lora": {"activeNodes": 41, "txPackets": 118, "rxPackets": 20931},
    "storage": {"healthy": True, "total": 15185, "free": 14900, "used_percent": 1},
}


def add(organization: Organization, places: list[Location], counts: list[int]) -> None:
    """Add this number of online gateways with a status report to each location. The organization has no others, or few."""
    numbers, listed = itertools.count(1), list[DeviceRow]()
    for location, count in zip(places, counts, strict=True):
        _put(item for _ in range(count) for item in _rows(organization, location, next(numbers), listed))
        if count:
            transact([Write.update(locations.key(location.id), "ADD gateways :count", count={"N": str(count)})])
    _put(packed(THERE, organization.id, sorted(listed)))


def _rows(organization: Organization, location: Location, number: int, listed: list[DeviceRow]) -> Iterator[dict[str, Any]]:
    """All items of one gateway, including the copies in its location; its row in the directory goes to those that are `listed`."""
    sn, now = f"9181{location.id[:4].upper()}{number:010d}", datetime.now(UTC)
    eui, mac = f"c{number:015x}", f"AC:1F:09:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
    factory = Factory(sn=sn, eui=eui, mac=mac, model="RAK7268V2", firmware="2.2.20", signing_key=_KEY, sealing_key=_KEY, queue_url="-")
    device = register.new_gateway(factory, organization.id, now, version=0).in_location(location.id, 1, now)
    mark = Mark(ids.to_uuid(device.id), 1, int(now.timestamp() * 1000), int(now.timestamp() * 1000))
    reported = Reports(hello=Hello(mark, applied=1, firmware="2.2.20"), status=StatusReport(mark, **_REPORT))
    writes = [*Gateways.provision_writes(EVERYWHERE, factory), *Devices.store_writes(EVERYWHERE, None, device, reported)]
    listed.append(DeviceRow.of(device))
    items = {(item["pk"]["S"], item["sk"]["S"]): item for write in writes if (item := write.parameters.get("Item"))}
    items = {key: item for key, item in items.items() if key[0] != THERE.key(organization.id)[0]}
    own = dict(zip((card_key(sn), status_key(sn)), copies(location.id, sn), strict=True))
    yield from (item for key, item in items.items() if key not in own)
    yield from ({**items[copy], **table.key(key)} for key, copy in own.items())


def _put(items: Iterable[dict[str, Any]]) -> None:
    for batch in _batches(items):
        request: Any = {table.table(): [{"PutRequest": {"Item": item}} for item in batch]}
        while request:
            request = clients.dynamodb().batch_write_item(RequestItems=request)["UnprocessedItems"]


def _batches(items: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], ...]]:
    rest = iter(items)
    while batch := tuple(itertools.islice(rest, _BATCH)):
        yield batch
