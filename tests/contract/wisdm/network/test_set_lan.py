"""POST /v4/gateway/{sn}/network/lan (wisdm.md 8.0 and 8.2)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wisdm.network.get_lan import handler as get
from functions.wisdm.network.set_lan import handler as put
from tests.contract.wisdm.answers import invalid_fields, is_accepted, refusal_message
from tests.contract.wisdm.network.settings import WIFI, change, encrypted, read, report_access_point
from tests.contract.wisdm.stored import items_written, outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import TenantWithGateways


@pytest.fixture
def configured_gateways(gateways: TenantWithGateways) -> TenantWithGateways:
    """Gateways, the online one of which has reported an access point."""
    wifi = {**WIFI, "key": encrypted(gateways.online, "lan", "old-anchor-1")}
    gateways.fleet.report_configuration(gateways.online, lan={"ethernet": {"enabled": True}, "wifi": wifi})
    return gateways


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in WIFI.items() if name not in names}


def changed_wifi(tenant: TenantWithGateways, *changes: dict[str, Any]) -> Any:
    """The access point after these changes in order."""
    for each in changes:
        assert is_accepted(change(tenant, put, tenant.online, {"wifi": each})), each
    return read(tenant, get, tenant.online).json["wifi"]


def test_what_is_set_is_read_at_once_sent_and_kept_sealed(configured_gateways: TenantWithGateways) -> None:
    with items_written() as rows:
        assert changed_wifi(configured_gateways, WIFI) == WIFI
    (message,) = outbox_of(configured_gateways.online.sn)
    assert (message["type"], message["payload"]) == ("config.desired", {"version": 1, "section": "lan"})
    assert "blue-anchor-7" not in repr(rows)
    assert b"blue-anchor-7".hex() not in repr(rows)


def test_an_enabled_access_point_has_defaults(configured_gateways: TenantWithGateways) -> None:
    assert changed_wifi(configured_gateways, without("channel", "hidden")) == {**WIFI, "channel": "Auto", "hidden": False}


def test_an_open_network_has_no_key(configured_gateways: TenantWithGateways) -> None:
    for key in restored_after_each(("blue-anchor-7", "short", 7, None)):
        assert changed_wifi(configured_gateways, {**WIFI, "encryption": "NONE", "key": key}) == {**without("key"), "encryption": "NONE"}, (
            key
        )


def test_what_is_left_out_while_disabled_keeps_its_value(configured_gateways: TenantWithGateways) -> None:
    cases: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
        ([{"enabled": False}], {**WIFI, "enabled": False, "key": "old-anchor-1"}),
        ([WIFI, {"enabled": False, "ssid": "quay"}], {**WIFI, "enabled": False, "ssid": "quay"}),
        ([WIFI, {"enabled": False, "encryption": "NONE"}], {**without("key"), "enabled": False, "encryption": "NONE"}),
    ]
    for changes, shown in restored_after_each(cases):
        assert changed_wifi(configured_gateways, *changes) == shown, changes


BAD: list[dict[str, Any]] = [
    {"enabled": "true"},
    {"ssid": "x" * 33},
    {"ssid": "ä" * 17},
    {"ssid": "a\tb"},
    {"encryption": "WEP"},
    {"encryption": "wpa2-psk"},
    {"key": "seven77"},
    {"key": "k" * 64},
    {"key": "blue-änchor"},
    {"key": "blue\nanchor"},
    {"channel": "2413MHz"},
    {"channel": "auto"},
    {"channel": "2477MHz"},
    {"hidden": 0},
]


def test_a_bad_value_is_refused_whether_or_not_it_is_used(gateways: TenantWithGateways) -> None:
    with unchanged():
        for changed in BAD:
            for enabled in (True, False):
                answer = change(gateways, put, gateways.online, {"wifi": {**WIFI, "enabled": enabled, **changed}})
                assert invalid_fields(answer) == [f"wifi.{name}" for name in changed], (enabled, changed)


def test_what_an_access_point_needs_must_be_there(gateways: TenantWithGateways) -> None:
    with unchanged():
        for name in ("enabled", "ssid", "encryption", "key"):
            assert invalid_fields(change(gateways, put, gateways.online, {"wifi": without(name)})) == [f"wifi.{name}"]


def test_values_at_the_limits_are_good(configured_gateways: TenantWithGateways) -> None:
    for key in restored_after_each(("k" * 8, "k" * 63, " ~!@#$%^")):
        assert changed_wifi(configured_gateways, {**WIFI, "key": key, "ssid": "ä" * 16})["key"] == key
    for name, values in {
        "ssid": ("x", "x" * 32),
        "encryption": ("WPA-PSK", "WPA2-PSK", "WPA-WPA2-PSK-MIXED"),
        "channel": ("Auto", "2412MHz", "2472MHz"),
    }.items():
        for value in restored_after_each(values):
            assert changed_wifi(configured_gateways, {**WIFI, name: value})[name] == value


def test_the_access_point_must_be_given(gateways: TenantWithGateways) -> None:
    bodies: list[dict[str, Any]] = [{}, {"wifi": None}, {"wifi": []}, {"wifi": "on"}]
    with unchanged():
        for body in bodies:
            assert invalid_fields(change(gateways, put, gateways.online, body)) == ["wifi"], body


def test_an_empty_text_is_as_one_left_out(configured_gateways: TenantWithGateways) -> None:
    blank = {"ssid": "", "encryption": "", "key": "", "channel": ""}
    assert changed_wifi(configured_gateways, WIFI, {"enabled": False, **blank}) == {**WIFI, "enabled": False}
    assert changed_wifi(configured_gateways, {**WIFI, "channel": ""}) == {**WIFI, "channel": "Auto"}
    for name in ("ssid", "encryption", "key"):
        assert invalid_fields(change(configured_gateways, put, configured_gateways.online, {"wifi": {**WIFI, name: ""}})) == [
            f"wifi.{name}"
        ]


def test_what_was_read_may_be_posted_back(configured_gateways: TenantWithGateways) -> None:
    card = configured_gateways.online
    shown = read(configured_gateways, get, card).json
    assert shown["ethernet"] == {"enabled": True}
    assert is_accepted(change(configured_gateways, put, card, shown))
    assert read(configured_gateways, get, card).json == shown


def test_ethernet_cannot_be_changed(configured_gateways: TenantWithGateways) -> None:
    card = configured_gateways.online
    others: tuple[Any, ...] = ({"enabled": False}, {"enabled": 1}, {"enabled": True, "mtu": 9}, {}, [], "on", True)
    with unchanged():
        for ethernet in others:
            assert invalid_fields(change(configured_gateways, put, card, {"wifi": WIFI, "ethernet": ethernet})) == ["ethernet"], ethernet
    assert is_accepted(change(configured_gateways, put, card, {"wifi": WIFI, "ethernet": None}))


def test_ethernet_that_nobody_has_shown_cannot_be_set(gateways: TenantWithGateways) -> None:
    with unchanged():
        assert invalid_fields(change(gateways, put, gateways.online, {"wifi": WIFI, "ethernet": {"enabled": False}})) == ["ethernet"]


def test_what_is_left_out_is_as_the_status_report_said(gateways: TenantWithGateways) -> None:
    card = gateways.online
    report_access_point(gateways, card, "old-anchor-1")
    assert changed_wifi(gateways, {"enabled": False, "ssid": "quay"}) == {**WIFI, "enabled": False, "ssid": "quay", "key": "old-anchor-1"}


def test_a_gateway_that_is_away_cannot_be_set(gateways: TenantWithGateways) -> None:
    with unchanged():
        for card in gateways.not_online:
            refusal_message(change(gateways, put, card, {"wifi": WIFI}), 500)
