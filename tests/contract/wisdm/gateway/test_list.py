"""GET /v4/location/{locationId}/gateways (contract, 4.1)."""

from __future__ import annotations

import uuid

import pytest

from functions.wisdm.gateway import list as list_gateways
from tests.contract.wisdm.tenant import Tenant, failing, refused
from tests.harness.call import Answered, call


def listed(tenant: Tenant, location: str, key: str | None = None) -> Answered:
    return call(list_gateways.handler, {"locationId": location}, key=key or tenant.key)


def test_a_location_without_gateways_has_an_empty_list(tenant: Tenant) -> None:
    assert listed(tenant, tenant.location().id).json == {"total": 0, "gateways": []}


def test_shows_who_and_how_a_gateway_is(tenant: Tenant) -> None:
    location = tenant.location()
    card = tenant.gateway(location)
    assert listed(tenant, location.id).json == {
        "total": 1,
        "gateways": [
            {"sn": card.sn, "eui": card.eui, "name": card.name, "model": card.model, "mac": card.mac,
             "status": "PROVISIONING", "lastDyingGasp": "None"}
        ],
    }  # fmt: skip


def test_is_ordered_by_serial_number(tenant: Tenant) -> None:
    location = tenant.location()
    for sn in ("GWB0001", "GWA0002", "GWA00021", "GWA0001"):
        tenant.gateway(location, tenant.fleet.box(sn=sn))
    assert [one["sn"] for one in listed(tenant, location.id).json["gateways"]] == ["GWA0001", "GWA0002", "GWA00021", "GWB0001"]


def test_lists_more_than_a_page(tenant: Tenant) -> None:
    location = tenant.location()
    cards = [tenant.gateway(location) for _ in range(12)]
    assert listed(tenant, location.id).json["total"] == len(cards)


def test_a_gateway_that_applied_its_configuration_is_online(tenant: Tenant) -> None:
    location = tenant.location()
    tenant.fleet.online(tenant.gateway(location))
    assert listed(tenant, location.id).json["gateways"][0]["status"] == "ONLINE"


def test_a_gateway_that_left_is_offline(tenant: Tenant) -> None:
    location = tenant.location()
    tenant.fleet.offline(tenant.gateway(location))
    assert listed(tenant, location.id).json["gateways"][0]["status"] == "OFFLINE"


def test_a_dying_gasp_shows_its_time_and_means_offline(tenant: Tenant) -> None:
    location = tenant.location()
    card = tenant.gateway(location)
    tenant.fleet.online(card)
    tenant.fleet.reports(card, "gasp", {"at": "2026-01-03T22:14:05Z"}, seq=2)
    shown = listed(tenant, location.id).json["gateways"][0]
    assert (shown["lastDyingGasp"], shown["status"]) == ("2026-01-03T22:14:05Z", "OFFLINE")


def test_shows_no_reported_section(tenant: Tenant) -> None:
    location = tenant.location()
    tenant.fleet.reports(tenant.gateway(location), "status", {"system": {"cpu": 3}})
    assert "system" not in listed(tenant, location.id).json["gateways"][0]


def test_shows_only_gateways_of_the_location(tenant: Tenant) -> None:
    location = tenant.location()
    tenant.gateway(tenant.location())
    tenant.gateway()
    assert listed(tenant, location.id).json["total"] == 0


def test_takes_the_location_in_any_case(tenant: Tenant) -> None:
    assert listed(tenant, tenant.location().id.upper()).status == 200


def test_another_organizations_location_is_as_unknown_as_any(tenant: Tenant) -> None:
    foreign = listed(tenant, Tenant.of(tenant.fleet).location().id)
    assert refused(foreign, 404) == "Location not found"
    assert foreign.content == listed(tenant, str(uuid.uuid4())).content


def test_a_limited_key_reads_its_location(tenant: Tenant) -> None:
    location = tenant.location()
    assert listed(tenant, location.id, tenant.limited(location)).status == 200


def test_a_limited_key_may_not_read_another_location(tenant: Tenant) -> None:
    key = tenant.limited(tenant.location())
    assert refused(listed(tenant, tenant.location().id, key), 403) == "Action is not allowed"


@pytest.mark.parametrize("id", ["1", "4fed110b-461b-4815-8bfc-4866b3b74c2", "4fed110b-461b-4815-8bfc-4866b3b74c2g"], ids=str)
def test_a_malformed_location_is_bad(tenant: Tenant, id: str) -> None:
    assert failing(listed(tenant, id)) == ["locationId"]
