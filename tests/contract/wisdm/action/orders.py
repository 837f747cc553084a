"""Orders to gateways, and their stored actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands.order import Order, OrderKind
from fleet.commands.orders import Orders
from fleet.registry.gateway import Card
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call


def give(entry: Entry, tenant: Tenant, card: Card, body: Any = None, after: float = 0, key: str | None = None) -> Response:
    """Call the route `after` seconds after NOW."""
    with time_machine.travel(NOW + timedelta(seconds=after), tick=False):
        return call(entry, {"sn": card.sn}, key=key or tenant.key, body=body)


def latest(card: Card, kind: OrderKind) -> Order:
    """The newest order of its kind."""
    action = fetch(EVERYWHERE, Orders.latest(card.sn, kind)).order
    assert action
    return action


def none_of(card: Card, kind: OrderKind) -> bool:
    return fetch(EVERYWHERE, Orders.latest(card.sn, kind)).order is None


def acknowledge(card: Card, kind: OrderKind) -> None:
    """Deliver the gateway's result that the order was carried out."""
    assert Orders.finish(EVERYWHERE, latest(card, kind), "DONE", "")


def another_gateway(tenant: TenantWithGateways, **fields: Any) -> Card:
    """Another gateway that is online at NOW."""
    hardware = tenant.fleet.hardware(**fields)
    with time_machine.travel(NOW, tick=False):
        card = tenant.gateway(tenant.place, hardware)
        tenant.fleet.online(card)
    return card
