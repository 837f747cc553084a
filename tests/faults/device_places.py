"""Places for faults in what devices say of their state, and in commands to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.commands.device_command import DeviceCommand
from fleet.edits import create_device
from fleet.ids import new_id
from fleet.lifecycle import command_devices
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.faults.places import Operation, QueueDelivery, StreamDelivery
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NOW, outbox, state_message


def _gateway(fleet: Fleet) -> Hardware:
    hardware = fleet.hardware()
    fleet.gateway(fleet.organization(), None, hardware)
    return hardware


def states(fleet: Fleet) -> Operation:
    """States of two gateways, each of itself and of a device that it speaks for.

    Not two messages about one device: one of them may be counted twice where it fails and the other comes in between.
    """
    messages = []
    for flow in (9, 8):
        hardware = _gateway(fleet)
        card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
        attributes = [{"name": "flow", "data_type": "number"}]
        pump = speaking_through(card, attributes)
        own = fetch(EVERYWHERE, Devices.by_id(card.id))
        transact(Devices.store_writes(EVERYWHERE, own, own.edited(NOW, attributes=attributes)))
        said = [{"data": {"flow": flow}, "time": f"2026-01-05T10:0{flow}:00Z"}, {"deviceId": pump.id, "data": {"flow": flow}}]
        messages.append(state_message(hardware, {"states": said}, seq=9))
    return QueueDelivery(receive, messages)


def speaking_through(card: Card, attributes: Sequence[Mapping[str, str]]) -> Device:
    """A device that this gateway speaks for."""
    fields = {"name": "Pump 7", "attributes": attributes, "wegnology": {"gateway": card.id}}
    return create_device.create(Reach.of(card.organization), card.organization, fields, NOW)


def command(fleet: Fleet) -> Operation:
    """A command to a gateway and to a device that it speaks for."""
    hardware = _gateway(fleet)
    card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
    devices = [fetch(EVERYWHERE, Devices.by_id(card.id)), speaking_through(card, [])]
    command_devices.send(EVERYWHERE, devices, DeviceCommand(id=new_id(), name="open", time=NOW, accepted=NOW))
    return StreamDelivery(dispatch, outbox(hardware))
