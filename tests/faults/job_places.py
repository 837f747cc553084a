"""Places for faults in jobs that export or remove what is stored of devices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fleet.access import EVERYWHERE
from fleet.bulk import count_payloads, export_devices, remove_data
from fleet.bulk.order import Asker, enqueue
from fleet.jobs.run import JobKind
from fleet.registry.connection import Change
from fleet.registry.device import Device
from fleet.telemetry.connections import Connections
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_states import EVER, DeviceStates
from functions.workers.job.step import handler
from tests.faults.places import Operation, Place, QueueDelivery
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.messages import NOW, UplinkMessage

_MS = int(NOW.timestamp() * 1000)
_EVERYTHING = {"start": 0, "end": EVER, "attributes": None, "keepConnectionHistory": False, "keepCommandHistory": False}


def jobs() -> Iterator[Place]:
    """A job of each kind, about two devices. Its result goes to a URL and to an address."""
    yield Place("job export, csv", _about_two(export_devices.EXPORT, {"format": "csv"}))
    yield Place("job export, json", _about_two(export_devices.EXPORT, {"format": "json"}))
    yield Place("job payload counts", _about_two(count_payloads.COUNT, {"start": _MS, "end": _MS}))
    yield Place("job remove data", _about_two(remove_data.REMOVE, _EVERYTHING))


def _about_two(kind: JobKind, what: Mapping[str, Any]) -> Callable[[Fleet], Operation]:
    def prepare(fleet: Fleet) -> Operation:
        world = WegnologyWorld.of(fleet)
        for name in ("Pump", "Fan"):
            _fill(world.device(name, tags=({"key": "hall", "value": "north"},), attributes=({"name": "flow", "data_type": "number"},)))
        asker = Asker("ada", "https://fleet.example.com", callback="https://example.com/done", email="ada@example.com")
        job = enqueue(EVERYWHERE, world.organization.id, kind.name, {"query": {}, **what}, asker, NOW)
        return QueueDelivery(handler, [UplinkMessage(json.dumps({"job": job.id}), "")])

    return prepare


def _fill(device: Device) -> None:
    """Store states, a connection and counts of a device."""
    DeviceStates.add(EVERYWHERE, device.organization, device.id, [StateReport(_MS, 1, {"flow": 1.5}), StateReport(_MS - 1, 2, {"flow": 2})])
    Connections.add(EVERYWHERE, device.organization, device.id, Change(_MS, True))
    Counts.add(EVERYWHERE, device.organization, device.id, NOW, "", deviceState=2)
