"""Settings of a gateway, and calls that read and change them."""

from __future__ import annotations

from typing import Any

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.configuration import desire
from fleet.registry import reveal_secrets
from fleet.registry.gateway import Card
from fleet.tenancy import encryption
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import Response, call

WIFI: dict[str, Any] = {
    "enabled": True,
    "ssid": "pier-ap",
    "encryption": "WPA2-PSK",
    "key": "blue-anchor-7",
    "channel": "2437MHz",
    "hidden": False,
}
"""Wi-Fi settings of the gateway's access point."""
TRACKING: dict[str, Any] = {
    "trackMethod": "ping",
    "trackTargets": ["8.8.8.8"],
    "reliability": 1,
    "pingCount": 1,
    "pingInterval": 5,
    "pingTimeout": 2,
    "interfaceDown": 3,
    "interfaceUp": 3,
}
DHCP: dict[str, Any] = {"enabled": True, "protocol": "dhcp", "dhcpClient": {"useDNS": True}}
LAN: dict[str, Any] = {
    "enabled": True,
    "ssid": "GW-LAN",
    "encryption": "WPA2-PSK",
    "key": "StrongKey123",
    "channel": "Auto",
    "hidden": False,
}
"""The access point of the vendor's samples."""
WAN: dict[str, Any] = {"ethernet": {**DHCP, "tracking": TRACKING}, "wifi": {"enabled": False}, "cellular": {"enabled": False}}
"""The request of the vendor's sample."""


def encrypted(card: Card, section: str, secret: str) -> dict[str, str]:
    """A secret in its stored form."""
    return {"sealed": encryption.encrypt_at_rest(EVERYWHERE, card.organization, desire.bound_to(card.sn, section), secret.encode())}


def report_access_point(tenant: Tenant, card: Card, key: str, **changed: Any) -> None:
    """A status report with the access point of WIFI and this key, sealed as the uplink worker does."""
    sealed = {"sealed": encryption.encrypt_at_rest(EVERYWHERE, card.organization, reveal_secrets.bound_to(card.sn), key.encode())}
    lan = {"subnet": "192.168.1.0/24", "ethernet": {"enabled": True}, "wifi": {**WIFI, "key": sealed, **changed}}
    tenant.fleet.report(card, "status", {"network": {"lan": lan}}, seq=9)


def read(tenant: Tenant, entry: Entry, card: Card) -> Response:
    return call(entry, {"sn": card.sn}, key=tenant.key)


def change(tenant: Tenant, entry: Entry, card: Card, body: Any) -> Response:
    return call(entry, {"sn": card.sn}, key=tenant.key, body=body)
