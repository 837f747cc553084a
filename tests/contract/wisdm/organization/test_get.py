"""GET /v4/organization (wisdm.md 3.2)."""

from __future__ import annotations

from fleet.ids import to_uuid
from functions.wisdm.organization import get
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.stored import remove
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import call


def test_shows_id_and_name_of_the_keys_organization(tenant: Tenant, other_tenant: Tenant) -> None:
    assert tenant.organization.name != other_tenant.organization.name
    for each in (tenant, other_tenant):
        answer = call(get.handler, key=each.key)
        assert answer.json == {"id": to_uuid(each.organization.id), "name": each.organization.name}


def test_every_key_may_read_it(gateways: TenantWithGateways) -> None:
    for key in (gateways.reader, gateways.key_of_place):
        assert call(get.handler, key=key).status == 200


def test_a_removed_organization_is_not_found(tenant: Tenant) -> None:
    remove((f"ORG#{tenant.organization.id}", "ORG"))
    assert refusal_message(call(get.handler, key=tenant.key), 404) == "Organization not found"
