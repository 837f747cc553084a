"""POST /v4/gateway/{sn}/network/wan (wisdm.md 8.3): what is shown may be edited and posted back; the secrets, never shown, stay."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from functions.wisdm.network.get_wan import handler as get
from functions.wisdm.network.set_wan import handler as put
from tests.contract.wisdm.answers import invalid_fields, is_accepted
from tests.contract.wisdm.network.settings import DHCP, change, encrypted, read
from tests.contract.wisdm.stored import restored_after_each, unchanged
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.harness.canary import PIN

SECRET = "blue-anchor-7"
WAN: dict[str, Any] = {
    "ethernet": {"enabled": True, "protocol": "pppoe", "pppoe": {"username": "pier", "password": SECRET}},
    "wifi": {**DHCP, "ssid": "quay", "encryption": "WPA2-PSK", "key": SECRET},
    "cellular": {"enabled": True, "apn": "iot.example", "username": "pier", "password": SECRET, "pinCode": PIN},
}
ALL = {"ppp": SECRET, "key": SECRET, "password": SECRET, "pin": PIN}
"""The secrets of WAN."""


def secrets(tenant: TenantWithGateways) -> dict[str, str]:
    """The secrets that the online gateway is sent."""
    stored = fetch(EVERYWHERE, desire.configured(tenant.online.sn)).configuration.section("wan").value
    clear = desire.reveal(EVERYWHERE, tenant.online, "wan", stored)
    wifi, cellular = clear.get("wifi", {}), clear.get("cellular", {})
    dialled = clear.get("ethernet", {}).get("pppoe", {})
    found = {"ppp": dialled.get("password"), "key": wifi.get("key"), "password": cellular.get("password"), "pin": cellular.get("pinCode")}
    return {name: secret for name, secret in found.items() if secret is not None}


def edited(tenant: TenantWithGateways, interface: str, **changed: Any) -> dict[str, Any]:
    """What is shown of an interface, changed; a member that becomes `...` is left out. Members of pppoe are changed there."""
    shown = deepcopy(read(tenant, get, tenant.online).json[interface])
    for name, value in changed.items():
        into = shown["pppoe"] if interface == "ethernet" and name in ("username", "password") else shown
        into[name] = value
        if value is ...:
            del into[name]
    return {interface: shown}


KEPT: list[tuple[str, dict[str, Any], set[str]]] = [
    ("ethernet", {"tracking": {"pingCount": 2}}, set()),
    ("ethernet", {"enabled": False}, set()),
    ("ethernet", {"password": None}, set()),
    ("ethernet", {"enabled": False, "password": ""}, {"ppp"}),
    ("ethernet", {"enabled": False, "username": "other"}, {"ppp"}),
    ("wifi", {"tracking": {"pingCount": 2}}, set()),
    ("wifi", {"enabled": False}, set()),
    ("wifi", {"encryption": "WPA-PSK"}, set()),
    ("wifi", {"key": None}, set()),
    ("wifi", {"encryption": "NONE"}, {"key"}),
    ("wifi", {"enabled": False, "key": ""}, {"key"}),
    ("wifi", {"enabled": False, "ssid": "other"}, {"key"}),
    ("cellular", {"tracking": {"pingCount": 2}}, set()),
    ("cellular", {"username": "other"}, {"password"}),
    ("cellular", {"username": ""}, {"password"}),
    ("cellular", {"apn": "other.example"}, {"password", "pin"}),
    ("cellular", {"apn": ...}, {"password", "pin"}),
    ("cellular", {"password": ""}, {"password"}),
    ("cellular", {"pinCode": ""}, {"pin"}),
    ("cellular", {"pinCode": None}, set()),
]


def test_a_secret_stays_while_what_it_belongs_to_is_unchanged(gateways: TenantWithGateways) -> None:
    assert is_accepted(change(gateways, put, gateways.online, WAN))
    for interface, changed, lost in restored_after_each(KEPT):
        assert is_accepted(change(gateways, put, gateways.online, edited(gateways, interface, **changed))), (interface, changed)
        assert secrets(gateways) == {name: secret for name, secret in ALL.items() if name not in lost}, (interface, changed)


def test_everything_that_is_shown_may_be_posted_back(gateways: TenantWithGateways) -> None:
    assert is_accepted(change(gateways, put, gateways.online, WAN))
    shown = read(gateways, get, gateways.online).json
    assert is_accepted(change(gateways, put, gateways.online, shown))
    assert read(gateways, get, gateways.online).json == shown
    assert secrets(gateways) == ALL


def test_a_secret_that_the_gateway_reported_stays_too(gateways: TenantWithGateways) -> None:
    card = gateways.online
    wifi = {**WAN["wifi"], "key": encrypted(card, "wan", SECRET)}
    gateways.fleet.report_configuration(card, wan={"wifi": wifi, "ethernet": DHCP})
    assert is_accepted(change(gateways, put, card, edited(gateways, "wifi", tracking={"pingCount": 2})))
    assert secrets(gateways) == {"key": SECRET}


def test_a_new_secret_replaces_the_stored_one(gateways: TenantWithGateways) -> None:
    change(gateways, put, gateways.online, WAN)
    assert is_accepted(change(gateways, put, gateways.online, edited(gateways, "wifi", key="red-anchor-8")))
    assert secrets(gateways) == {**ALL, "key": "red-anchor-8"}


MISSING: list[tuple[str, dict[str, Any], str]] = [
    ("wifi", {"ssid": "other"}, "wifi.key"),
    ("wifi", {"key": ""}, "wifi.key"),
    ("ethernet", {"username": "other"}, "ethernet.pppoe.password"),
    ("ethernet", {"password": ""}, "ethernet.pppoe.password"),
]


def test_a_secret_that_is_needed_must_be_there(gateways: TenantWithGateways) -> None:
    change(gateways, put, gateways.online, WAN)
    with unchanged():
        for interface, changed, field in MISSING:
            assert invalid_fields(change(gateways, put, gateways.online, edited(gateways, interface, **changed))) == [field], changed


def test_what_is_enabled_without_its_secret_is_refused(gateways: TenantWithGateways) -> None:
    change(gateways, put, gateways.online, WAN)
    off = {**edited(gateways, "ethernet", enabled=False, password=""), **edited(gateways, "wifi", enabled=False, key="")}
    assert is_accepted(change(gateways, put, gateways.online, off))
    with unchanged():
        for interface, field in (("ethernet", "ethernet.pppoe.password"), ("wifi", "wifi.key")):
            assert invalid_fields(change(gateways, put, gateways.online, edited(gateways, interface, enabled=True))) == [field]
    assert is_accepted(change(gateways, put, gateways.online, edited(gateways, "ethernet", enabled=True, password="again")))


def test_an_open_network_has_no_key_to_keep(gateways: TenantWithGateways) -> None:
    change(gateways, put, gateways.online, {"wifi": {**WAN["wifi"], "encryption": "NONE"}})
    with unchanged():
        refused = change(gateways, put, gateways.online, edited(gateways, "wifi", encryption="WPA2-PSK"))
        assert invalid_fields(refused) == ["wifi.key"]


def test_an_empty_text_is_as_one_left_out(gateways: TenantWithGateways) -> None:
    off = {"enabled": False, "protocol": "", "ssid": "", "encryption": ""}
    body = {"wifi": off, "cellular": {"enabled": True, "apn": "", "username": "", "pinCode": "", "tracking": {"trackMethod": ""}}}
    assert is_accepted(change(gateways, put, gateways.online, body))
    shown = read(gateways, get, gateways.online).json
    assert shown["wifi"] == {"enabled": False}
    assert (shown["cellular"].keys(), shown["cellular"]["tracking"]["trackMethod"]) == ({"enabled", "tracking"}, "ping")
