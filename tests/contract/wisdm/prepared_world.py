"""The world in which every test of this API starts: created once a process and restored before each test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import time_machine

from tests.contract.wisdm.console import Console
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.aws import read_secrets, restore, snapshot
from tests.harness.fleet import Fleet

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
"""When it was created, when its gateways last reported, and when each test begins."""


@dataclass(frozen=True)
class World:
    """Two empty tenants, one with gateways, and two consoles of a tenant: without an authenticator and with one."""

    tenant: Tenant
    other_tenant: Tenant
    gateways: TenantWithGateways
    console: Console
    guarded_console: Console


@cache
def _prepare() -> tuple[World, dict[str, Any]]:
    """Create the world and a snapshot of the tables."""
    read_secrets()
    with time_machine.travel(NOW, tick=False):
        fleet = Fleet()
        console = Console.open(fleet)
        world = World(
            tenant=Tenant.of(fleet),
            other_tenant=Tenant.of(fleet),
            gateways=TenantWithGateways.with_gateways(fleet),
            console=console,
            guarded_console=Console.open(fleet, totp=True),
        )
    return world, snapshot()


def fresh_world() -> World:
    """A copy of the world, with the tables restored."""
    world, tables = _prepare()
    restore(tables)
    return world
