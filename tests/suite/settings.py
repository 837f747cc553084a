"""A gateway's settings and battery report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire, report
from fleet.marks import Mark
from fleet.registry.gateway import Card
from fleet.registry.location import Location
from fleet.tenancy import encryption
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet

BATTERY: dict[str, Any] = {
    "temperature": 4,
    "voltage": 24.85,
    "soc": 63,
    "current": -145,
    "soh": 98,
    "cycles": 31,
    "remainCapacity": 31400,
    "fullChargeCapacity": 49800,
    "mode": "DISCHARGING",
}
SILENT = "918100A1B2C3D4E502"
"""A gateway with a monitored battery that has not reported yet."""
MODEL = "RAK7289CV2"


def fill(fleet: Fleet, organization: Organization, location: Location, card: Card) -> None:
    """Report a gateway's settings and battery, and add another gateway without a battery report."""
    sealed = encryption.encrypt_at_rest(EVERYWHERE, organization.id, desire.bound_to(card.sn, "lan"), b"blue-anchor-7")
    wifi = {"enabled": True, "ssid": "pier-ap", "encryption": "WPA2-PSK", "key": {"sealed": sealed}, "channel": "Auto", "hidden": False}
    monitored = {"enabled": True}
    fleet.report_configuration(
        card,
        priority="ETH_WIFI_CELLULAR",
        lan={"ethernet": {"enabled": False}, "wifi": wifi},
        wan={"ethernet": {"enabled": True, "protocol": "dhcp", "dhcpClient": {"useDNS": True}}},
        batteryMonitoring=monitored,
    )
    now = int(datetime.now(UTC).timestamp() * 1000)
    mark = Mark("00000000-0000-4000-8000-000000000001", 4, now, now)
    report.battery(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(card.sn)), mark, BATTERY)
    silent = fleet.gateway(organization, location, fleet.hardware(sn=SILENT, model=MODEL))
    fleet.online(silent)
    fleet.report_configuration(silent, batteryMonitoring=monitored)
