"""Sends commands to devices in words of their application: stored with the message to the gateway that a device is, or speaks through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.access import Reach
from fleet.aws import queues
from fleet.aws.reads import every, fetch
from fleet.aws.writes import Refused, Write, transact
from fleet.commands.accept import FILLED_IN
from fleet.commands.device_command import DeviceCommand
from fleet.commands.device_commands import SENT, DeviceCommands
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from fleet.ids import derived_uuid
from fleet.outbox.message import Downlink, next_number
from fleet.outbox.messages import Downlinks
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.telemetry.counts import Counts
from fleet.times import iso_text

GOOD_FOR = 3600
"""Seconds after which a command must not be carried out any more by whoever gets it as a message."""
MOST_BYTES = 3_500_000
"""Bytes in one transaction, of the 4 MB that it may have."""
Queues = Mapping[str, str]
"""Serial numbers of gateways with a queue, by the ids of devices that are reached through them."""


def check(command: DeviceCommand, named: str = "payload") -> None:
    """Invalid, naming this member, when a command is too large for a gateway's queue: whichever device is to get it."""
    message = _message("0" * 24, "0" * 24, "0" * 32, command)
    if len(message.text(message.payload, command.accepted).encode()) > queues.LARGEST - FILLED_IN:
        raise Invalid(Problem((named,), "is too large to be sent to a device"))


@uses(Devices.by_id)
def queues_of(reach: Reach, devices: Sequence[Device]) -> Queues:
    """The gateways that devices are, or that speak for them, as far as they have queues. One request for a hundred of those that speak."""
    speakers = {device.wegnology.gateway for device in devices if device.serial_number is None and device.wegnology is not None}
    found = fetch(reach, every({id: Devices.by_id(id).optional() for id in speakers if id is not None})) if speakers - {None} else {}
    queued = {}
    for device in devices:
        gateway = device if device.serial_number is not None else found.get((device.wegnology and device.wegnology.gateway) or "")
        if gateway is not None and gateway.serial_number is not None and gateway.organization == device.organization:
            queued[device.id] = gateway.serial_number
    return queued


@uses(DeviceCommands.add_writes, Downlinks.send_writes, Counts.add_writes)
def command_writes(reach: Reach, device: Device, command: DeviceCommand, through: Queues) -> list[Write]:
    """The writes of a device's command, which count it, and of the message to its gateway's queue, if it has one in `queues_of`.

    They are for one transaction, and fail with SENT when the device has the command already.
    """
    counted = {"deviceCommand": 1, **({"mqttOut": 1} if device.id in through else {})}
    stored = [
        *DeviceCommands.add_writes(reach, device, command),
        *Counts.add_writes(reach, device.organization, device.id, command.accepted, **counted),
    ]
    if (sn := through.get(device.id)) is None:
        return stored
    return [*stored, *Downlinks.send_writes(reach, _message(device.id, device.organization, sn, command))]


@uses(queues_of, command_writes)
def send(reach: Reach, devices: Sequence[Device], command: DeviceCommand) -> None:
    """Send a command to devices, no two of them the same. Repeating it, after it ended half-way, sends it to the others."""
    through = queues_of(reach, devices)
    for first in range(0, len(devices), portion := at_once(command)):
        some = devices[first : first + portion]
        _send_at_once(reach, some, command, through)


def _send_at_once(reach: Reach, devices: Sequence[Device], command: DeviceCommand, through: Queues) -> None:
    """Send a command to devices in one transaction; one by one where some of them have it already."""
    try:
        transact([write for device in devices for write in command_writes(reach, device, command, through)])
    except Refused as refused:
        if SENT not in refused.failed:
            raise
        for device in devices if len(devices) > 1 else ():
            _send_at_once(reach, [device], command, through)


def at_once(command: DeviceCommand) -> int:
    """How many devices one transaction of a command may have: each is at most three writes, of which it has fewer than a hundred."""
    return max(1, min(32, MOST_BYTES // (2 * len(command.model_dump_json().encode()) + 2048)))


def _message(device: str, organization: str, sn: str, command: DeviceCommand) -> Downlink:
    return Downlink(
        id=derived_uuid("device.command", f"{device}/{command.id}"),
        sn=sn,
        organization=organization,
        type="device.command",
        payload={"deviceId": device, "name": command.name, "time": iso_text(command.time), "payload": command.payload},
        number=next_number(),
        deadline=int(command.accepted.timestamp()) + GOOD_FOR,
    )
