"""GET /v4/organization (contract, 3.2)."""

from __future__ import annotations

from fleet.ids import to_uuid
from functions.wisdm.organization import get
from tests.contract.wisdm.tenant import Tenant, refused, remove
from tests.harness.call import call


def test_shows_id_and_name(tenant: Tenant) -> None:
    answer = call(get.handler, key=tenant.key)
    assert answer.json == {"id": to_uuid(tenant.organization.id), "name": tenant.organization.name}


def test_shows_the_organization_of_the_key(tenant: Tenant) -> None:
    other = Tenant.of(tenant.fleet)
    assert call(get.handler, key=other.key).json["name"] == other.organization.name


def test_a_key_limited_to_locations_may_read_it(tenant: Tenant) -> None:
    assert call(get.handler, key=tenant.limited(tenant.location())).status == 200


def test_a_removed_organization_is_not_found(tenant: Tenant) -> None:
    remove((f"ORG#{tenant.organization.id}", "ORG"))
    assert refused(call(get.handler, key=tenant.key), 404) == "Organization not found"
