"""GET and POST /v4/gateway/{sn}/network/lan (contract, 8.0 and 8.2)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wisdm.network.get_lan import handler as get
from functions.wisdm.network.set_lan import handler as put
from tests.contract.wisdm.network.settings import WIFI, change, offline, online, provisioning, read, sealed
from tests.contract.wisdm.tenant import Tenant, failing, refused, rows, sent_to


@pytest.fixture
def tenant(standing: Tenant) -> Tenant:
    """One for all tests: each has a gateway of its own."""
    return standing


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in WIFI.items() if name not in names}


def wifi(tenant: Tenant, *changes: dict[str, Any]) -> Any:
    """The access point, after these changes one after the other."""
    card = online(tenant)
    tenant.fleet.configured(card, lan={"ethernet": {"enabled": True}, "wifi": {**WIFI, "key": sealed(card, "lan", "old-anchor-1")}})
    for each in changes:
        assert change(tenant, put, card, {"wifi": each}).status == 204
    return read(tenant, get, card).json["wifi"]


def test_is_as_the_gateway_reported_it_key_included(tenant: Tenant) -> None:
    card = offline(tenant)
    tenant.fleet.configured(card, lan={"ethernet": {"enabled": False}, "wifi": {**WIFI, "key": sealed(card, "lan", "blue-anchor-7")}})
    assert read(tenant, get, card).json == {"sn": card.sn, "ethernet": {"enabled": False}, "wifi": WIFI}


def test_the_sample_of_the_page(tenant: Tenant) -> None:
    sample = {"enabled": True, "ssid": "GW-LAN", "encryption": "WPA2-PSK", "key": "StrongKey123", "channel": "Auto", "hidden": False}
    card = online(tenant)
    assert change(tenant, put, card, {"wifi": sample}).status == 204
    assert read(tenant, get, card).json == {"sn": card.sn, "ethernet": {"enabled": False}, "wifi": sample}


def test_what_is_set_is_read_at_once_and_kept_sealed(tenant: Tenant) -> None:
    assert wifi(tenant, WIFI) == WIFI
    assert "blue-anchor-7" not in str(rows())
    assert b"blue-anchor-7".hex() not in str(rows())


def test_an_enabled_access_point_has_defaults(tenant: Tenant) -> None:
    assert wifi(tenant, without("channel", "hidden")) == {**WIFI, "channel": "Auto", "hidden": False}


def test_an_open_network_has_no_key(tenant: Tenant) -> None:
    for key in ("blue-anchor-7", "short", 7, None):
        assert wifi(tenant, {**WIFI, "encryption": "NONE", "key": key}) == {**without("key"), "encryption": "NONE"}


def test_what_is_left_out_while_disabled_keeps_its_value(tenant: Tenant) -> None:
    assert wifi(tenant, {"enabled": False}) == {**WIFI, "enabled": False, "key": "old-anchor-1"}
    assert wifi(tenant, WIFI, {"enabled": False, "ssid": "quay"}) == {**WIFI, "enabled": False, "ssid": "quay"}
    assert wifi(tenant, WIFI, {"enabled": False, "encryption": "NONE"}) == {**without("key"), "enabled": False, "encryption": "NONE"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"enabled": "true"}, "enabled"),
        ({"ssid": ""}, "ssid"),
        ({"ssid": "x" * 33}, "ssid"),
        ({"ssid": "ä" * 17}, "ssid"),
        ({"ssid": "a\tb"}, "ssid"),
        ({"encryption": "WEP"}, "encryption"),
        ({"encryption": "wpa2-psk"}, "encryption"),
        ({"key": "seven77"}, "key"),
        ({"key": "k" * 64}, "key"),
        ({"key": "blue-änchor"}, "key"),
        ({"key": "blue\nanchor"}, "key"),
        ({"channel": "2413MHz"}, "channel"),
        ({"channel": "auto"}, "channel"),
        ({"channel": "2477MHz"}, "channel"),
        ({"hidden": 0}, "hidden"),
    ],
    ids=str,
)
@pytest.mark.parametrize("enabled", [True, False])
def test_a_bad_value_is_refused(tenant: Tenant, changed: dict[str, Any], field: str, enabled: bool) -> None:
    card = online(tenant)
    assert failing(change(tenant, put, card, {"wifi": {**WIFI, "enabled": enabled, **changed}})) == [f"wifi.{field}"]
    assert sent_to(card.sn) == []


@pytest.mark.parametrize("name", ["enabled", "ssid", "encryption", "key"])
def test_what_an_access_point_needs_must_be_there(tenant: Tenant, name: str) -> None:
    assert failing(change(tenant, put, online(tenant), {"wifi": without(name)})) == [f"wifi.{name}"]


@pytest.mark.parametrize("key", ["k" * 8, "k" * 63, " ~!@#$%^"])
def test_keys_at_the_limits_are_good(tenant: Tenant, key: str) -> None:
    assert wifi(tenant, {**WIFI, "key": key, "ssid": "ä" * 16})["key"] == key


@pytest.mark.parametrize("body", [{}, {"wifi": None}, {"wifi": []}, {"wifi": "on"}], ids=str)
def test_the_access_point_must_be_given(tenant: Tenant, body: Any) -> None:
    assert failing(change(tenant, put, online(tenant), body)) == ["wifi"]


def test_ethernet_cannot_be_changed(tenant: Tenant) -> None:
    card = online(tenant)
    assert failing(change(tenant, put, card, {"wifi": WIFI, "ethernet": {"enabled": True}})) == ["ethernet"]
    assert change(tenant, put, card, {"wifi": WIFI, "ethernet": None}).status == 204


def test_nobody_has_said_it_yet(tenant: Tenant) -> None:
    refused(read(tenant, get, online(tenant)), 500)


def test_a_gateway_that_is_away_cannot_be_set(tenant: Tenant) -> None:
    for make in (offline, provisioning):
        card = make(tenant)
        refused(change(tenant, put, card, {"wifi": WIFI}), 500)
        assert sent_to(card.sn) == []
