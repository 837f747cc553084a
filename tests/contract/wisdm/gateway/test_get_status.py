"""GET /v4/gateway/{sn}/status (contract, 5.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.registry import reveal_secrets
from fleet.tenancy import sealing
from functions.wisdm.gateway import get_status
from tests.contract.wisdm.tenant import Tenant, failing, refused
from tests.harness.call import Answered, call

SECTIONS: dict[str, Any] = {
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "gps": {"state": "GPS_FIX", "satellites_number": 9, "longitude": 24.94, "latitude": 60.17},
    "network": {"lan": {"subnet": "192.168.230.1/24", "ethernet": {"enabled": False}}, "wan": {"active": "NONE"}},
    "lora": {"activeNodes": 41, "txPackets": 118, "rxPackets": 20931},
    "storage": {"healthy": True, "total": 15185, "free": 14900, "used_percent": 1},
}


def read(tenant: Tenant, sn: str, key: str | None = None) -> Answered:
    return call(get_status.handler, {"sn": sn}, key=key or tenant.key)


def test_shows_identity_and_every_reported_section(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location())
    tenant.fleet.online(card)
    tenant.fleet.reports(card, "status", SECTIONS, seq=2)
    identity = {name: getattr(card, name) for name in ("sn", "eui", "name", "model", "mac")}
    assert read(tenant, card.sn).json == {**identity, "status": "ONLINE", "lastDyingGasp": "None", **SECTIONS}


@pytest.mark.parametrize("name", SECTIONS, ids=str)
def test_a_section_that_was_never_reported_is_left_out(tenant: Tenant, name: str) -> None:
    card = tenant.gateway()
    tenant.fleet.reports(card, "status", {section: value for section, value in SECTIONS.items() if section != name})
    assert set(read(tenant, card.sn).json) & set(SECTIONS) == set(SECTIONS) - {name}


def test_the_wifi_key_is_kept_sealed_and_shown_plain(tenant: Tenant) -> None:
    card = tenant.gateway()
    sealed = sealing.seal(EVERYWHERE, card.organization, reveal_secrets.sealed_in(card.sn), b"blue-anchor-7")
    tenant.fleet.reports(card, "status", {"network": {"lan": {"wifi": {"ssid": "pier-ap", "key": {"sealed": sealed}}}}})
    assert read(tenant, card.sn).json["network"]["lan"]["wifi"] == {"ssid": "pier-ap", "key": "blue-anchor-7"}


def test_provisioning_until_the_configuration_is_applied(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location(), config_version=2)
    tenant.fleet.reports(card, "hello", {"applied": 1})
    assert read(tenant, card.sn).json["status"] == "PROVISIONING"


@pytest.mark.parametrize("section", ["hello", "config"])
def test_either_report_of_the_version_ends_provisioning(tenant: Tenant, section: str) -> None:
    card = tenant.gateway(tenant.location(), config_version=2)
    tenant.fleet.reports(card, section, {"applied": 2})
    assert read(tenant, card.sn).json["status"] == "ONLINE"


@pytest.mark.parametrize(("minutes", "status"), [(24, "ONLINE"), (26, "OFFLINE")], ids=["24", "26"])
def test_silence_means_offline_after_25_minutes(tenant: Tenant, minutes: int, status: str) -> None:
    card = tenant.gateway(tenant.location())
    tenant.fleet.online(card)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes), tick=False):
        assert read(tenant, card.sn).json["status"] == status


def test_an_offline_gateway_shows_what_it_reported_last(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location())
    tenant.fleet.reports(card, "status", SECTIONS)
    tenant.fleet.offline(card)
    answer = read(tenant, card.sn).json
    assert (answer["status"], answer["system"]) == ("OFFLINE", SECTIONS["system"])


def test_the_newest_report_counts(tenant: Tenant) -> None:
    card = tenant.gateway()
    tenant.fleet.reports(card, "status", {"system": {"cpu": 2}}, seq=2)
    tenant.fleet.reports(card, "status", {"system": {"cpu": 1}}, seq=1)
    assert read(tenant, card.sn).json["system"] == {"cpu": 2}


def test_takes_the_serial_number_in_any_case_and_answers_upper_case(tenant: Tenant) -> None:
    card = tenant.gateway(box=tenant.fleet.box(sn="GWABC001"))
    assert read(tenant, "gwAbc001").json["sn"] == card.sn == "GWABC001"


def test_another_organizations_gateway_is_as_unknown_as_any(tenant: Tenant) -> None:
    foreign = read(tenant, Tenant.of(tenant.fleet).gateway().sn)
    assert refused(foreign, 404) == "Gateway not found"
    assert foreign.content == read(tenant, "GW999999").content


def test_a_gateway_that_nobody_owns_is_not_found(tenant: Tenant) -> None:
    refused(read(tenant, tenant.fleet.box().sn), 404)


def test_a_gateway_without_a_location_is_seen_by_an_unlimited_key(tenant: Tenant) -> None:
    assert read(tenant, tenant.gateway().sn).status == 200


def test_a_gateway_without_a_location_is_closed_to_a_limited_key(tenant: Tenant) -> None:
    key = tenant.limited(tenant.location())
    assert refused(read(tenant, tenant.gateway().sn, key), 403) == "Action is not allowed"


def test_a_gateway_of_another_location_is_closed_to_a_limited_key(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location())
    assert refused(read(tenant, card.sn, tenant.limited(tenant.location())), 403) == "Action is not allowed"


def test_a_limited_key_reads_the_gateways_of_its_locations(tenant: Tenant) -> None:
    location = tenant.location()
    assert read(tenant, tenant.gateway(location).sn, tenant.limited(location, tenant.location())).status == 200


@pytest.mark.parametrize("sn", ["GW123", "x" * 33, "GW-12345", "GW 12345", "GW12345\n", "GWé12345"], ids=ascii)
def test_a_malformed_serial_number_is_bad(tenant: Tenant, sn: str) -> None:
    assert failing(read(tenant, sn)) == ["sn"]
