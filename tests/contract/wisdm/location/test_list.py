"""GET /v4/organization/{organizationId}/locations (wisdm.md 3.3)."""

from __future__ import annotations

import uuid

from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.stored import remove
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call


def list_of(tenant: Tenant, key: str | None = None) -> Response:
    return call(list_locations.handler, tenant.path, key=key or tenant.key)


def test_an_organization_without_locations_has_an_empty_list(tenant: Tenant) -> None:
    assert list_of(tenant).json == {"total": 0, "locations": []}


def test_shows_id_and_name(tenant: Tenant) -> None:
    location = tenant.location(name="Harbour East")
    assert list_of(tenant).json == {"total": 1, "locations": [{"id": location.id, "name": "Harbour East"}]}


def test_is_ordered_by_name_without_regard_to_case(tenant: Tenant) -> None:
    for name in ("beta pier", "Gamma pier", "alpha pier", "Beta pier 2"):
        tenant.location(name=name)
    assert [one["name"] for one in list_of(tenant).json["locations"]] == ["alpha pier", "beta pier", "Beta pier 2", "Gamma pier"]


def test_total_is_the_length_of_the_list(tenant: Tenant) -> None:
    for _ in range(5):
        tenant.location()
    answer = list_of(tenant).json
    assert answer["total"] == len(answer["locations"]) == 5


def test_lists_every_work_mode(tenant: Tenant) -> None:
    tenant.location(work_mode="Packet forwarder", server=None)
    assert list_of(tenant).json["total"] == 1


def test_lists_no_location_of_another_organization(tenant: Tenant, gateways: TenantWithGateways) -> None:
    assert list_of(gateways).json["total"] > 0
    assert list_of(tenant).json["total"] == 0


def test_a_limited_key_sees_and_counts_only_its_locations(tenant: Tenant) -> None:
    seen, _ = tenant.location(name="seen"), tenant.location(name="hidden")
    assert list_of(tenant, tenant.limited_key(seen)).json == {"total": 1, "locations": [{"id": seen.id, "name": "seen"}]}


def test_a_key_whose_locations_are_all_gone_sees_none(tenant: Tenant) -> None:
    tenant.location()
    assert list_of(tenant, tenant.limited_key()).json == {"total": 0, "locations": []}


def test_takes_the_organization_in_any_case(tenant: Tenant) -> None:
    path = {"organizationId": tenant.path["organizationId"].upper()}
    assert call(list_locations.handler, path, key=tenant.key).status == 200


def test_a_malformed_organization_is_bad(tenant: Tenant) -> None:
    for id in ("x", "123", "4fed110b461b48158bfc4866b3b74c27", "{4fed110b-461b-4815-8bfc-4866b3b74c27}"):
        assert invalid_fields(call(list_locations.handler, {"organizationId": id}, key=tenant.key)) == ["organizationId"], id


def test_another_organization_is_as_unknown_as_any(tenant: Tenant, other_tenant: Tenant) -> None:
    foreign = call(list_locations.handler, other_tenant.path, key=tenant.key)
    unknown = call(list_locations.handler, {"organizationId": str(uuid.uuid4())}, key=tenant.key)
    assert refusal_message(foreign, 404)
    assert foreign.content == unknown.content


def test_a_removed_organization_is_not_found(tenant: Tenant) -> None:
    remove((f"ORG#{tenant.organization.id}", "ORG"))
    refusal_message(list_of(tenant), 404)
