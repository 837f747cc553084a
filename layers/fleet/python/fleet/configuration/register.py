"""Gateways: putting one into a location."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import Read, both, fetch
from fleet.aws.writes import Refused, Write, transact
from fleet.configuration.configuration import LOCATION, Configuration
from fleet.configuration.configurations import Configurations
from fleet.errors import Conflict, Invalid, Problem, TooMany, WrongMode
from fleet.grants import uses
from fleet.ids import derived_uuid, new_id
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry.device import Device, WisdmFields
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card, Factory, Gateway
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.tenancy import sealing

LOCAL_SUITE_SINCE = (2, 2, 15)
"""The first firmware that holds credentials from the factory (wisdm.md 4.2)."""
BASICS_STATION = "Basics station"
TRIES = 5


@dataclass(frozen=True)
class Registration:
    """What is asked for: the gateway's names, and where its own server credentials come from.

    `local_suite`: the factory put them in. `credentials` gives those with the names it is asked for, or raises
    Invalid; it is asked for nothing that the location does not need.
    """

    sn: str
    eui: str
    name: str | None
    local_suite: bool
    credentials: Callable[[Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Candidate:
    """Where a gateway is to go, and what is known of it. Its place is the location's.

    `claim` gives the gateway, if it has an owner, and its factory record, if it has one; NotFound when another
    organization owns it. That is asked after the caller's location limit was held against the location. Then
    `configuration` gives what is known of the gateway's own.
    """

    location: Location
    claim: Callable[[], tuple[Gateway | None, Factory | None]]
    configuration: Callable[[], Configuration]

    @property
    def place(self) -> str | None:
        return self.location.id


def sealed_in(device: str) -> str:
    """What a gateway's own sealed credentials are bound to."""
    return f"DEVICE#{device}"


def candidate(location: str, sn: str) -> Read[Candidate]:
    """A location and a gateway for it; NotFound for an unknown location."""
    of_gateway = both(Gateways.claim(sn).later(), Configurations.by_sn(sn).later())
    return both(Locations.by_id(location), of_gateway).map(lambda parts: Candidate(parts[0], *parts[1]))


@uses(fetch, Devices.storing, Gateways.placing, Locations.counting, Configurations.storing, Downlinks.sending, sealing.seal)
def _placed(reach: Reach, wanted: Registration, to: Candidate, now: datetime) -> tuple[Card, list[Write]]:
    """The card of a gateway in its new location, and the writes that put it there, if it may go there."""
    gateway, record = to.claim()
    factory = _fitting(wanted, to.location, record)
    _check_firmware(wanted, gateway, factory)
    own = {} if wanted.local_suite else wanted.credentials(needed_credentials(to.location))
    if gateway is not None and gateway.card.location is not None:
        raise Conflict("The gateway is in a location already")
    known = to.configuration()
    card = _card(wanted, to.location, gateway, factory, known)
    return card, [
        *Devices.storing(reach, _device(reach, wanted, own, gateway, card, now)),
        *Gateways.placing(reach, gateway, card),
        Locations.counting(reach, to.location, 1),
        Configurations.storing(reach, card.organization, known, _told(known, gateway, card, now)),
        Downlinks.sending(reach, configuration(card, f"{card.id}/{card.config_version}")),
    ]


@uses(fetch, _placed)
def register(reach: Reach, wanted: Registration, to: Candidate, now: datetime) -> Card:
    """Put a gateway into a location and have it told; the whole or nothing.

    NotFound: another organization owns the gateway. WrongMode: the location's mode, no factory record that fits, too few
    channels. Invalid: firmware too old for credentials from the factory, a credential missing. Conflict: the gateway is
    in a location already. What has changed meanwhile is judged anew; TooMany when it does not stop to change.
    """
    for _ in range(TRIES):
        card, writes = _placed(reach, wanted, to, now)
        try:
            transact(writes)
        except Refused:
            to = fetch(reach, candidate(to.location.id, wanted.sn))
        else:
            return card
    raise TooMany("The gateway is changing too often at once")


def configuration(card: Card, occasion: str) -> Downlink:
    """The message that gives a gateway its location's configuration; what it holds is filled in when it leaves."""
    return Downlink(
        id=derived_uuid("location.config", occasion),
        sn=card.sn,
        organization=card.organization,
        type="location.config",
        payload={"version": card.config_version, "location": card.location},
    )


def _fitting(wanted: Registration, location: Location, factory: Factory | None) -> Factory:
    if location.work_mode != BASICS_STATION or location.server is None:
        raise WrongMode("The location is not in Basics Station mode")
    if factory is None or factory.eui != wanted.eui.lower():
        raise WrongMode("The gateway has no factory record with this serial number and EUI")
    if factory.channels < location.channels:
        raise WrongMode("The location needs a gateway with more channels")
    return factory


def _check_firmware(wanted: Registration, gateway: Gateway | None, factory: Factory) -> None:
    firmware = gateway.firmware if gateway else factory.firmware
    if wanted.local_suite and firmware and tuple(int(part) for part in firmware.split(".")) < LOCAL_SUITE_SINCE:
        raise Invalid(Problem(("bsHasLocalAuthSuite",), "needs firmware 2.2.15 or newer on the gateway"))


def needed_credentials(location: Location) -> tuple[str, ...]:
    """The credentials that a gateway of this location has to bring."""
    if location.server is None or not location.server.individual:
        return ()
    return {"client_certificate": ("clientCertificate", "clientKey"), "client_token": ("token",)}.get(location.server.authentication, ())


def _told(known: Configuration, gateway: Gateway | None, card: Card, now: datetime) -> Configuration:
    """The configuration with the location's counted and on its way."""
    sent = {"version": card.config_version, "boot": gateway.boot if gateway else "", "at": int(now.timestamp() * 1000)}
    return known.having(LOCATION, sent=sent).changed(last=card.config_version)


def _card(wanted: Registration, location: Location, gateway: Gateway | None, factory: Factory, known: Configuration) -> Card:
    name = wanted.name or f"{factory.model}-{factory.sn}"
    if gateway is not None:
        before = gateway.card
        version = max(before.config_version, known.last) + 1
        return before.changed(location=location.id, name=name, config_version=version, version=before.version + 1)
    return Card(
        id=new_id(),
        organization=location.organization,
        location=location.id,
        name=name,
        config_version=1,
        sn=factory.sn,
        eui=factory.eui,
        mac=factory.mac,
        model=factory.model,
        firmware=factory.firmware,
        channels=factory.channels,
    )


def _device(reach: Reach, wanted: Registration, own: Mapping[str, str], gateway: Gateway | None, card: Card, now: datetime) -> Device:
    sealed = sealing.seal(reach, card.organization, sealed_in(card.id), json.dumps(dict(own)).encode()) if own else None
    fields = {
        "name": card.name,
        "location": card.location,
        "modified": now,
        "wisdm": WisdmFields(local_suite=wanted.local_suite, sealed=sealed).model_dump(),
    }
    if gateway is not None:
        return fetch(reach, Devices.by_id(card.id)).next(**fields)
    return Device.model_validate(
        {"id": card.id, "organization": card.organization, "kind": "gateway", "serial_number": card.sn, "created": now, **fields}
    )
