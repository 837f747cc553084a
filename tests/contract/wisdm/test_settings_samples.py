"""The requests and responses that the vendor's page prints of performance, batteries, orders and settings, as printed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire, report
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.marks import Mark
from fleet.registry.gateway import Card
from fleet.telemetry.perf import Perf
from fleet.telemetry.sample import Sample
from functions.wisdm.action import reboot, reset_password, upgrade
from functions.wisdm.battery import get as get_battery
from functions.wisdm.battery import list as list_battery
from functions.wisdm.battery import set_monitoring
from functions.wisdm.gateway import get_performance
from functions.wisdm.logs import get as get_syslog
from functions.wisdm.logs import set as set_syslog
from functions.wisdm.network import get_lan, get_priority, get_wan, set_lan, set_priority, set_wan
from tests.contract.wisdm.answers import is_accepted
from tests.contract.wisdm.network.settings import LAN, TRACKING, WAN, encrypted
from tests.contract.wisdm.stored import outbox_of, restored_after_each
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import Response, call

LOCATION = "f53d5b7d-2413-44f3-b206-8295e16a19cd"


def ask(entry: Entry, tenant: Tenant, path: dict[str, str], **more: Any) -> Response:
    """Call with the headers of the page; a response with a body must be compressed."""
    answer = call(entry, path, key=tenant.key, headers={"Accept-Encoding": "gzip"}, **more)
    assert answer.encoding == (None if answer.status == 204 else "gzip")
    return answer


def gateway(tenant: Tenant, sn: str, location: Any = None, model: str = "RAK7289CV2") -> Card:
    """A gateway that is online."""
    card = tenant.gateway(location, tenant.fleet.hardware(sn=sn, model=model))
    tenant.fleet.online(card)
    return card


@pytest.fixture
def card(tenant: Tenant) -> Card:
    return gateway(tenant, "GW123456")


@time_machine.travel(datetime(2025, 10, 9, 10, 25, tzinfo=UTC), tick=False)
def test_get_gateway_performance(tenant: Tenant, card: Card) -> None:
    samples = [Sample(datetime(2025, 10, 9, 10, minute, tzinfo=UTC), rssi, None, 1, 0) for minute, rssi in ((0, 120), (10, 98))]
    Perf.store(EVERYWHERE, card.organization, card.id, Mark("boot", 1, 1, 1), samples)
    answer = ask(get_performance.handler, tenant, {"sn": "GW123456", "metric": "rssi"}, query={"interval": "12h"}).json
    printed = {"result": [{"value": 120, "timestamp": "2025-10-09T10:00:00Z"}, {"value": 98, "timestamp": "2025-10-09T10:10:00Z"}]}
    assert answer == {**printed, "clientToken": answer["clientToken"]}
    assert isinstance(answer["clientToken"], str)


def battery(tenant: Tenant, card: Card, value: dict[str, Any]) -> None:
    """Monitor the battery, as the page does, and report it."""
    assert is_accepted(ask(set_monitoring.handler, tenant, {"sn": card.sn}, body={"enabled": True}))
    now = int(datetime.now(UTC).timestamp() * 1000)
    known = fetch(EVERYWHERE, desire.monitored(card.sn))
    assert report.battery(EVERYWHERE, known, Mark("boot", 9, now, now), value)


CHARGING = {"temperature": 28, "voltage": 22.03, "soc": 48, "current": 60, "soh": 100, "cycles": 3, "remainCapacity": 24410,
            "fullChargeCapacity": 50000, "mode": "CHARGING"}  # fmt: skip
DISCHARGING = {"temperature": 26, "voltage": 13.6, "soc": 51, "current": -180, "soh": 100, "cycles": 5, "remainCapacity": 25520,
               "fullChargeCapacity": 50000, "mode": "DISCHARGING"}  # fmt: skip


def test_list_gateway_battery(tenant: Tenant) -> None:
    location = tenant.location(id=LOCATION)
    battery(tenant, gateway(tenant, "9181016S6041224001", location, "RAK7285"), CHARGING)
    answer = ask(list_battery.handler, tenant, {"locationId": LOCATION}, query={"pageSize": "100"}).json
    assert answer == {"pageSize": 100, "totalPages": 1, "gateways": [{"sn": "9181016S6041224001", "battery": CHARGING}]}


def test_get_gateway_battery(tenant: Tenant) -> None:
    battery(tenant, gateway(tenant, "918100QL6041021001"), DISCHARGING)
    answer = ask(get_battery.handler, tenant, {"sn": "918100QL6041021001"}).json
    assert answer == {"sn": "918100QL6041021001", "battery": DISCHARGING}


def test_reboot_gateway(tenant: Tenant, card: Card) -> None:
    assert is_accepted(ask(reboot.handler, tenant, {"sn": "GW123456"}))


def test_reset_gateway_password(tenant: Tenant, card: Card) -> None:
    assert is_accepted(ask(reset_password.handler, tenant, {"sn": "GW123456"}, body={"password": "StrongPass!2025"}))


def test_upgrade_gateway_firmware(tenant: Tenant, card: Card) -> None:
    image = Firmware(model=card.model, version="2.2.13", key="firmware/x", size=1, sha256="0" * 64, added=datetime.now(UTC))
    Firmwares.add(EVERYWHERE, image)
    assert is_accepted(ask(upgrade.handler, tenant, {"sn": "GW123456"}, body={"version": "2.2.13"}))
    assert outbox_of("GW123456")[0]["payload"]["version"] == "2.2.13"


def test_network_priority(tenant: Tenant, card: Card) -> None:
    assert is_accepted(ask(set_priority.handler, tenant, {"sn": "GW123456"}, body={"priority": "ETH_CELLULAR_WIFI"}))
    assert ask(get_priority.handler, tenant, {"sn": "GW123456"}).json == {"sn": "GW123456", "priority": "ETH_CELLULAR_WIFI"}


def test_set_lan(tenant: Tenant, card: Card) -> None:
    assert is_accepted(ask(set_lan.handler, tenant, {"sn": "GW123456"}, body={"wifi": LAN}))


def test_get_lan(tenant: Tenant) -> None:
    card = gateway(tenant, "918100M46020602001")
    tenant.fleet.report_configuration(
        card, lan={"ethernet": {"enabled": False}, "wifi": {**LAN, "key": encrypted(card, "lan", "StrongKey123")}}
    )
    answer = ask(get_lan.handler, tenant, {"sn": card.sn}).json
    assert answer == {"sn": "918100M46020602001", "ethernet": {"enabled": False}, "wifi": LAN}


def test_set_wan(tenant: Tenant, card: Card) -> None:
    assert is_accepted(ask(set_wan.handler, tenant, {"sn": "GW123456"}, body=WAN))
    assert ask(get_wan.handler, tenant, {"sn": "GW123456"}).json == WAN


def test_get_wan(tenant: Tenant, card: Card) -> None:
    printed = WAN | {"cellular": {"enabled": True, "apn": "internet", "tracking": {**TRACKING, "trackTargets": ["1.1.1.1"]}}}
    tenant.fleet.report_configuration(card, wan=printed)
    assert ask(get_wan.handler, tenant, {"sn": "GW123456"}).json == printed


SYSLOG = {"logsRotationCycle": 7, "wisdmLogsRetrievalCycle": 10, "wisdmLogsRotationCycle": 14,
          "externalLogServer": {"ip": "192.168.1.10", "port": 514}}  # fmt: skip


def test_syslog(tenant: Tenant) -> None:
    """The page sets `external`, and shows `externalAndWisdm`."""
    card = gateway(tenant, "918100RN6040814001")
    for share in restored_after_each(("external", "externalAndWisdm")):
        printed = {"shareLogs": share, **SYSLOG}
        assert is_accepted(ask(set_syslog.handler, tenant, {"sn": card.sn}, body=printed))
        assert ask(get_syslog.handler, tenant, {"sn": card.sn}).json == {"sn": "918100RN6040814001", **printed}
