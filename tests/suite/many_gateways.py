"""Adds many gateways to a world, inserted directly in the form in which the stores write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.aws.writes import transact
from fleet.marks import Mark, Section
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card, Factory, Gateway
from fleet.registry.gateways import Gateways, card_key, status_key
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.tenancy.organization import Organization

_BATCH = 25
_KEY = "A" * 43 + "="
_REPORT: dict[str, Any] = {
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "gps": {"state": "GPS_FIX", "satellites_number": 9, "longitude": 24.94, "latitude": 60.17},
    "lora": {"activeNodes": 41, "txPackets": 118, "rxPackets": 20931},
    "storage": {"healthy": True, "total": 15185, "free": 14900, "used_percent": 1},
}


def add(organization: Organization, locations: list[Location], counts: list[int]) -> None:
    """Add this number of online gateways with a status report to each location."""
    numbers = itertools.count(1)
    for location, count in zip(locations, counts, strict=True):
        _put(item for _ in range(count) for item in _rows(organization, location, next(numbers)))
        if count:
            transact(Locations.count_writes(EVERYWHERE, location, count))


def _rows(organization: Organization, location: Location, number: int) -> Iterator[dict[str, Any]]:
    """All items of one gateway, including the copies in its location."""
    sn, now = f"9181{location.id[:4].upper()}{number:010d}", datetime.now(UTC)
    eui, mac = f"c{number:015x}", f"AC:1F:09:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
    factory = Factory(sn=sn, eui=eui, mac=mac, model="RAK7268V2", firmware="2.2.20", signing_key=_KEY, sealing_key=_KEY, queue_url="-")
    card = Card(
        id=ids.new_id(),
        sn=sn,
        organization=organization.id,
        location=location.id,
        name=f"RAK7268V2-{sn}",
        eui=eui,
        mac=mac,
        model="RAK7268V2",
        firmware="2.2.20",
        channels=8,
        config_version=1,
    )
    device = Device(
        id=card.id,
        organization=organization.id,
        kind="gateway",
        name=card.name,
        serial_number=sn,
        location=location.id,
        created=now,
        modified=now,
    )
    mark = Mark(ids.to_uuid(card.id), 1, int(now.timestamp() * 1000), int(now.timestamp() * 1000))
    reported = {"hello": Section(mark, {"applied": 1, "firmware": "2.2.20"}), "status": Section(mark, _REPORT)}
    _, card_copy, status_copy = Gateways.place_writes(EVERYWHERE, Gateway(card, reported), card)
    for write in [*Gateways.provision_writes(EVERYWHERE, factory), *Devices.store_writes(EVERYWHERE, device), card_copy, status_copy]:
        yield write.parameters["Item"]
    for pair, copy in ((card_key(sn), card_copy), (status_key(sn), status_copy)):
        yield copy.parameters["Item"] | table.key(pair)


def _put(items: Iterable[dict[str, Any]]) -> None:
    for batch in _batches(items):
        request: Any = {table.table(): [{"PutRequest": {"Item": item}} for item in batch]}
        while request:
            request = clients.dynamodb().batch_write_item(RequestItems=request)["UnprocessedItems"]


def _batches(items: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], ...]]:
    rest = iter(items)
    while batch := tuple(itertools.islice(rest, _BATCH)):
        yield batch
