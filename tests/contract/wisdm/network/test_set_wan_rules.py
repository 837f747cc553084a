"""POST /v4/gateway/{sn}/network/wan (wisdm.md 8.3): every rule of its body."""

from __future__ import annotations

from typing import Any

from functions.wisdm.network.set_wan import handler as put
from tests.contract.wisdm.answers import invalid_fields, is_accepted
from tests.contract.wisdm.network.settings import DHCP, change
from tests.contract.wisdm.stored import restored_after_each, unchanged
from tests.contract.wisdm.tenant import TenantWithGateways

STATIC: dict[str, Any] = {"ipv4Address": "10.20.0.14", "ipv4Netmask": "255.255.255.0", "ipv4Router": "10.20.0.1"}
WIFI: dict[str, Any] = {**DHCP, "ssid": "quay", "encryption": "WPA2-PSK", "key": "blue-anchor-7"}
PPPOE: dict[str, Any] = {"enabled": True, "protocol": "pppoe", "pppoe": {"username": "pier", "password": "hush"}}


def static(**changed: Any) -> dict[str, Any]:
    return {"ethernet": {"enabled": True, "protocol": "static", "staticAddress": {**STATIC, **changed}}}


def tracking(**changed: Any) -> dict[str, Any]:
    return {"ethernet": {**DHCP, "tracking": changed}}


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({}, [""]),
    ({"ethernet": None}, [""]),
    ({"lte": {"enabled": True}}, [""]),
    ({"ethernet": []}, ["ethernet"]),
    ({"ethernet": {}}, ["ethernet.enabled"]),
    ({"ethernet": {"enabled": True}}, ["ethernet.protocol"]),
    ({"ethernet": {"enabled": True, "protocol": "DHCP"}}, ["ethernet.protocol"]),
    ({"ethernet": {"enabled": True, "protocol": "dhcp"}}, ["ethernet.dhcpClient"]),
    ({"ethernet": {"enabled": True, "protocol": "static"}}, ["ethernet.staticAddress"]),
    ({"ethernet": {"enabled": True, "protocol": "pppoe"}}, ["ethernet.pppoe"]),
    ({"ethernet": {**DHCP, "dhcpClient": {}}}, ["ethernet.dhcpClient.useDNS"]),
    ({"ethernet": {**DHCP, "dhcpClient": {"useDNS": True, "dnsServers": ["1.1.1.1"] * 4}}}, ["ethernet.dhcpClient.dnsServers"]),
    ({"ethernet": {**DHCP, "dhcpClient": {"useDNS": True, "dnsServers": ["::1"]}}}, ["ethernet.dhcpClient.dnsServers.0"]),
    ({"ethernet": {**PPPOE, "pppoe": {}}}, ["ethernet.pppoe.username", "ethernet.pppoe.password"]),
    ({"ethernet": {**PPPOE, "pppoe": {"username": "", "password": "x" * 65}}}, ["ethernet.pppoe.username", "ethernet.pppoe.password"]),
    ({"ethernet": {**PPPOE, "pppoe": {"username": "ä", "password": "a\n"}}}, ["ethernet.pppoe.username", "ethernet.pppoe.password"]),
    ({"wifi": {**WIFI, "protocol": "pppoe"}}, ["wifi.protocol"]),
    ({"wifi": {"enabled": True}}, ["wifi.ssid", "wifi.encryption", "wifi.protocol"]),
    ({"wifi": {**WIFI, "key": None}}, ["wifi.key"]),
    ({"wifi": {**WIFI, "key": "short"}}, ["wifi.key"]),
    ({"cellular": {"enabled": True, "apn": "iot example"}}, ["cellular.apn"]),
    ({"cellular": {"enabled": True, "apn": "a" * 101}}, ["cellular.apn"]),
    ({"cellular": {"enabled": True, "apn": "iot\n"}}, ["cellular.apn"]),
    ({"cellular": {"enabled": True, "username": "x" * 65, "password": "é"}}, ["cellular.username", "cellular.password"]),
    *(({"cellular": {"enabled": True, "pinCode": pin}}, ["cellular.pinCode"]) for pin in ("123", "123456789", "12e4", 1234, "١٢٣٤")),
    (static(ipv4Address="10.20.0.0"), ["ethernet.staticAddress.ipv4Address"]),
    (static(ipv4Address="10.20.0.255"), ["ethernet.staticAddress.ipv4Address"]),
    *(
        (static(ipv4Address=address), ["ethernet.staticAddress.ipv4Address"])
        for address in ("10.20.0", "010.20.0.14", "224.0.0.1", "255.255.255.255", "0.0.0.1", "127.0.0.1", "::1", "a.example", 5)
    ),
    *(
        (static(ipv4Netmask=mask), ["ethernet.staticAddress.ipv4Netmask"])
        for mask in ("0.0.0.0", "255.255.255.254", "255.255.255.255", "255.0.255.0", "0.0.0.255", "24", "/24", "")
    ),
    *((static(ipv4Router=router), ["ethernet.staticAddress.ipv4Router"]) for router in ("10.21.0.1", "10.20.0.14", "10.20.0.255", "x")),
    (static(dnsServers=["9.9.9.9"] * 4), ["ethernet.staticAddress.dnsServers"]),
    (tracking(trackMethod="icmp"), ["ethernet.tracking.trackMethod"]),
    *(
        (tracking(trackTargets=targets), ["ethernet.tracking.trackTargets"])
        for targets in ([], ["a.example"] * 5, ["http://a.example"], ["a b"], ["-x"], ["1.2.3"], ["1.2.3.4.5"], "a.example")
    ),
    (tracking(trackTargets=["x" * 101]), ["ethernet.tracking.trackTargets.0"]),
    (tracking(trackMethod="http", trackTargets=["ftp://a.example"]), ["ethernet.tracking.trackTargets"]),
    (tracking(reliability=2), ["ethernet.tracking.reliability"]),
    (tracking(reliability=0), ["ethernet.tracking.reliability"]),
    (tracking(trackTargets=[], reliability=10**30), ["ethernet.tracking.trackTargets"]),
    *(
        (tracking(**{name: value}), [f"ethernet.tracking.{name}"])
        for name, most in (("pingCount", 10), ("pingInterval", 3600), ("pingTimeout", 60), ("interfaceDown", 20), ("interfaceUp", 20))
        for value in (0, most + 1, 1.0, "1", True)
    ),
]


def test_a_bad_body_is_refused(gateways: TenantWithGateways) -> None:
    with unchanged():
        for body, fields in BAD:
            assert invalid_fields(change(gateways, put, gateways.online, body)) == fields, body


GOOD: list[dict[str, Any]] = [
    static(),
    static(ipv4Netmask="128.0.0.0", ipv4Router="1.2.3.4"),
    static(ipv4Netmask="255.255.255.252", ipv4Address="10.20.0.1", ipv4Router="10.20.0.2"),
    static(dnsServers=[]),
    static(dnsServers=["127.0.0.1", "255.255.255.255", "0.0.0.0"]),
    {"ethernet": PPPOE},
    {"wifi": WIFI},
    {"wifi": {**WIFI, "encryption": "NONE", "key": "x"}},
    {"wifi": {"enabled": True, "ssid": "q", "encryption": "NONE", "protocol": "static", "staticAddress": STATIC}},
    {"cellular": {"enabled": True}},
    {"cellular": {"enabled": True, "apn": "iot.example_1-2", "username": "u", "password": " ~", "pinCode": "12345678"}},
    tracking(trackTargets=["a.example", "b.example", "1.1.1.1", "dns"], reliability=4),
    tracking(trackMethod="http", trackTargets=["https://a.example:8443/up?x=1", "1.1.1.1", "a.example"]),
    tracking(pingCount=10, pingInterval=3600, pingTimeout=60, interfaceDown=20, interfaceUp=20),
    {"ethernet": {"enabled": False, "protocol": "static"}, "cellular": {"enabled": True}},
]


def test_a_good_body_is_accepted(gateways: TenantWithGateways) -> None:
    for body in restored_after_each(GOOD):
        assert is_accepted(change(gateways, put, gateways.online, body)), body
