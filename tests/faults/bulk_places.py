"""Places for faults in what changes many devices at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import Write
from fleet.bulk import retire_devices
from fleet.bulk.order import Asker, enqueue
from fleet.edits import create_device
from fleet.edits.apply import advance, apply
from fleet.edits.operations import SetField, SetTag
from fleet.edits.outcome import Outcome
from fleet.edits.patch import Patch
from fleet.edits.patch_devices import patching, settle
from fleet.ids import new_id
from fleet.lifecycle import provision
from fleet.registry import edit_device
from fleet.registry.device import Device, DeviceClass, Tag
from fleet.registry.devices import Devices
from functions.workers.job.step import handler as job_step
from tests.faults.places import Operation, OperatorCommand, Place, QueueDelivery
from tests.harness.fleet import Fleet
from tests.workers.messages import NOW, UplinkMessage

Prepare = Callable[[str], Callable[[], object]]
"""Prepares a change in an organization."""
_CLASSES: tuple[DeviceClass, ...] = ("system", "system", "gateway", "standalone")


def use_cases() -> Iterator[Place]:
    """Each use case, named `<module>.<function>`."""
    yield _place("apply.apply", _patch_of_two)
    yield _place("apply.advance", _step)
    yield _place("patch_devices.patching", _move)
    yield _place("patch_devices.settle", _settle)


def _place(name: str, prepare_in: Prepare) -> Place:
    def prepare(fleet: Fleet) -> Operation:
        return OperatorCommand(prepare_in(fleet.organization().id))

    return Place(name, prepare)


def _device(owner: str, device_class: DeviceClass = "standalone", parent: Device | None = None) -> Device:
    above = () if parent is None else (*parent.ancestors, parent.id)
    own = {"id": new_id(), "organization": owner, "name": "Pump", "kind": "device", "device_class": device_class, "ancestors": above}
    device = Device.model_validate({**own, "parent": parent.id if parent else None, "created": NOW, "modified": NOW})
    edit_device.create(EVERYWHERE, device)
    return device


def _patch_of_two(owner: str) -> Callable[[], object]:
    ids = [_device(owner).id, _device(owner, "gateway").id]
    patch = Patch(operations=(SetTag(tag=Tag(key="hall", value="north")),))
    return lambda: apply(EVERYWHERE, ids, patching(owner, patch, NOW))


def _step(owner: str) -> Callable[[], object]:
    """With a row of the caller's in the transaction."""
    ids = [_device(owner).id for _ in range(2)]
    patch = Patch(operations=(SetField(field="name", value="Pump 7"),))

    def more(outcomes: Sequence[Outcome]) -> list[Write]:
        return [Write.put(("JOB#example", "CURSOR"), {"after": {"S": outcomes[-1].id}}, None)]

    return lambda: advance(EVERYWHERE, ids, patching(owner, patch, NOW), more)


def _move(owner: str) -> Callable[[], object]:
    """A system goes below another, and a device to a gateway."""
    site, hall, gateway, pump = (_device(owner, each) for each in _CLASSES)
    patch = Patch(operations=(SetField(field="parent", value=site.id), SetField(field="gateway", value=gateway.id)))
    return lambda: apply(EVERYWHERE, [hall.id, pump.id], patching(owner, patch, NOW))


def _settle(owner: str) -> Callable[[], object]:
    """Two levels below a system that has moved."""
    site, hall = _device(owner, "system"), _device(owner, "system")
    pump = _device(owner, "system", hall)
    _device(owner, parent=pump)
    move = Patch(operations=(SetField(field="parent", value=site.id),))
    apply(EVERYWHERE, [hall.id], patching(owner, move, NOW))

    def rows() -> list[Device]:
        return [fetch(EVERYWHERE, Devices.by_id(listed.id)) for listed in Devices.of_organization(EVERYWHERE, owner)]

    return lambda: settle(EVERYWHERE, rows)


def deletion_job(fleet: Fleet) -> str:
    """A job that deletes an organization's devices, among them a thing; its id."""
    owner = fleet.organization()
    provision.create_sensor(EVERYWHERE, owner.id, "TSPR04JUL90000041", NOW)
    for name in ("Pump", "Fan"):
        create_device.create(EVERYWHERE, owner.id, {"name": name}, NOW)
    asker = Asker("tests", "https://fleet.example.com", "https://example.com/done", "ada@example.com")
    return enqueue(EVERYWHERE, owner.id, retire_devices.DELETE.name, {"query": {}}, asker, NOW).id


def deletion(fleet: Fleet) -> Operation:
    return QueueDelivery(job_step, [UplinkMessage(json.dumps({"job": deletion_job(fleet)}), "")])
