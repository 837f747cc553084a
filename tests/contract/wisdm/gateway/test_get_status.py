"""GET /v4/gateway/{sn}/status (wisdm.md 5.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine

from fleet.access import EVERYWHERE
from fleet.registry import reveal_secrets
from fleet.tenancy import encryption
from functions.wisdm.gateway import get_status
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import restored_after_each
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call

SECTIONS: dict[str, Any] = {
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "gps": {"state": "GPS_FIX", "satellites_number": 9, "longitude": 24.94, "latitude": 60.17},
    "network": {"lan": {"subnet": "192.168.230.1/24", "ethernet": {"enabled": False}}, "wan": {"active": "NONE"}},
    "lora": {"activeNodes": 41, "txPackets": 118, "rxPackets": 20931},
    "storage": {"healthy": True, "total": 15185, "free": 14900, "used_percent": 1},
}


def read(tenant: Tenant, sn: str, key: str | None = None) -> Response:
    return call(get_status.handler, {"sn": sn}, key=key or tenant.key)


def test_shows_identity_and_every_reported_section(gateways: TenantWithGateways) -> None:
    card = gateways.online
    gateways.fleet.report(card, "status", SECTIONS, seq=2)
    identity = {name: getattr(card, name) for name in ("sn", "eui", "name", "model", "mac")}
    assert read(gateways, card.sn).json == {**identity, "status": "ONLINE", "lastDyingGasp": "None", **SECTIONS}


def test_a_section_that_was_never_reported_is_left_out(gateways: TenantWithGateways) -> None:
    card = gateways.online
    for name in restored_after_each(SECTIONS):
        gateways.fleet.report(card, "status", {section: value for section, value in SECTIONS.items() if section != name})
        assert set(read(gateways, card.sn).json) & set(SECTIONS) == set(SECTIONS) - {name}


def test_a_gateway_that_reported_nothing_shows_who_it_is_alone(gateways: TenantWithGateways) -> None:
    card = gateways.provisioning
    identity = {name: getattr(card, name) for name in ("sn", "eui", "name", "model", "mac")}
    assert read(gateways, card.sn).json == {**identity, "status": "PROVISIONING", "lastDyingGasp": "None"}


def test_a_dying_gasp_shows_its_time_and_means_offline(gateways: TenantWithGateways) -> None:
    gateways.fleet.report(gateways.online, "gasp", {"at": "2026-01-03T22:14:05Z"}, seq=2)
    answer = read(gateways, gateways.online.sn).json
    assert (answer["lastDyingGasp"], answer["status"]) == ("2026-01-03T22:14:05Z", "OFFLINE")


def test_the_wifi_key_is_kept_sealed_and_shown_plain(gateways: TenantWithGateways) -> None:
    card = gateways.online
    sealed = encryption.encrypt_at_rest(EVERYWHERE, card.organization, reveal_secrets.bound_to(card.sn), b"blue-anchor-7")
    gateways.fleet.report(card, "status", {"network": {"lan": {"wifi": {"ssid": "pier-ap", "key": {"sealed": sealed}}}}})
    assert read(gateways, card.sn).json["network"]["lan"]["wifi"] == {"ssid": "pier-ap", "key": "blue-anchor-7"}


def test_provisioning_until_the_configuration_is_applied(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location(), config_version=2)
    tenant.fleet.report(card, "hello", {"applied": 1})
    assert read(tenant, card.sn).json["status"] == "PROVISIONING"


def test_either_report_of_the_version_ends_provisioning(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location(), config_version=2)
    for section in restored_after_each(("hello", "config")):
        tenant.fleet.report(card, section, {"applied": 2})
        assert read(tenant, card.sn).json["status"] == "ONLINE", section


def test_silence_means_offline_after_25_minutes(gateways: TenantWithGateways) -> None:
    for minutes, status in ((24, "ONLINE"), (25, "ONLINE"), (26, "OFFLINE")):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            assert read(gateways, gateways.online.sn).json["status"] == status, minutes


def test_an_offline_gateway_shows_what_it_reported_last(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location())
    tenant.fleet.report(card, "status", SECTIONS)
    tenant.fleet.offline(card)
    answer = read(tenant, card.sn).json
    assert (answer["status"], answer["system"]) == ("OFFLINE", SECTIONS["system"])


def test_the_newest_report_counts(gateways: TenantWithGateways) -> None:
    card = gateways.offline
    gateways.fleet.report(card, "status", {"system": {"cpu": 2}}, seq=2)
    gateways.fleet.report(card, "status", {"system": {"cpu": 1}}, seq=1)
    assert read(gateways, card.sn).json["system"] == {"cpu": 2}


def test_takes_the_serial_number_in_any_case_and_answers_upper_case(tenant: Tenant) -> None:
    card = tenant.gateway(hardware=tenant.fleet.hardware(sn="GWABC001"))
    assert read(tenant, "gwAbc001").json["sn"] == card.sn == "GWABC001"


def test_another_organizations_gateway_is_as_unknown_as_any(tenant: Tenant, gateways: TenantWithGateways) -> None:
    foreign = read(tenant, gateways.online.sn)
    assert refusal_message(foreign, 404) == "Gateway not found"
    assert foreign.content == read(tenant, "GW999999").content


def test_a_gateway_that_nobody_owns_is_not_found(gateways: TenantWithGateways) -> None:
    refusal_message(read(gateways, gateways.spare.sn), 404)


def test_a_gateway_without_a_location_is_seen_by_an_unlimited_key_alone(gateways: TenantWithGateways) -> None:
    card = gateways.gateway()
    assert read(gateways, card.sn).status == 200
    assert refusal_message(read(gateways, card.sn, gateways.key_of_place), 403) == "Action is not allowed"


def test_a_limited_key_reads_the_gateways_of_its_locations_alone(gateways: TenantWithGateways) -> None:
    both = gateways.limited_key(gateways.place, gateways.location())
    assert [read(gateways, gateways.online.sn, key).status for key in (gateways.key_of_place, both)] == [200, 200]
    assert refusal_message(read(gateways, gateways.online.sn, gateways.key_of_elsewhere), 403) == "Action is not allowed"


def test_a_malformed_serial_number_is_bad(tenant: Tenant) -> None:
    for sn in ("GW123", "x" * 33, "GW-12345", "GW 12345", "GW12345\n", "GWé12345"):
        assert invalid_fields(read(tenant, sn)) == ["sn"], ascii(sn)
