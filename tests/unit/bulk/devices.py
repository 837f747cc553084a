"""Devices for tests of what acts on many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.edits.outcome import Outcome
from fleet.registry import edit_device
from fleet.registry.device import Attribute, Device, Tag
from fleet.registry.devices import Devices

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ORGANIZATION = "5f43a1c09d3e2b7f10000002"
FLOW, HEAT = Attribute(name="flow", data_type="number"), Attribute(name="heat", data_type="string")


def device(number: int = 1, **fields: Any) -> Device:
    """A device of kind `device`, called Pump unless a test says otherwise."""
    names = {"id": id_of(number), "organization": ORGANIZATION, "name": "Pump", "kind": "device"}
    return Device.model_validate({**names, "created": NOW, "modified": NOW, **fields})


def id_of(number: int) -> str:
    return f"5f43a1c09d3e2b7f1{number:07x}"


def tags(*texts: str) -> tuple[Tag, ...]:
    """Tags from `key value`."""
    return tuple(Tag(key=key, value=value) for key, value in map(str.split, texts))


def create(numbers: Iterable[int], **fields: Any) -> list[str]:
    """Store devices that are called by their numbers; their ids."""
    created = [device(number, **{"name": f"Pump {number}", **fields}) for number in numbers]
    for one in created:
        edit_device.create(EVERYWHERE, one)
    return [one.id for one in created]


def stored(*numbers: int) -> list[Device]:
    """The devices of these numbers."""
    return [fetch(EVERYWHERE, Devices.even_deleted(id_of(number))) for number in numbers]


def marking(device: Device) -> Outcome:
    """Adds an exclamation mark to what is noted of a device."""
    return Outcome(device, "updated", device.edited(LATER, notes=f"{device.notes}!"))


@contextmanager
def sent() -> Iterator[list[list[Any]]]:
    """Collects the actions of each transaction that is sent."""
    transactions: list[list[Any]] = []

    def listen(params: Any, **_: Any) -> None:
        transactions.append(params["TransactItems"])

    events = clients.dynamodb().meta.events
    events.register("provide-client-params.dynamodb.TransactWriteItems", listen)
    try:
        yield transactions
    finally:
        events.unregister("provide-client-params.dynamodb.TransactWriteItems", listen)
