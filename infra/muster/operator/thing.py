"""Provision a thing under its TUID, and set its installation status."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from fleet.access import EVERYWHERE
from fleet.alerts import install as installation
from fleet.aws.reads import fetch
from fleet.errors import Conflict, Problem
from fleet.lifecycle import provision as provisioning
from fleet.registry.device import Device, Installation
from fleet.registry.gateways import Gateways
from fleet.registry.thing import TUID, Thing, ThingKind
from fleet.registry.things import Things
from muster.operator import device, gateway, organization, rules

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
    organization or kind, the gateway `sn` is not the organization's or already has a TUID, or the organization is disabled.
    """
    _check(request)
    owner = organization.find_active(request.organization).id
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


def install(tuid: str, status: Installation) -> Device:
    """Set a thing's installation status; its history names the operator. Nothing changes when it has this status.

    Raises NoDevice, and Retired for one that is retired.
    """
    found = device.find({"tuid": tuid})
    device.demand_shown(found)
    if found.thingsee and found.thingsee.status == status:
        return found
    installation.install(EVERYWHERE, Thing.of(found), status, organization.OPERATOR, datetime.now(UTC))
    return device.find({"tuid": tuid})


def _check(request: ThingRequest) -> None:
    rules.demand(
        rules.pattern("tuid", request.tuid, TUID.pattern, "must have 6 to 32 upper-case letters and digits"),
        rules.among("kind", request.kind, get_args(ThingKind)),
        Problem(("sn",), "is for gateways only") if request.sn and request.kind == "sensor" else None,
    )


def _sensor(request: ThingRequest, owner: str) -> ProvisionedThing:
    provisioning.create_sensor(EVERYWHERE, owner, request.tuid, datetime.now(UTC))
    return ProvisionedThing(request.tuid, request.kind, owner, None, False)


def _gateway(request: ThingRequest, owner: str, sn: str) -> ProvisionedThing:
    """A new Thingsee gateway. It has no EUI or MAC of its own: locally administered ones are derived from the TUID."""
    digits = hashlib.sha256(sn.encode()).hexdigest()
    mac = ":".join(f"02{digits[:10]}"[place : place + 2] for place in range(0, 12, 2))
    asked = gateway.GatewayRequest(sn=sn, eui=f"02{digits[:14]}", model=sn[:_MODEL], mac=mac, organization=owner)
    return ProvisionedThing(request.tuid, request.kind, owner, sn, False, gateway.provision(asked, request.tuid))


def _adopt(request: ThingRequest, owner: str, sn: str) -> ProvisionedThing:
    """An existing gateway. Its last connection state also applies to the thing."""
    known = fetch(EVERYWHERE, Gateways.by_sn(sn).optional())
    if known is None or known.card.organization != owner:
        raise Conflict(f"The organization has no gateway {sn}: provision it with `muster gateway provision --organization …` first")
    provisioning.give_tuid(EVERYWHERE, known, request.tuid, datetime.now(UTC))
    return ProvisionedThing(request.tuid, request.kind, owner, sn, False)
