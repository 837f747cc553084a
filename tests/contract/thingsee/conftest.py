"""Fixtures: a tenant with things, and another one, restored for every test."""

from __future__ import annotations

import pytest

from tests.contract.thingsee.tenant import Tenant, Tenants


@pytest.fixture
def tenants(cloud: dict[str, str]) -> Tenants:
    return Tenants.fresh()


@pytest.fixture
def tenant(tenants: Tenants) -> Tenant:
    """An organization with things and a client, without groups."""
    return tenants.tenant


@pytest.fixture
def other_tenant(tenants: Tenants) -> Tenant:
    """Another organization with its own client."""
    return tenants.other


@pytest.fixture
def sensor(tenants: Tenants) -> str:
    """The TUID of the tenant's sensor that was never heard."""
    return tenants.sensor


@pytest.fixture
def heard_sensor(tenants: Tenants) -> str:
    """The TUID of the tenant's sensor that its gateway has heard."""
    return tenants.heard


@pytest.fixture
def gateway(tenants: Tenants) -> str:
    """The TUID of the tenant's gateway."""
    return tenants.gateway


@pytest.fixture
def other_sensor(tenants: Tenants) -> str:
    """The TUID of the other tenant's sensor, which is in its group `theirs`."""
    return tenants.theirs
