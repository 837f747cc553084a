"""Thousands of things, inserted directly in the form in which the stores write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count, islice
from typing import Any

from fleet.access import EVERYWHERE
from fleet.alerts.state import ThingState
from fleet.alerts.track import AlertTracker
from fleet.aws import clients, table
from fleet.aws.writes import Write, transact
from fleet.directory.directory import PREFIX
from fleet.ids import new_id
from fleet.registry.device import Device, ThingseeDevice
from fleet.registry.devices import Devices
from fleet.registry.group import Group
from fleet.registry.groups import key as group_key
from fleet.registry.thing import Thing

_numbers = count(1)
_BATCH, _AT_ONCE = 25, 4


def gather(group: Group, things: int, heard: datetime) -> list[str]:
    """Add `things` installed sensors, last heard at this time, to a group; returns their TUIDs."""
    made = [_device(group, heard) for _ in range(things)]
    store(item for device in made for item in _rows(device, heard))
    transact([Write.update(group_key(group.id), "ADD devices :by", by={"N": str(things)})])
    return [device.name for device in made]


def _device(group: Group, installed: datetime) -> Device:
    tuid = f"TSPD04{next(_numbers):011d}"
    own = ThingseeDevice(status="installed", installed=installed)
    dates: Any = {"created": installed, "modified": installed}
    names: Any = {"name": tuid, "tuid": tuid}
    return Device(id=new_id(), organization=group.organization, kind="sensor", group=group.id, thingsee=own, **names, **dates)


def _rows(device: Device, heard: datetime) -> Iterator[dict[str, Any]]:
    """The rows of a device with its projections, its state and its due time; without its history, which no test reads."""
    course = AlertTracker(Thing.of(device), ThingState())
    course.hear(int(heard.timestamp() * 1000))
    course.schedule()
    for write in [*Devices.store_writes(EVERYWHERE, None, device), *course.writes(EVERYWHERE)]:
        if write.operation == "Put" and not write.parameters["Item"]["pk"]["S"].startswith(PREFIX):  # of a directory, which no test reads
            yield write.parameters["Item"]


def store(items: Iterable[dict[str, Any]]) -> None:
    """Write items in batches, some of them at once."""
    with ThreadPoolExecutor(_AT_ONCE) as together:
        list(together.map(_put, _batches(items)))


def _batches(items: Iterable[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _put(items: Sequence[dict[str, Any]]) -> None:
    request: Any = {table.table(): [{"PutRequest": {"Item": item}} for item in items]}
    while request:
        request = clients.dynamodb().batch_write_item(RequestItems=request)["UnprocessedItems"]
