"""Fixtures: a tenant with things and another one, as they were before every test."""

from __future__ import annotations

import pytest

from tests.contract.thingsee.tenant import Tenant, Tenants


@pytest.fixture
def tenants(cloud: dict[str, str]) -> Tenants:
    return Tenants.fresh()


@pytest.fixture
def tenant(tenants: Tenants) -> Tenant:
    """An organization with things, and its client. It has no groups."""
    return tenants.tenant


@pytest.fixture
def other(tenants: Tenants) -> Tenant:
    """Another organization, with a client of its own."""
    return tenants.other


@pytest.fixture
def sensor(tenants: Tenants) -> str:
    """The TUID of the tenant's sensor that nobody has heard."""
    return tenants.sensor


@pytest.fixture
def heard(tenants: Tenants) -> str:
    """The TUID of the tenant's sensor that its gateway has heard."""
    return tenants.heard


@pytest.fixture
def gateway(tenants: Tenants) -> str:
    """The TUID of the tenant's gateway."""
    return tenants.gateway


@pytest.fixture
def theirs(tenants: Tenants) -> str:
    """The TUID of the other tenant's sensor, which is in its group `theirs`."""
    return tenants.theirs
