"""Moves a gateway that is in service: to another location, or out of the one that it is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import Read, both
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, transact
from fleet.configuration import desire, register
from fleet.configuration.batteries import Batteries
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import LOCATION
from fleet.configuration.configurations import Configurations
from fleet.errors import Conflict, TooMany
from fleet.grants import uses
from fleet.registry import edit_device, locations, projections
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card
from fleet.registry.location import Location
from fleet.registry.locations import Locations


@dataclass(frozen=True)
class Move:
    """A gateway with all that is known of it, and the location that it goes to; None: it goes to no other."""

    known: Monitored
    to: Location | None


@uses(desire.monitored, Locations.by_id)
def _read(sn: str, location: str | None) -> Read[Move]:
    known = desire.monitored(sn)
    return (
        known.map(lambda known: Move(known, None))
        if location is None
        else both(known, Locations.by_id(location)).map(lambda parts: Move(*parts))
    )


@uses(_read, edit_device.of_card, Devices.move_writes, Batteries.leave_writes, Configurations.store_writes, register.configuration_writes)
@projections.writes_any
def relocate(reach: Reach, sn: str, location: str | None, now: datetime) -> Device:
    """Put a gateway into a location and send it the configuration, or take it out of the one that it is in (None).

    Nothing changes when it is there. NotFound: no such gateway or location. WrongMode: the location's mode. Conflict: another
    organization's location, too few channels, or a location whose gateways bring credentials of their own.
    """

    def store(move: Move) -> Device:
        before = edit_device.of_card(reach, move.known.gateway.card)
        if before.location == location:
            return before
        _check(before, move.to)
        after = _moved(before, move, now)
        gateway, battery = move.known.gateway, move.known.battery
        counted = {locations.key(battery.listed): {"batteries": -1}} if battery.listed else {}
        moved = Devices.move_writes(reach, before, after, gateway.reports, counted)
        left = Batteries.leave_writes(reach, gateway.card, battery)
        transact([*moved, *left, *_configuration_writes(reach, move, after, now)])
        return after

    return retrying(reach, _read(sn, location), store, busy=TooMany("The gateway is being changed too much at once"))


def _check(device: Device, to: Location | None) -> None:
    if to is None:
        return
    if to.organization != device.organization:
        raise Conflict("The location is another organization's: name one of the gateway's own")
    if device.channels < register.needed_channels(to):
        raise Conflict("The location needs a gateway with more channels")
    if register.needed_credentials(to):
        raise Conflict("The location's gateways bring credentials: take the gateway out of its location, and register it through the API")


def _moved(device: Device, move: Move, now: datetime) -> Device:
    """The next version of the device. Credentials that it was registered with were for the location that it leaves."""
    version = device.config_version
    if move.to is not None:
        version = max(version, move.known.configuration.last) + 1
    return device.in_location(move.to.id if move.to else None, version, now, local_suite=False, sealed=None)


def _configuration_writes(reach: Reach, move: Move, after: Device, now: datetime) -> list[Write]:
    """The writes that have the gateway run on the configuration of its new location.

    Without one the configuration gets its next version all the same: so a battery report that was read before fails, and is not
    listed in the location that the gateway has left.
    """
    before, card = move.known.configuration, Card.of(after)
    if move.to is None:
        return Configurations.store_writes(reach, card.organization, before, before.with_section(LOCATION))
    return register.configuration_writes(reach, before, move.known.gateway, card, now)
