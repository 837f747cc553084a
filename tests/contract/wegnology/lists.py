"""Lists of devices, and large fleets whose directory is there without their devices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE, Reach
from fleet.aws.writes import transact
from fleet.directory.row import order
from fleet.registry import device_row
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from functions.wegnology.devices.get import handler as get_devices
from tests.contract.wegnology.application import Application
from tests.harness.directories import load

ID = "65f0c0de00000000000000a1"
DELETED = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
BAD_QUERIES = ("{", "[]", "null", "1", '"a"', "{“name”:1}", '{"name":NaN}', '{"nope":1}', '{"$or":{}}', '{"name":{"$regex":"a"}}', "{}x")
"""Queries that are refused. The page of the API itself prints the third with such quotation marks."""
Query = Mapping[str, str | Sequence[str]]


def text_of(document: Any) -> str:
    """A query as the text of its JSON."""
    return json.dumps(document, ensure_ascii=False)


def shown(application: Application, query: Query | None = None, **more: Any) -> dict[str, Any]:
    """The answer to get_devices."""
    answer = application.ask(get_devices, query=query or {}, **more)
    assert answer.status == 200, answer.content[:300]
    found: dict[str, Any] = answer.json
    return found


def names(application: Application, query: Query | None = None, **more: Any) -> list[str]:
    """The names of the devices that get_devices lists."""
    return [item["name"] for item in shown(application, query, **more)["items"]]


def change(device: Device, **fields: Any) -> Device:
    """The next version of a device, stored."""
    after = device.next(**fields)
    transact(Devices.move_writes(Reach.of(device.organization), device, after))
    return after


def delete(device: Device, at: datetime = DELETED) -> Device:
    """The device, deleted but not gone."""
    return change(device, deleted=at)


def remove(device: Device) -> None:
    """Take a device out for good."""
    transact(Devices.end_writes(EVERYWHERE, device))


def rows(total: int, begin: int = 1_900_000_000, every_ms: int = 1000) -> list[DeviceRow]:
    """Rows of a fleet, one device each so many milliseconds."""
    return [row(number, begin * 1000 + number * every_ms) for number in range(total)]


def row(number: int, at: int, id: str | None = None, **columns: Any) -> DeviceRow:
    """A row of the device with this number, made at a Unix ms."""
    id = id or f"{at // 1000:08x}{number * 2_654_435_761 % 2**32:08x}{number:08x}"
    values: dict[str, Any] = {"version": 1, "name": f"Pump {number * 7919 % 100_003}", "device_class": "standalone"}
    values |= {"updated": at, "deleted": None, "gateway": None, "parent": None, "ancestors": [], "sn": None, "tuid": None, "kind": "device"}
    values |= {"tags": [["hall", f"h{number % 40}"], ["serial", f"{number:08}"]], "attributes": [["flow", "number"], ["note", "string"]]}
    return DeviceRow(order=order(datetime.fromtimestamp(at / 1000, UTC), id), **values | columns)


def fill(application: Application, fleet: Sequence[DeviceRow]) -> None:
    """Have the application's directory hold exactly these rows, as a fold leaves them."""
    Devices.forget_directories(EVERYWHERE, application.id)
    load(device_row.THERE, application.id, fleet)
