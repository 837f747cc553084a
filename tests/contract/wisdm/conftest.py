"""Fixtures: the tenants of the prepared world. Every test begins at its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.contract.wisdm.console import Console
from tests.contract.wisdm.prepared_world import NOW, World, fresh_world
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.interference import pending_interference


@pytest.fixture(autouse=True)
def _interference() -> Iterator[None]:
    with pending_interference():
        yield


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """A running clock that starts at the world's time."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def world(cloud: dict[str, str]) -> World:
    return fresh_world()


@pytest.fixture
def tenant(world: World) -> Tenant:
    """A tenant with nothing but a key."""
    return world.tenant


@pytest.fixture
def other_tenant(world: World) -> Tenant:
    """Another tenant, which must see nothing of the others."""
    return world.other_tenant


@pytest.fixture
def gateways(world: World) -> TenantWithGateways:
    """A tenant with a gateway in each state."""
    return world.gateways


@pytest.fixture
def console(world: World) -> Console:
    """The console of an administrator without an authenticator."""
    return world.console.with_own_codes()


@pytest.fixture
def guarded_console(world: World) -> Console:
    """The console of an administrator with an authenticator."""
    return world.guarded_console.with_own_codes()
