"""Gateways that get orders, and what is kept and sent of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from edge.route import Entry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands.order import Action, Kind
from fleet.commands.orders import Actions
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import Answered, call
from tests.harness.fleet import Box

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


def online(tenant: Tenant, **fields: Any) -> Box:
    """A gateway that is online at NOW."""
    box = tenant.fleet.box(**fields)
    with time_machine.travel(NOW, tick=False):
        tenant.fleet.online(tenant.fleet.gateway(tenant.organization, tenant.location(), box))
    return box


def offline(tenant: Tenant) -> Box:
    """A gateway that has left before NOW."""
    box = tenant.fleet.box()
    with time_machine.travel(NOW, tick=False):
        tenant.fleet.offline(tenant.fleet.gateway(tenant.organization, tenant.location(), box))
    return box


def provisioning(tenant: Tenant) -> Box:
    """A gateway that has not applied its location's configuration."""
    box = tenant.fleet.box()
    with time_machine.travel(NOW, tick=False):
        tenant.fleet.gateway(tenant.organization, tenant.location(), box)
    return box


def give(entry: Entry, tenant: Tenant, box: Box, body: Any = None, after: float = 0, key: str | None = None) -> Answered:
    """Call the route so many seconds after NOW."""
    with time_machine.travel(NOW + timedelta(seconds=after), tick=False):
        return call(entry, {"sn": box.sn}, key=key or tenant.key, body=body)


def kept(box: Box, kind: Kind) -> Action | None:
    return fetch(EVERYWHERE, Actions.latest(box.sn, kind)).action


def acknowledged(box: Box, kind: Kind) -> None:
    """The gateway says that it did as it was told."""
    action = kept(box, kind)
    assert action
    assert Actions.finish(EVERYWHERE, action, "DONE", "")
