"""Deletes a deleted device for good, in steps that can be interrupted anywhere and repeated.

First the device is marked, on condition of its version: from then on nothing restores it. Then what is stored under its id and its names
goes. Last, in one transaction, the device goes with its projections: so its names are taken until nothing is left under them, and a device
of which something is left is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial

from fleet.access import Reach
from fleet.alerts.alerts import Alerts
from fleet.alerts.states import States
from fleet.aws.reads import fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, transact
from fleet.commands.commands import Commands
from fleet.configuration.batteries import Batteries
from fleet.configuration.configurations import Configurations
from fleet.errors import NotFound, TooMany
from fleet.grants import uses
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from fleet.registry.things import Things
from fleet.telemetry.connections import Connections
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_states import EVER, DeviceStates

Piece = Callable[[], bool | None]
"""Deletes a part of something; False when there is more: call it again."""


def busy() -> TooMany:
    return TooMany("The device is being changed too much at once")


def never() -> bool:
    """For who waits until a device is erased."""
    return False


@uses(Devices.even_deleted, Devices.mark_writes)
def mark(reach: Reach, id: str, may_go: Callable[[Device], bool], now: datetime, *, first: Device | None = None) -> Device | None:
    """Have a device be one that is being deleted for good. None, and nothing is changed, when `may_go` says False of it.

    `first` is the device where it has been read already. NotFound when it is gone.
    """

    def store(before: Device) -> Device | None:
        if not may_go(before):
            return None
        if before.purging is not None:
            return before
        after = before.next(purging=now)
        transact(Devices.mark_writes(reach, before, after))
        return after

    return retrying(reach, Devices.even_deleted(id), store, first=first, busy=busy())


@uses(Things.forget, Commands.forget, Alerts.forget, DeviceStates.forget, Connections.drop, Counts.forget)
def _pieces(reach: Reach, device: Device) -> Iterator[Piece]:
    """What is stored of a device beside its projections, but for what expires by itself."""
    owner, id = device.organization, device.id
    if device.tuid is not None:
        yield partial(Things.forget, reach, device)
        yield partial(Alerts.forget, reach, owner, id)
    for address in filter(None, (device.serial_number, device.tuid)):
        yield partial(Commands.forget, reach, owner, address)
    yield partial(DeviceStates.forget, reach, owner, id)
    yield partial(Connections.drop, reach, owner, id, 0, EVER)
    yield partial(Counts.forget, reach, owner, id)


@uses(Configurations.by_sn, States.forget_writes, Configurations.forget_writes, Batteries.forget_writes, Gateways.forget_writes)
def _forgetting_writes(reach: Reach, device: Device) -> list[Write]:
    """The writes that delete what rows by the names of a device hold beside its cards."""
    stored = []
    if device.tuid is not None:
        stored += States.forget_writes(reach, device.organization, device.tuid)
    if (sn := device.serial_number) is not None:
        last = fetch(reach, Configurations.by_sn(sn)).last
        stored += Configurations.forget_writes(reach, device.organization, sn)
        stored += Batteries.forget_writes(reach, device.organization, sn)
        stored += Gateways.forget_writes(reach, device.organization, sn, last)
    return stored


@uses(_pieces, Devices.even_deleted, Devices.end_writes, _forgetting_writes)
def erase(reach: Reach, device: Device, is_over: Callable[[], bool] = never) -> bool:
    """Delete a device that is marked, with its history and its configuration. Its names are free; a gateway can be claimed anew.

    False when `is_over` said so first: call it again. Another call at the same time does no harm. Measurements, messages and log files
    are stored under the device's id, and expire.
    """
    for piece in _pieces(reach, device):
        done: bool | None = False
        while done is False:
            if is_over():
                return False
            done = piece()

    def store(last: Device) -> None:
        transact([*Devices.end_writes(reach, last), *_forgetting_writes(reach, last)])

    with suppress(NotFound):  # another call was faster
        retrying(reach, Devices.even_deleted(device.id), store, first=device, busy=busy())
    return True
