"""The world that every test of this API starts from: made once a process, and put back before each test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import time_machine

from fleet.aws.hashes import credential_hash
from tests.contract.wisdm.console import Console
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.aws import restore, snapshot
from tests.harness.fleet import Fleet

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
"""When it was made, when its gateways were heard last, and when each test begins."""


@dataclass(frozen=True)
class World:
    """Two bare tenants, one with gateways, and the consoles of a tenant: without an authenticator and with one."""

    tenant: Tenant
    other_tenant: Tenant
    gateways: TenantWithGateways
    console: Console
    guarded_console: Console


@cache
def _made() -> tuple[World, dict[str, Any]]:
    """The world, and what the tables hold of it."""
    credential_hash("")  # reads the secret of which hashes are made, as a container does once
    with time_machine.travel(NOW, tick=False):
        fleet = Fleet()
        console = Console.open(fleet)
        world = World(
            tenant=Tenant.of(fleet),
            other_tenant=Tenant.of(fleet),
            gateways=TenantWithGateways.furnished(fleet),
            console=console,
            guarded_console=Console.open(fleet, totp=True),
        )
    return world, snapshot()


def fresh() -> World:
    """The world as it was made, in the tables too."""
    world, tables = _made()
    restore(tables)
    return world
