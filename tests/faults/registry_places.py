"""Places for faults in the use cases of devices, locations and groups that no route calls, or that a route calls in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import Write, transact
from fleet.commands.device_command import DeviceCommand
from fleet.configuration import desire, register
from fleet.ids import new_id, to_uuid
from fleet.lifecycle import command_devices, delete_location, provision, relocate, retire
from fleet.registry import edit_device, groups, manage_groups, manage_locations
from fleet.registry.device import Device
from fleet.registry.device_row import THERE, DeviceRow
from fleet.registry.devices import Devices
from fleet.registry.gateway import Factory, Gateway
from fleet.registry.gateways import Gateways
from fleet.registry.group import Group
from fleet.registry.groups import Groups
from fleet.registry.location import Location
from fleet.registry.lorawan import Lorawan
from fleet.tenancy.organization import Organization
from functions.workers.uplink.receive import handler as receive
from muster.operator import device, doctor, group, location
from tests.faults.device_places import speaking_through
from tests.faults.places import Operation, OperatorCommand, Place
from tests.faults.worker_places import send_command
from tests.harness.fleet import LORAWAN, Fleet
from tests.harness.people import OPERATOR
from tests.harness.thingsee_world import ThingseeWorld
from tests.suite.settings import BATTERY, MODEL
from tests.workers.held import hold
from tests.workers.messages import NOW, deliver, uplink_message
from tests.workers.thing_messages import AT, heartbeats_message, relay

_SN, _TUID = "918100A1B2C3D4E503", "TSPD04A1B2C3D4E7"
Prepare = Callable[[Fleet, Organization], Callable[[], object]]
"""Prepares a use case in an organization."""


def use_cases() -> Iterator[Place]:
    """Every use case that changes something, in its variants; named `<module>.<function>`."""
    yield _place("edit_device.create", lambda fleet, owner: lambda: edit_device.create(EVERYWHERE, _router(owner)))
    yield _place("edit_device.rename", _of_sensor(lambda id, _: edit_device.rename(EVERYWHERE, id, "North gate", NOW)))
    yield _place("edit_device.move_to_group", _of_sensor(lambda id, group: edit_device.move_to_group(EVERYWHERE, id, group, NOW)))
    yield _place("edit_device.move_on_map", _move_on_map)
    yield _place("retire.retire", _of_sensor(lambda id, _: retire.retire(EVERYWHERE, id, NOW), alerting=True))
    yield _place("retire.restore", _restore)
    yield _place("retire.restore, its group is gone", _restore_without_group)
    yield _place("retire.delete", _of_sensor(lambda id, _: retire.delete(EVERYWHERE, id, NOW), alerting=True))
    yield _place("retire.delete, gateway", _delete_gateway)
    yield _place("relocate.relocate", _relocation(of=False, to=True))
    yield _place("relocate.relocate, to another", _relocation(of=True, to=True))
    yield _place("relocate.relocate, out", _relocation(of=True, to=False))
    yield _place("command_devices.send", _send_command)
    yield _place("provision.provision_gateway", lambda fleet, owner: lambda: _provision(fleet, owner, claimed=True))
    yield _place("provision.provision_gateway, of nobody", lambda fleet, owner: lambda: _provision(fleet, owner, claimed=False))
    yield _place("provision.create_sensor", lambda fleet, owner: lambda: provision.create_sensor(EVERYWHERE, owner.id, _TUID, NOW))
    yield _place("provision.give_tuid", _give_tuid)
    yield _place(
        "provision.rekey",
        _of_factory(lambda factory: provision.rekey(EVERYWHERE, factory, factory.sealing_key, factory.signing_key, OPERATOR)),
    )
    yield _place("provision.set_blocked", _of_factory(lambda factory: provision.set_blocked(EVERYWHERE, factory, True, OPERATOR)))
    yield _place("provision.withdraw", _of_factory(lambda factory: provision.withdraw(EVERYWHERE, factory, OPERATOR)))
    yield _place("manage_locations.create", lambda fleet, owner: lambda: manage_locations.create(EVERYWHERE, _location(owner), {}))
    yield _place("manage_locations.rename", _of_location(lambda owner, id: manage_locations.rename(EVERYWHERE, id, "South pier")))
    yield _place("delete_location.delete", _of_location(lambda owner, id: delete_location.delete(EVERYWHERE, owner, id, NOW)))
    yield _place("manage_groups.create_of_any_name", lambda _, owner: lambda: _hall(owner))
    yield _place(
        "manage_groups.rename_to_any_name",
        _of_group("prfi00yard", lambda group: manage_groups.rename_to_any_name(EVERYWHERE, group, "Hall of the north")),
    )
    yield _place(
        "manage_groups.rename_to_any_name, to an id",
        _of_group("Pier & deck", lambda group: manage_groups.rename_to_any_name(EVERYWHERE, group, "prfi00pier")),
    )
    yield _place(
        "manage_groups.delete_of_any_name", _of_group("Pier & deck", lambda group: manage_groups.delete_of_any_name(EVERYWHERE, group))
    )


def commands() -> Iterator[Place]:
    """Every command of the operator for devices, locations and groups."""
    yield _place("device rename", _on_sensor(lambda sensor, _: device.rename(sensor, "North gate")))
    yield _place("device move", _move)
    yield _place("device move, on the map", _on_sensor(device.move_on_map))
    yield _place("device group", _on_sensor(lambda sensor, _: device.move_to_group(sensor, "Hall of the north")))
    yield _place("device retire", _on_sensor(lambda sensor, _: device.set_aside(sensor)))
    yield _place("device restore", _on_sensor(lambda sensor, _: device.restore(sensor), retired=True))
    yield _place("device delete", _on_sensor(lambda sensor, _: device.delete(sensor, confirmed=True)))
    yield _place("location rename", _of_location(lambda _, id: location.rename(id, "South pier")))
    yield _place("location delete", _of_location(lambda owner, id: location.delete(id, owner)))
    yield _place("group create", lambda _, owner: lambda: group.create(owner.slug, "Hall of the north", "Cold"))
    yield _place("group rename", _of_group("prfi00yard", lambda yard: group.rename(yard.organization, yard.name, "Pier & deck")))
    yield _place("group delete", _of_group("prfi00yard", lambda yard: group.delete(yard.organization, yard.name)))


def _on_sensor(command: Callable[[Device, str], object], retired: bool = False) -> Prepare:
    """A sensor, with a group and a location that it can go to."""

    def prepare(fleet: Fleet, owner: Organization) -> Callable[[], object]:
        sensor, place = provision.create_sensor(EVERYWHERE, owner.id, _TUID, NOW), fleet.location(owner).id
        _hall(owner)
        if retired:
            retire.retire(EVERYWHERE, sensor.id, NOW)
        return lambda: command(device.find({"tuid": _TUID}), place)

    return prepare


def _move(fleet: Fleet, owner: Organization) -> Callable[[], object]:
    card, there = fleet.gateway(owner, fleet.location(owner)), fleet.location(owner)
    return lambda: device.move(device.find({"sn": card.sn}), there.id)


_OPEN = DeviceCommand(id="c" * 24, name="open", time=NOW, accepted=NOW)


def _send_command(fleet: Fleet, owner: Organization) -> Callable[[], object]:
    """A gateway with a queue, a device that it speaks for, and one without a gateway."""
    card = fleet.gateway(owner, None)
    gateway = fetch(EVERYWHERE, Devices.by_id(card.id))
    devices = [gateway, speaking_through(card, []), provision.create_sensor(EVERYWHERE, owner.id, _TUID, NOW)]
    return lambda: command_devices.send(EVERYWHERE, devices, _OPEN)


def _place(name: str, prepare_in: Prepare) -> Place:
    def prepare(fleet: Fleet) -> Operation:
        return OperatorCommand(prepare_in(fleet, fleet.organization()))

    return Place(name, prepare)


def _router(owner: Organization) -> Device:
    names: Any = {"name": "Router", "key": "32 digits of one", "mac": "AC:1F:09:00:00:01"}
    return Device(id=new_id(), organization=owner.id, kind="device", created=NOW, modified=NOW, **names)


def _of_sensor(use: Callable[[str, Group], object], alerting: bool = False) -> Prepare:
    """A sensor in a group, and another group; with an active alert and a command that waits, if `alerting`."""

    def prepare(fleet: Fleet, owner: Organization) -> Callable[[], object]:
        world = ThingseeWorld.of(fleet, owner)
        gateway, sensor = world.gateway(status="installed"), world.sensor(_TUID, status="installed")
        group, other = (manage_groups.create(EVERYWHERE, owner.id, name, "") for name in ("prfi00yard", "prfi00pier"))
        world.move(sensor, group.name)
        if alerting:
            relay(world, gateway, heartbeats_message(gateway, AT - 60, (sensor, 0)))
            hold(world, sensor, 1, AT + 60)
            world.install(sensor, "uninstalled", NOW)
        id = world.thing(sensor).id
        return lambda: use(id, other)

    return prepare


def _move_on_map(fleet: Fleet, owner: Organization) -> Callable[[], object]:
    sensor, place = provision.create_sensor(EVERYWHERE, owner.id, _TUID, NOW), fleet.location(owner).id
    return lambda: edit_device.move_on_map(EVERYWHERE, sensor.id, place, NOW)


def _of_factory(use: Callable[[Factory], object]) -> Prepare:
    """A gateway that no organization has claimed."""

    def prepare(fleet: Fleet, owner: Organization) -> Callable[[], object]:
        factory = fleet.hardware().factory
        return lambda: use(factory)

    return prepare


def _restore(fleet: Fleet, owner: Organization) -> Callable[[], object]:
    sensor = provision.create_sensor(EVERYWHERE, owner.id, _TUID, NOW)
    edit_device.move_to_group(EVERYWHERE, sensor.id, _hall(owner), NOW)
    retire.retire(EVERYWHERE, sensor.id, NOW)
    return lambda: retire.restore(EVERYWHERE, sensor.id, NOW)


def _restore_without_group(fleet: Fleet, owner: Organization) -> Callable[[], object]:
    restore, hall = _restore(fleet, owner), next(Groups.of_organization(EVERYWHERE, owner.id))
    manage_groups.delete_of_any_name(EVERYWHERE, hall)
    return restore


def _hall(owner: Organization) -> Group:
    return manage_groups.create_of_any_name(EVERYWHERE, owner.id, "Hall of the north", "Cold")


def _delete_gateway(fleet: Fleet, owner: Organization) -> Callable[[], object]:
    """A gateway with both names that has reported, and was sent a configuration and a command."""
    hardware, location = fleet.hardware(model=MODEL), fleet.location(owner)
    card = fleet.gateway(owner, location, hardware, share_logs="wisdm")
    fleet.online(card)
    provision.give_tuid(EVERYWHERE, _known(card.sn), _TUID, NOW)
    send_command(hardware)
    relocate.relocate(EVERYWHERE, card.sn, None, NOW)
    return lambda: retire.delete(EVERYWHERE, card.id, NOW)


def _known(sn: str) -> Gateway:
    return fetch(EVERYWHERE, Gateways.by_sn(sn))


def _relocation(*, of: bool, to: bool) -> Prepare:
    """A gateway with a monitored battery, in a location or in none."""

    def prepare(fleet: Fleet, owner: Organization) -> Callable[[], object]:
        hardware, here, there = fleet.hardware(model=MODEL), fleet.location(owner), fleet.location(owner)
        card = fleet.gateway(owner, here if of else None, hardware)
        fleet.online(card)
        fleet.report(card, "status", {"system": {"uptime": 1}})
        desire.set_monitoring(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(card.sn)), True, "tests", NOW)
        assert deliver(receive, uplink_message(hardware, "battery", BATTERY, seq=9)) == []
        return lambda: relocate.relocate(EVERYWHERE, card.sn, there.id if to else None, NOW)

    return prepare


def _provision(fleet: Fleet, owner: Organization, *, claimed: bool) -> None:
    same: Any = {"sn": _SN, "eui": "ac1f09fffe0a1b2e", "mac": "AC:1F:09:0A:1B:2E", "model": "RAK7268V2"}
    factory = Factory(**same, signing_key="", sealing_key="", queue_url="")
    thing: Any = {"tuid": _TUID, "thingsee": {}}
    device = register.new_gateway(factory, owner.id, NOW, **thing) if claimed else None
    provision.provision_gateway(EVERYWHERE, factory, device, NOW, "wisdm" if claimed else "none")


def _give_tuid(fleet: Fleet, owner: Organization) -> Callable[[], object]:
    """A gateway that has left: as a thing it has an alert at once."""
    card = fleet.gateway(owner)
    fleet.offline(card)
    known = _known(card.sn)
    return lambda: provision.give_tuid(EVERYWHERE, known, _TUID, NOW)


def _location(owner: Organization) -> Location:
    wisdm: Any = Lorawan(**LORAWAN)  # type: ignore[arg-type]
    return Location(id=to_uuid(new_id()), organization=owner.id, name="North pier", wisdm=wisdm)


def _of_location(use: Callable[[str, str], object]) -> Prepare:
    """An empty location that two API keys are limited to."""

    def prepare(fleet: Fleet, owner: Organization) -> Callable[[], object]:
        id = manage_locations.create(EVERYWHERE, _location(owner), {}).id
        for _ in range(2):
            fleet.key(owner, locations=(id,))
        return lambda: use(owner.id, id)

    return prepare


def _of_group(name: str, use: Callable[[Group], object]) -> Prepare:
    def prepare(fleet: Fleet, owner: Organization) -> Callable[[], object]:
        group = manage_groups.create_of_any_name(EVERYWHERE, owner.id, name, "")
        return lambda: use(group)

    return prepare


def broken_registry(owner: str) -> Callable[[], object]:
    """A repair of a row of each kind of difference, of a count, and of the set of groups that the Thingsee API does not show."""
    sensor = provision.create_sensor(EVERYWHERE, owner, _TUID, NOW)
    group = manage_groups.create_of_any_name(EVERYWHERE, owner, "Pier & deck", "")
    transact(
        [
            Write.delete(("TUID#" + _TUID, "CARD")),
            *THERE.put_writes(EVERYWHERE, owner, DeviceRow.of(sensor)._replace(name="wrong")),
            Write.put(groups.member("elsewhere", _TUID), {}),
            *THERE.put_writes(EVERYWHERE, owner, DeviceRow.of(sensor)._replace(order=f"{0:016}#no-device")),
            Write.update(groups.key(group.id), "SET devices = :seven", seven={"N": "7"}),
            Write.delete(groups.unshown(owner)),
        ]
    )
    return lambda: doctor.registry(repair=True, orphans=True)
