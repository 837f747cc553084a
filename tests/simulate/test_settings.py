"""A played gateway takes over what it is configured to, and shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from edge.entry import Entry
from functions.wisdm.battery.get import handler as get_battery
from functions.wisdm.battery.set_monitoring import handler as set_monitoring
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.logs.set import handler as set_syslog
from functions.wisdm.network.get_lan import handler as get_lan
from functions.wisdm.network.get_priority import handler as get_priority
from functions.wisdm.network.get_wan import handler as get_wan
from functions.wisdm.network.set_lan import handler as set_lan
from functions.wisdm.network.set_priority import handler as set_priority
from functions.wisdm.network.set_wan import handler as set_wan
from muster.simulate import battery
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.simulate.queues import SN, Ether

NOW = datetime(2026, 1, 5, 10, 10, tzinfo=UTC)
LAN = {"enabled": True, "ssid": "pier-ap", "encryption": "WPA2-PSK", "key": "blue-anchor-7", "channel": "2437MHz", "hidden": False}


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ether(fleet: Fleet) -> Ether:
    """A gateway in a location, switched on and configured."""
    ether = Ether(fleet)
    ether.register()
    ether.gateway.start()
    settle(ether)
    return ether


def settle(ether: Ether) -> None:
    ether.up()
    ether.down()
    ether.up()


def ask(ether: Ether, entry: Entry, body: Any = None, status: int = 200) -> Any:
    answer = call(entry, {"sn": SN}, key=ether.key, body=body)
    assert answer.status == status, answer.content
    return answer.json if answer.content else None


def test_tells_its_settings_when_it_starts(ether: Ether) -> None:
    assert ask(ether, get_priority)["priority"] == "ETH_CELLULAR_WIFI"
    assert ask(ether, get_lan)["wifi"]["key"] == ether.gateway.world.wifi_key
    assert ask(ether, get_wan)["cellular"]["enabled"] is True
    assert ether.gateway.world.settings.shares_logs


def test_takes_over_what_is_set(ether: Ether) -> None:
    ask(ether, set_priority, {"priority": "WIFI_CELLULAR_ETH"}, 204)
    ask(ether, set_lan, {"wifi": LAN}, 204)
    key = {"ssid": "quay", "encryption": "WPA2-PSK", "key": "blue-anchor-8", "protocol": "dhcp", "dhcpClient": {"useDNS": True}}
    ask(ether, set_wan, {"wifi": {"enabled": True, **key}}, 204)
    settle(ether)
    settings = ether.gateway.world.settings
    assert settings.values["lan"]["wifi"] == LAN
    assert settings.values["wan"]["wifi"]["key"] == "blue-anchor-8"
    network = ask(ether, get_status)["network"]
    assert network["lan"]["wifi"] == LAN
    assert network["wan"]["active"] == "WIFI"
    assert [network["wan"][way]["priority"] for way in ("wifi", "cellular", "ethernet")] == [1, 2, 3]


def test_says_what_its_model_cannot_do(ether: Ether) -> None:
    ether.order("config.desired", {"version": 9, "section": "moon", "value": {}})
    ether.listen()
    (message,) = ether.up()
    assert message["payload"]["errors"] == [{"section": "moon", "message": "There is no such section"}]


def test_a_box_for_another_is_not_taken_over(ether: Ether) -> None:
    ether.order("config.desired", {"version": 9, "section": "lan", "value": {"wifi": {**LAN, "key": {"box": "AAAA"}}}})
    ether.listen()
    (message,) = ether.up()
    assert message["payload"]["errors"][0]["section"] == "lan"
    assert ether.gateway.world.wifi_key != "blue-anchor-7"


def test_stops_sharing_its_logs(ether: Ether) -> None:
    ask(ether, set_syslog, {"shareLogs": "none", "wisdmLogsRetrievalCycle": 30}, 204)
    settle(ether)
    settings = ether.gateway.world.settings
    assert (settings.shares_logs, settings.upload_every) == (False, 1800)


def test_reports_its_battery_while_that_is_monitored(ether: Ether) -> None:
    ask(ether, get_battery, status=404)
    ask(ether, set_monitoring, {"enabled": True}, 204)
    settle(ether)
    assert ask(ether, get_battery)["battery"] == battery.report(NOW.timestamp(), int("ac1f09fffe0a1b2c", 16) % 900)
    ask(ether, set_monitoring, {"enabled": False}, 204)
    settle(ether)
    ether.gateway.report()
    assert [message["type"] for message in ether.up()] == ["gateway.status"]


def test_a_start_from_scratch_gets_everything_again(ether: Ether, clock: Any) -> None:
    ask(ether, set_lan, {"wifi": LAN}, 204)
    settle(ether)
    clock.shift(timedelta(minutes=20))
    fresh = type(ether.gateway)(ether.identity, ether.wire)
    ether.gateway = fresh
    fresh.start()
    settle(ether)
    assert fresh.world.wifi_key == "blue-anchor-7"
    assert fresh.applied == 2


def test_the_battery_fills_by_day_and_drains_by_night() -> None:
    day = [battery.report(hour * 3600, 100) for hour in range(24)]
    assert {report["mode"] for report in day} == {"CHARGING", "DISCHARGING", "FULLY_CHARGED"}
    assert all((report["current"] < 0) == (report["mode"] == "DISCHARGING") for report in day)
    assert 30 <= min(report["soc"] for report in day) < max(report["soc"] for report in day) <= 100
