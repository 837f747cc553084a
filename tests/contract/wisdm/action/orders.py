"""Orders to gateways, and their stored actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands.command import Command, OrderKind
from fleet.commands.commands import Commands
from fleet.registry.gateway import Card
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call


def give(entry: Entry, tenant: Tenant, card: Card, body: Any = None, after: float = 0, key: str | None = None) -> Response:
    """Call the route `after` seconds after NOW."""
    with time_machine.travel(NOW + timedelta(seconds=after), tick=False):
        return call(entry, {"sn": card.sn}, key=key or tenant.key, body=body)


@dataclass(frozen=True)
class Order:
    """A stored order: PENDING until it has an outcome, then DONE or FAILED."""

    id: str
    kind: str
    requested: datetime
    version: str | None
    state: str


def stored(card: Card, kind: OrderKind) -> Command | None:
    return fetch(EVERYWHERE, Commands.earlier(kind, card.sn)).newest


def latest(card: Card, kind: OrderKind) -> Order:
    """The newest order of its kind."""
    command = stored(card, kind)
    assert command
    state = "PENDING" if command.open else command.state.upper()
    return Order(command.id, command.kind, command.accepted, command.payload.get("version"), state)


def none_of(card: Card, kind: OrderKind) -> bool:
    return stored(card, kind) is None


def acknowledge(card: Card, kind: OrderKind) -> None:
    """Deliver the gateway's result that the order was carried out."""
    command = stored(card, kind)
    assert command
    assert Commands.finish(EVERYWHERE, command, "done", "")


def another_gateway(tenant: TenantWithGateways, **fields: Any) -> Card:
    """Another gateway that is online at NOW."""
    hardware = tenant.fleet.hardware(**fields)
    with time_machine.travel(NOW, tick=False):
        card = tenant.gateway(tenant.place, hardware)
        tenant.fleet.online(card)
    return card
