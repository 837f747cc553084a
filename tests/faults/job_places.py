"""Places for faults in jobs: one of each kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fleet.access import EVERYWHERE
from fleet.bulk import bulk_command, bulk_patch, count_payloads, export_devices, follow_attributes, remove_data, retire_devices
from fleet.bulk.bulk_command import Audience
from fleet.bulk.follow_ups import following
from fleet.bulk.order import Asker, enqueue
from fleet.commands.device_command import DeviceCommand
from fleet.edits import create_device
from fleet.edits.apply import apply
from fleet.edits.operations import RenameAttribute, SetField, SetTag
from fleet.edits.patch import Patch
from fleet.edits.patch_devices import patching
from fleet.jobs.run import JobKind
from fleet.lifecycle import retire
from fleet.registry.connection import Change
from fleet.registry.device import Device, Tag
from fleet.telemetry.connections import Connections
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_states import EVER, DeviceStates
from functions.workers.job.step import handler
from tests.faults import bulk_places
from tests.faults.places import Operation, Place, QueueDelivery
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.messages import NOW, UplinkMessage

_MS = int(NOW.timestamp() * 1000)
_TAG = Patch(operations=(SetTag(tag=Tag(key="hall", value="south")),))
_OPEN = DeviceCommand(id="open", name="open", time=NOW, accepted=NOW)
_EVERYTHING = {"start": 0, "end": EVER, "attributes": None, "keepConnectionHistory": False, "keepCommandHistory": False}


def jobs() -> Iterator[Place]:
    """A job of each kind, about two devices. Its result goes to a URL and to an address."""
    yield Place("job delete", bulk_places.deletion)
    yield Place("job export, csv", _about_two(export_devices.EXPORT, {"format": "csv"}))
    yield Place("job export, json", _about_two(export_devices.EXPORT, {"format": "json"}))
    yield Place("job payload counts", _about_two(count_payloads.COUNT, {"start": _MS, "end": _MS}))
    yield Place("job remove data", _about_two(remove_data.REMOVE, _EVERYTHING))
    yield Place("job restore", _about_two(retire_devices.RESTORE, {}, _deleted))
    yield Place("job patch", _about_two(bulk_patch.PATCH_KIND, bulk_patch.what(_TAG, None, {})))
    yield Place("job settle", _about_two(bulk_patch.SETTLE_KIND, {}, _moved))
    yield Place("job state", _about_two(follow_attributes.FOLLOW, {}, _renamed))
    yield Place("job command", _about_two(bulk_command.COMMAND, bulk_command.what(Audience(query={}), _OPEN)))


def _as_they_are(devices: Sequence[Device]) -> Mapping[str, Any]:
    return {}


def _deleted(devices: Sequence[Device]) -> Mapping[str, Any]:
    for device in devices:
        retire.retire(EVERYWHERE, device.id, NOW)
    return {}


def _moved(devices: Sequence[Device]) -> Mapping[str, Any]:
    """A system goes below another, and what is below it does not know yet."""
    owner = devices[0].organization
    site, hall = (create_device.create(EVERYWHERE, owner, {"name": name, "device_class": "system"}, NOW) for name in ("Site", "Hall"))
    create_device.create(EVERYWHERE, owner, {"name": "Room", "parent": hall.id}, NOW)
    apply(EVERYWHERE, [hall.id], patching(owner, Patch(operations=(SetField(field="parent", value=site.id),)), NOW))
    return {}


def _renamed(devices: Sequence[Device]) -> Mapping[str, Any]:
    """An attribute of each has another name, and the values of before still have the former one."""
    owner, ids = devices[0].organization, [device.id for device in devices]
    rename = Patch(operations=(RenameAttribute(name="flow", to="stream"),))
    apply(EVERYWHERE, ids, patching(owner, rename, NOW), following(EVERYWHERE, owner, Asker("ada", "")))
    return {"devices": ids}


def _about_two(
    kind: JobKind, what: Mapping[str, Any], before: Callable[[Sequence[Device]], Mapping[str, Any]] = _as_they_are
) -> Callable[[Fleet], Operation]:
    def prepare(fleet: Fleet) -> Operation:
        world = WegnologyWorld.of(fleet)
        tags, attributes = ({"key": "hall", "value": "north"},), ({"name": "flow", "data_type": "number"},)
        devices = [world.device(name, tags=tags, attributes=attributes) for name in ("Pump", "Fan")]
        for device in devices:
            _fill(device)
        more = before(devices)
        asker = Asker("ada", "https://fleet.example.com", callback="https://example.com/done", email="ada@example.com")
        job = enqueue(EVERYWHERE, world.organization.id, kind.name, {"query": {}, **what, **more}, asker, NOW)
        return QueueDelivery(handler, [UplinkMessage(json.dumps({"job": job.id}), "")])

    return prepare


def _fill(device: Device) -> None:
    """Store states, a connection and counts of a device."""
    DeviceStates.add(
        EVERYWHERE, device.organization, device.id, [StateReport(_MS, 1, {"flow": 1.5}, 1), StateReport(_MS - 1, 2, {"flow": 2}, 1)]
    )
    Connections.add(EVERYWHERE, device.organization, device.id, Change(_MS, True))
    Counts.add(EVERYWHERE, device.organization, device.id, NOW, "", deviceState=2)
