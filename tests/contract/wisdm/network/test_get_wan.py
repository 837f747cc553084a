"""GET /v4/gateway/{sn}/network/wan (wisdm.md 8.0 and 8.3)."""

from __future__ import annotations

from typing import Any

from functions.wisdm.network.get_wan import handler as get
from functions.wisdm.network.set_wan import handler as put
from tests.contract.wisdm.answers import is_accepted, refusal_message
from tests.contract.wisdm.network.settings import DHCP, TRACKING, WAN, change, encrypted, read
from tests.contract.wisdm.stored import items_written
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.harness.canary import PIN


def test_is_as_the_gateway_reported_it_without_its_serial_number(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, gateways.offline):
        gateways.fleet.report_configuration(card, wan=WAN)
        assert read(gateways, get, card).json == WAN


def test_secrets_are_never_shown_nor_kept_in_clear(gateways: TenantWithGateways) -> None:
    card, secret = gateways.online, "blue-anchor-7"
    dialled = {"username": "pier", "password": secret, "useDNS": False, "dnsServers": ["9.9.9.9"]}
    body: dict[str, Any] = {
        "ethernet": {"enabled": True, "protocol": "pppoe", "pppoe": dialled},
        "wifi": {**DHCP, "ssid": "quay", "encryption": "WPA2-PSK", "key": secret},
        "cellular": {"enabled": True, "username": "pier", "password": secret, "pinCode": PIN},
    }
    with items_written() as rows:
        assert is_accepted(change(gateways, put, card, body))
    shown = read(gateways, get, card).json
    assert shown["ethernet"]["pppoe"] == {"username": "pier", "useDNS": False, "dnsServers": ["9.9.9.9"]}
    assert shown["wifi"] == {**DHCP, "ssid": "quay", "encryption": "WPA2-PSK", "tracking": TRACKING}
    assert shown["cellular"] == {"enabled": True, "username": "pier", "tracking": TRACKING}
    assert secret not in repr(rows)
    assert PIN not in repr(rows)


def test_reported_secrets_are_not_shown(gateways: TenantWithGateways) -> None:
    card = gateways.online
    gateways.fleet.report_configuration(card, wan={"cellular": {"enabled": True, "pinCode": encrypted(card, "wan", PIN)}})
    assert read(gateways, get, card).json == {"cellular": {"enabled": True}}


def test_nobody_has_said_it_yet(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, *gateways.not_online):
        assert refusal_message(read(gateways, get, card), 500) == "The gateway has not reported these settings yet"
