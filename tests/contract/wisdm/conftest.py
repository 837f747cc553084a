"""Fixtures: the tenants of the kept world, as it was made. Every test begins at its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.contract.wisdm.console import Console
from tests.contract.wisdm.prepared_world import NOW, World, fresh
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.interference import pending_interference


@pytest.fixture(autouse=True)
def _interference() -> Iterator[None]:
    with pending_interference():
        yield


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """The time at which a test begins; it goes on from there."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def world(cloud: dict[str, str]) -> World:
    return fresh()


@pytest.fixture
def tenant(world: World) -> Tenant:
    """A tenant that has nothing but its key."""
    return world.tenant


@pytest.fixture
def other_tenant(world: World) -> Tenant:
    """Another one, to whom nothing of the other tenants is to be seen."""
    return world.other_tenant


@pytest.fixture
def gateways(world: World) -> TenantWithGateways:
    """A tenant with a gateway in each state."""
    return world.gateways


@pytest.fixture
def console(world: World) -> Console:
    """The console of an administrator who signs in with a password alone."""
    return world.console.copied()


@pytest.fixture
def guarded_console(world: World) -> Console:
    """The console of an administrator who has an authenticator."""
    return world.guarded_console.copied()
