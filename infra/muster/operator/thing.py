"""Provision a thing under its TUID."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from fleet.access import EVERYWHERE
from fleet.alerts import track
from fleet.aws.reads import fetch
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Conflict, NotFound, Problem
from fleet.ids import new_id
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from fleet.registry.group import unassigned
from fleet.registry.groups import Groups
from fleet.registry.thing import TUID, InstallationEntry, Thing, ThingKind
from fleet.registry.things import Things
from muster.operator import gateway, organization, rules

FACTORY = "factory"
"""The responsible party of a thing's first installation status (thingsee.md 5.1)."""
_MODEL = 6
"""How many leading characters of a TUID are the model's code (thingsee.md 1.3)."""


@dataclass(frozen=True)
class ThingRequest:
    """The thing to provision. `sn` names an existing gateway of the organization, which gets this TUID."""

    tuid: str
    organization: str
    kind: ThingKind
    sn: str | None = None


@dataclass(frozen=True)
class ProvisionedThing:
    """A thing. `gateway` is what to install on a new gateway, shown once; `repeated`: it existed before and nothing has changed."""

    tuid: str
    kind: ThingKind
    organization: str
    sn: str | None
    repeated: bool
    gateway: gateway.ProvisionedGateway | None = None


def provision(request: ThingRequest) -> ProvisionedThing:
    """Provision a thing with status `new` and group `unassigned`. A gateway also gets a factory record, keys and a queue.

    Idempotent. Raises Invalid for options that break a rule, NoOrganization, and Conflict when the TUID belongs to another
    organization or kind, or the gateway `sn` is not the organization's or already has a TUID.
    """
    _check(request)
    owner = organization.find(request.organization).id
    sn = request.sn.upper() if request.sn else request.tuid if request.kind == "gateway" else None
    if thing := fetch(EVERYWHERE, Things.by_tuid(request.tuid).optional()):
        if (thing.organization, thing.kind, thing.sn) != (owner, request.kind, sn):
            raise Conflict(
                f"Thing {request.tuid} is already provisioned with other values: check the organization, the kind and the serial number"
            )
        return ProvisionedThing(request.tuid, request.kind, owner, sn, True)
    if sn and request.sn:
        return _adopt(request, owner, sn)
    return _sensor(request, owner) if sn is None else _gateway(request, owner, sn)


def _check(request: ThingRequest) -> None:
    rules.demand(
        rules.pattern("tuid", request.tuid, TUID.pattern, "must have 6 to 32 upper-case letters and digits"),
        rules.among("kind", request.kind, get_args(ThingKind)),
        Problem(("sn",), "is for gateways only") if request.sn and request.kind == "sensor" else None,
    )


def _sensor(request: ThingRequest, owner: str) -> ProvisionedThing:
    now = datetime.now(UTC)
    device = Device(id=new_id(), organization=owner, kind="sensor", name=request.tuid, tuid=request.tuid, created=now, modified=now)
    try:
        transact([*Devices.store_writes(EVERYWHERE, device), *_writes(_thing(request, owner, device.id, None))])
    except Refused:
        raise _conflict(request) from None
    return ProvisionedThing(request.tuid, request.kind, owner, None, False)


def _gateway(request: ThingRequest, owner: str, sn: str) -> ProvisionedThing:
    """A new Thingsee gateway. It has no EUI or MAC of its own: locally administered ones are derived from the TUID."""
    digits = hashlib.sha256(sn.encode()).hexdigest()
    mac = ":".join(f"02{digits[:10]}"[place : place + 2] for place in range(0, 12, 2))
    asked = gateway.GatewayRequest(sn=sn, eui=f"02{digits[:14]}", model=sn[:_MODEL], mac=mac, organization=owner)
    made = gateway.provision(asked, lambda card: _writes(_thing(request, owner, card.id, card.sn)), tuid=request.tuid)
    return ProvisionedThing(request.tuid, request.kind, owner, sn, False, made)


def _adopt(request: ThingRequest, owner: str, sn: str) -> ProvisionedThing:
    """An existing gateway. Its last connection state also applies to the thing."""
    try:
        known = fetch(EVERYWHERE, Gateways.by_sn(sn))
    except NotFound:
        known = None
    if known is None or known.card.organization != owner:
        raise Conflict(f"The organization has no gateway {sn}: provision it with `muster gateway provision --organization …` first")
    device = fetch(EVERYWHERE, Devices.by_id(known.card.id)).next(tuid=request.tuid, modified=datetime.now(UTC))
    thing = _thing(request, owner, known.card.id, sn)
    try:
        transact([*Devices.store_writes(EVERYWHERE, device), *_writes(thing), *track.initial_writes(EVERYWHERE, thing, known)])
    except Refused:
        raise _conflict(request) from None
    return ProvisionedThing(request.tuid, request.kind, owner, sn, False)


def _thing(request: ThingRequest, owner: str, id: str, sn: str | None) -> Thing:
    return Thing(id=id, organization=owner, tuid=request.tuid, kind=request.kind, sn=sn, group=unassigned(owner))


def _writes(thing: Thing) -> list[Write]:
    first = InstallationEntry(tuid=thing.tuid, status="new", at=datetime.now(UTC), responsible=FACTORY)
    return [*Things.create_writes(EVERYWHERE, thing, first), *Groups.move_writes(EVERYWHERE, thing, None, thing.group)]


def _conflict(request: ThingRequest) -> Conflict:
    return Conflict(f"Thing {request.tuid} was provisioned meanwhile, or its gateway has another TUID already")
