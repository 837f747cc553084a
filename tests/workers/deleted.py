"""Devices of which everything is stored that can be, and which are deleted; and the worker that purges them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.commands import give_order
from fleet.commands.device_command import DeviceCommand
from fleet.configuration import desire
from fleet.edits import create_device
from fleet.ids import new_id
from fleet.lifecycle import command_devices, provision, relocate, retire
from fleet.registry.connection import Change
from fleet.registry.device import RESTORABLE, Device
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from fleet.registry.purges import SHARDS
from fleet.telemetry.connections import Connections
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_states import DeviceStates
from fleet.tenancy.organization import Organization
from functions.workers.device.purge import handler as purge
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import partition, stored
from tests.harness.call import Response, invoke
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import ThingseeWorld
from tests.harness.wegnology_world import WegnologyWorld
from tests.suite.settings import BATTERY, MODEL
from tests.workers.messages import NOW, deliver, uplink_message
from tests.workers.thing_messages import AT, heartbeats_message, message, relay

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
DUE = NOW + RESTORABLE
"""When what is deleted at NOW is to be purged."""


def purge_at(clock: time_machine.Traveller, at: datetime) -> None:
    """Travel to a time and run the scheduled worker."""
    clock.move_to(at, tick=False)
    invoke(purge, {"time": at.isoformat()})


def of_all(world: WegnologyWorld, entry: Entry, **more: Any) -> Response:
    """Call a route about all devices of an application; `more` are further members of the body."""
    return world.ask(entry, {"query": {}, **more})


def purge_rows() -> list[tuple[str, str]]:
    """The second and the device of each row by which the worker finds devices."""
    rows = [row for shard in range(SHARDS) for row in partition("FleetTable", f"PURGE#{shard}")]
    return sorted((row["sk"]["S"].partition("#")[0], row["device"]["S"]) for row in rows)


def there(device: Device | str) -> Device | None:
    """A device as it is stored, deleted or not; None: it is gone."""
    return fetch(EVERYWHERE, Devices.even_deleted(device if isinstance(device, str) else device.id).optional())


def remains(device: Device) -> list[Mapping[str, Any]]:
    """The items of both tables that are a device's, or are under a name of it, but for directories."""
    names = [name for name in (device.id, device.serial_number, device.tuid, device.key) if name]
    items = [item for table in ("FleetTable", "SeriesTable") for item in stored(table) if not item["pk"]["S"].startswith("DIR#")]
    return [item for item in items if any(name in str(item) for name in names)]


def lasting(device: Device) -> list[tuple[str, str]]:
    """The keys of those among them that do not expire."""
    return sorted((item["pk"]["S"], item["sk"]["S"]) for item in remains(device) if "ttl" not in item)


def measured(device: Device) -> list[str]:
    """The partitions with the state, the counters and the connections of a device that have anything."""
    names = [f"{kind}#{device.id}" for kind in ("STATE", "NOW", "COUNTS", "CONNECTIONS")]
    return [name for name in names if partition("SeriesTable", name)]


def pump(owner: Organization, **fields: Any) -> Device:
    """A device of the WEGnology API that has reported, connected, left and been given a command."""
    reach, given = Reach.of(owner.id), {"name": "Pump 7", "attributes": ({"name": "flow", "data_type": "number"},), **fields}
    device = create_device.create(reach, owner.id, given, NOW)
    command_devices.send(reach, [device], DeviceCommand(id=new_id(), name="open", time=NOW, accepted=NOW))
    at = int(NOW.timestamp() * 1000)
    reports = [StateReport(at + each, at + each, {"flow": each}, device.version) for each in range(3)]
    DeviceStates.add(reach, owner.id, device.id, reports)
    Counts.add(reach, owner.id, device.id, NOW, "", deviceState=3)
    for each in range(2):
        Connections.add(reach, owner.id, device.id, Change(at + each, not each))
    return device


def gateway(fleet: Fleet, owner: Organization) -> Device:
    """A gateway with both names, in no location: it has reported, and was sent a configuration and an order."""
    hardware, location = fleet.hardware(model=MODEL), fleet.location(owner)
    card = fleet.gateway(owner, location, hardware, share_logs="wisdm")
    fleet.online(card)
    provision.give_tuid(EVERYWHERE, fetch(EVERYWHERE, Gateways.by_sn(card.sn)), "TSGW02A1B2C3D4E8", NOW)
    desire.set_monitoring(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(card.sn)), True, "tests", NOW)
    assert deliver(receive, uplink_message(hardware, "battery", BATTERY, seq=9)) == []
    give_order.reboot(EVERYWHERE, fetch(EVERYWHERE, give_order.addressed(card.sn, "reboot")), "tests", NOW)
    relocate.relocate(EVERYWHERE, card.sn, None, NOW)
    return fetch(EVERYWHERE, Devices.by_id(card.id))


def sensor(fleet: Fleet, owner: Organization) -> Device:
    """A thing that was installed, has sent messages and had an alert."""
    world = ThingseeWorld.of(fleet, owner)
    through, tuid = world.gateway(status="installed"), world.sensor(status="installed")
    relay(world, through, message(tuid, ts=AT - 120))
    relay(world, through, heartbeats_message(through, AT - 60, (tuid, 0)))
    world.install(tuid, "uninstalled", NOW)
    return fetch(EVERYWHERE, Devices.by_id(world.thing(tuid).id))


def delete(device: Device, at: datetime = NOW) -> Device:
    return retire.retire(EVERYWHERE, device.id, at)


def keyed(owner: Organization) -> Device:
    """A device with a secret key, which is unique, in a group."""
    device = pump(owner)
    transact(Devices.store_writes(EVERYWHERE, device, device.edited(NOW, key="k" * 32)))
    return fetch(EVERYWHERE, Devices.by_id(device.id))
