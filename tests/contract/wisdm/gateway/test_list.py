"""GET /v4/location/{locationId}/gateways (wisdm.md 4.1)."""

from __future__ import annotations

import uuid

from functions.wisdm.gateway import list as list_gateways
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call


def list_of(tenant: Tenant, location: str, key: str | None = None) -> Response:
    return call(list_gateways.handler, {"locationId": location}, key=key or tenant.key)


def test_a_location_without_gateways_has_an_empty_list(tenant: Tenant) -> None:
    assert list_of(tenant, tenant.location().id).json == {"total": 0, "gateways": []}


def test_shows_who_and_how_a_gateway_is(tenant: Tenant) -> None:
    location = tenant.location()
    card = tenant.gateway(location)
    assert list_of(tenant, location.id).json == {
        "total": 1,
        "gateways": [
            {"sn": card.sn, "eui": card.eui, "name": card.name, "model": card.model, "mac": card.mac,
             "status": "PROVISIONING", "lastDyingGasp": "None"}
        ],
    }  # fmt: skip


def test_is_ordered_by_serial_number(tenant: Tenant) -> None:
    location = tenant.location()
    for sn in ("GWB0001", "GWA0002", "GWA00021", "GWA0001"):
        tenant.gateway(location, tenant.fleet.hardware(sn=sn))
    assert [one["sn"] for one in list_of(tenant, location.id).json["gateways"]] == ["GWA0001", "GWA0002", "GWA00021", "GWB0001"]


def test_lists_more_than_a_page_of_the_other_lists(gateways: TenantWithGateways) -> None:
    for _ in range(9):
        gateways.gateway(gateways.place)
    answer = list_of(gateways, gateways.place.id).json
    assert answer["total"] == len(answer["gateways"]) == 12


def test_a_gateway_is_online_offline_or_provisioning(gateways: TenantWithGateways) -> None:
    shown = {one["sn"]: one["status"] for one in list_of(gateways, gateways.place.id).json["gateways"]}
    assert shown == {gateways.online.sn: "ONLINE", gateways.offline.sn: "OFFLINE", gateways.provisioning.sn: "PROVISIONING"}


def test_a_dying_gasp_shows_its_time_and_means_offline(gateways: TenantWithGateways) -> None:
    gateways.fleet.report(gateways.online, "gasp", {"at": "2026-01-03T22:14:05Z"}, seq=2)
    (shown,) = (one for one in list_of(gateways, gateways.place.id).json["gateways"] if one["sn"] == gateways.online.sn)
    assert (shown["lastDyingGasp"], shown["status"]) == ("2026-01-03T22:14:05Z", "OFFLINE")


def test_shows_no_reported_section(gateways: TenantWithGateways) -> None:
    gateways.fleet.report(gateways.online, "status", {"system": {"cpu": 3}}, seq=2)
    assert not [one for one in list_of(gateways, gateways.place.id).json["gateways"] if "system" in one]


def test_shows_only_gateways_of_the_location(gateways: TenantWithGateways) -> None:
    gateways.gateway()
    assert list_of(gateways, gateways.location().id).json["total"] == 0


def test_takes_the_location_in_any_case(gateways: TenantWithGateways) -> None:
    assert list_of(gateways, gateways.place.id.upper()).json["total"] == 3


def test_another_organizations_location_is_as_unknown_as_any(tenant: Tenant, gateways: TenantWithGateways) -> None:
    foreign = list_of(tenant, gateways.place.id)
    assert refusal_message(foreign, 404) == "Location not found"
    assert foreign.content == list_of(tenant, str(uuid.uuid4())).content


def test_a_limited_key_reads_its_location_alone(gateways: TenantWithGateways) -> None:
    assert list_of(gateways, gateways.place.id, gateways.key_of_place).status == 200
    assert refusal_message(list_of(gateways, gateways.place.id, gateways.key_of_elsewhere), 403) == "Action is not allowed"


def test_a_malformed_location_is_bad(tenant: Tenant) -> None:
    for id in ("1", "4fed110b-461b-4815-8bfc-4866b3b74c2", "4fed110b-461b-4815-8bfc-4866b3b74c2g"):
        assert invalid_fields(list_of(tenant, id)) == ["locationId"], id
