"""Registers gateways: whether one may go into a location, and putting it there. Who counts failed claims is `fleet.lifecycle.claim`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws.reads import Read, both
from fleet.aws.writes import Write, transact
from fleet.configuration.configuration import LOCATION, Configuration
from fleet.configuration.configurations import Configurations
from fleet.errors import Conflict, Invalid, Problem, WrongMode
from fleet.grants import ANY, uses
from fleet.ids import ANY_ID_AS_UUID, derived_uuid, new_id
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry import edit_device, gateways, locations, projections, things
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card, Factory, Gateway
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.tenancy import encryption
from fleet.times import unix_ms

LOCAL_SUITE_SINCE = (2, 2, 15)
"""The first firmware that holds credentials from the factory (wisdm.md 4.2)."""
BASICS_STATION = "Basics station"


class NoSuchGateway(WrongMode):
    """The gateway has no factory record with this serial number and EUI"""


@dataclass(frozen=True)
class Registration:
    """A request to register a gateway: its names, and where its own server credentials come from.

    `local_suite`: the factory put them in. `credentials` returns those with the given names, or raises Invalid; it is
    called with the ones alone that the location needs.
    """

    sn: str
    eui: str
    name: str | None
    local_suite: bool
    credentials: Callable[[Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Candidate:
    """The location that a gateway is to go to, and what is known of the gateway. Its place is the location's.

    `claim` returns the gateway, if it has an owner, and its factory record, if it has one; neither when another
    organization owns it. It is called after the location was checked against the caller's permissions. Then
    `configuration` returns the gateway's own.
    """

    location: Location
    claim: Callable[[], tuple[Gateway | None, Factory | None]]
    configuration: Callable[[], Configuration]

    @property
    def place(self) -> str | None:
        return self.location.id


@dataclass(frozen=True)
class Admitted:
    """A gateway that may go into its new location: itself, if it has an owner, its factory record, and the credentials that it brings."""

    gateway: Gateway | None
    factory: Factory
    own: Mapping[str, str]


def bound_to(device: str) -> str:
    """What a gateway's own encrypted credentials are bound to."""
    return f"DEVICE#{device}"


@uses(Gateways.claim, Configurations.by_sn, Locations.by_id)
def candidate(location: str, sn: str) -> Read[Candidate]:
    """A location and a gateway for it; NotFound for an unknown location."""
    of_gateway = both(Gateways.claim(sn).later(), Configurations.by_sn(sn).later())
    return both(Locations.by_id(location), of_gateway).map(lambda parts: Candidate(parts[0], *parts[1]))


@uses(Configurations.store_writes, Downlinks.send_writes)
def configuration_writes(reach: Reach, before: Configuration, gateway: Gateway | None, card: Card, now: datetime) -> list[Write]:
    """The writes that have a gateway run on the configuration of the location that its new card names.

    It is sent at once, also to a gateway of which nothing is known yet: it may have been running before it was claimed. One that is away
    gets it on its return. `gateway` is as it was before the move; None: it had no owner.
    """
    at = unix_ms(now)
    after = before.with_push(card, LOCATION, card.config_version, at).changed(last=card.config_version)
    if gateway is not None and gateway.is_away(now):
        return Configurations.store_writes(reach, card.organization, before, after)
    sent = after.with_sent(LOCATION, gateway.boot if gateway else "", at)
    return [*Configurations.store_writes(reach, card.organization, before, sent), *Downlinks.send_writes(reach, configuration(card, sent))]


def admit(wanted: Registration, to: Candidate) -> Admitted:
    """Judge whether a gateway may go into a location.

    WrongMode: the location's mode, too few channels, or NoSuchGateway: no factory record that fits, or another organization's gateway.
    NotFound: the caller's own has deleted it. Invalid: firmware too old for credentials from the factory, a credential missing.
    Conflict: the gateway is in a location already.
    """
    gateway, record = to.claim()
    factory = _fitting(wanted, to.location, record)
    _check_firmware(wanted, gateway, factory)
    own = {} if wanted.local_suite else wanted.credentials(needed_credentials(to.location))
    if gateway is not None and gateway.card.location is not None:
        raise Conflict("The gateway is in a location already")
    return Admitted(gateway, factory, own)


@projections.reached(
    "dynamodb:PutItem",
    keys=[gateways.card_key(ANY), gateways.copies(ANY, ANY)[0], things.key(ANY)],
)
@projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY), locations.key(ANY_ID_AS_UUID)])
@uses(
    edit_device.of_card,
    Gateways.factory_checks,
    Devices.store_writes,
    configuration_writes,
    encryption.encrypt_at_rest,
)
def place(reach: Reach, wanted: Registration, to: Candidate, admitted: Admitted, now: datetime, checks: Sequence[Write] = ()) -> Card:
    """Put a gateway into its new location and send it the configuration, on condition of `checks`; the whole or nothing.

    Its card. Refused when something has changed meanwhile.
    """
    gateway, factory, configured = admitted.gateway, admitted.factory, to.configuration()
    before = edit_device.of_card(reach, gateway.card) if gateway else None
    claimed = before or new_gateway(factory, to.location.organization, now, version=0)
    after = _device(reach, wanted, to.location, admitted.own, claimed, max(configured.last, factory.last_version), now)
    card = Card.of(after)
    transact(
        [
            *checks,
            *([] if before else Gateways.factory_checks(reach, card.organization, card.sn)),
            *Devices.store_writes(reach, before, after, gateway.reports if gateway else None),
            *configuration_writes(reach, configured, gateway, card, now),
        ]
    )
    return card


def configuration(card: Card, known: Configuration, occasion: str = "") -> Downlink:
    """The message that sends a gateway its location's configuration, one for each occasion; its content is filled in when it is sent."""
    push = known.section(LOCATION).push
    assert push is not None
    return Downlink(
        id=derived_uuid("location.config", f"{card.id}/{card.config_version}{occasion}"),
        sn=card.sn,
        organization=card.organization,
        type="location.config",
        payload={"version": card.config_version, "location": card.location},
        number=push.number,
    )


def factory_name(model: str, sn: str) -> str:
    """What a gateway is called until somebody names it."""
    return f"{model}-{sn}"


def new_gateway(factory: Factory, organization: str, now: datetime, **fields: Any) -> Device:
    """The device that a gateway becomes when an organization claims it. It is not stored yet."""
    same = factory.model_dump(include={"eui", "mac", "model", "firmware", "channels"})
    name = factory_name(factory.model, factory.sn)
    fixed = {"kind": "gateway", "name": name, "serial_number": factory.sn, "created": now, "modified": now, "wisdm": {}}
    return Device.model_validate({"id": new_id(), "organization": organization, **same, **fixed, **fields})


def needed_channels(location: Location) -> int:
    """How many channels a gateway of this location has to have; WrongMode for a location in another mode than Basics Station."""
    settings = location.wisdm
    if settings is None or settings.work_mode != BASICS_STATION or settings.server is None:
        raise WrongMode("The location is not in Basics Station mode")
    return settings.channels


def _fitting(wanted: Registration, location: Location, factory: Factory | None) -> Factory:
    channels = needed_channels(location)
    if factory is None or factory.eui != wanted.eui.lower():
        raise NoSuchGateway
    if factory.channels < channels:
        raise WrongMode("The location needs a gateway with more channels")
    return factory


def _check_firmware(wanted: Registration, gateway: Gateway | None, factory: Factory) -> None:
    firmware = gateway.firmware if gateway else factory.firmware
    if wanted.local_suite and firmware and tuple(int(part) for part in firmware.split(".")) < LOCAL_SUITE_SINCE:
        raise Invalid(Problem(("bsHasLocalAuthSuite",), "needs firmware 2.2.15 or newer on the gateway"))


def needed_credentials(location: Location) -> tuple[str, ...]:
    """The credentials that a gateway of this location has to bring."""
    server = location.wisdm.server if location.wisdm else None
    if server is None or not server.individual:
        return ()
    return {"client_certificate": ("clientCertificate", "clientKey"), "client_token": ("token",)}.get(server.authentication, ())


@uses(encryption.encrypt_at_rest)
def _device(
    reach: Reach, wanted: Registration, location: Location, own: Mapping[str, str], device: Device, last: int, now: datetime
) -> Device:
    """The device in its new location, with the credentials that it was registered with. `last`: the newest version that it was given."""
    sealed = encryption.encrypt_at_rest(reach, device.organization, bound_to(device.id), json.dumps(dict(own)).encode()) if own else None
    version = max(device.config_version, last) + 1
    named = device.changed(name=wanted.name or factory_name(device.model or "", wanted.sn))
    return named.in_location(location.id, version, now, local_suite=wanted.local_suite, sealed=sealed)
