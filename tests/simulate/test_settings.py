"""A simulated gateway applies its configuration and reports it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

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
from tests.simulate.queues import SN, Queues
from tests.workers.messages import NOW

LAN = {"enabled": True, "ssid": "pier-ap", "encryption": "WPA2-PSK", "key": "blue-anchor-7", "channel": "2437MHz", "hidden": False}
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def queues(fleet: Fleet) -> Queues:
    """A booted and configured gateway in a location."""
    queues = Queues(fleet)
    queues.register()
    queues.gateway.start()
    settle(queues)
    return queues


def settle(queues: Queues) -> None:
    queues.accept_uplink()
    queues.deliver_downlink()
    queues.accept_uplink()


def ask(queues: Queues, entry: Entry, body: Any = None, status: int = 200) -> Any:
    answer = call(entry, {"sn": SN}, key=queues.key, body=body)
    assert answer.status == status, answer.content
    return answer.json if answer.content else None


def test_tells_its_settings_when_it_starts(queues: Queues) -> None:
    assert ask(queues, get_priority)["priority"] == "ETH_CELLULAR_WIFI"
    assert ask(queues, get_lan)["wifi"]["key"] == queues.gateway.world.wifi_key
    assert ask(queues, get_wan)["cellular"]["enabled"] is True
    assert queues.gateway.world.settings.shares_logs


def test_takes_over_what_is_set(queues: Queues) -> None:
    ask(queues, set_priority, {"priority": "WIFI_CELLULAR_ETH"}, 204)
    ask(queues, set_lan, {"wifi": LAN}, 204)
    key = {"ssid": "quay", "encryption": "WPA2-PSK", "key": "blue-anchor-8", "protocol": "dhcp", "dhcpClient": {"useDNS": True}}
    ask(queues, set_wan, {"wifi": {"enabled": True, **key}}, 204)
    settle(queues)
    settings = queues.gateway.world.settings
    assert settings.values["lan"]["wifi"] == LAN
    assert settings.values["wan"]["wifi"]["key"] == "blue-anchor-8"
    network = ask(queues, get_status)["network"]
    assert network["lan"]["wifi"] == LAN
    assert network["wan"]["active"] == "WIFI"
    assert [network["wan"][way]["priority"] for way in ("wifi", "cellular", "ethernet")] == [1, 2, 3]


def test_says_what_its_model_cannot_do(queues: Queues) -> None:
    queues.inject("config.desired", {"version": 9, "section": "moon", "value": {}})
    queues.listen()
    (message,) = queues.accept_uplink()
    assert message["payload"]["errors"] == [{"section": "moon", "message": "There is no such section"}]


def test_a_box_for_another_is_not_taken_over(queues: Queues) -> None:
    queues.inject("config.desired", {"version": 9, "section": "lan", "value": {"wifi": {**LAN, "key": {"box": "AAAA"}}}})
    queues.listen()
    (message,) = queues.accept_uplink()
    assert message["payload"]["errors"][0]["section"] == "lan"
    assert queues.gateway.world.wifi_key != "blue-anchor-7"


def test_stops_sharing_its_logs(queues: Queues) -> None:
    ask(queues, set_syslog, {"shareLogs": "none", "wisdmLogsRetrievalCycle": 30}, 204)
    settle(queues)
    settings = queues.gateway.world.settings
    assert (settings.shares_logs, settings.upload_every) == (False, 1800)


def test_reports_its_battery_while_that_is_monitored(queues: Queues) -> None:
    ask(queues, get_battery, status=404)
    ask(queues, set_monitoring, {"enabled": True}, 204)
    settle(queues)
    assert ask(queues, get_battery)["battery"] == battery.report(NOW.timestamp(), int("ac1f09fffe0a1b2c", 16) % 900)
    ask(queues, set_monitoring, {"enabled": False}, 204)
    settle(queues)
    queues.gateway.report()
    assert [message["type"] for message in queues.accept_uplink()] == ["gateway.status"]


def test_a_start_from_scratch_gets_everything_again(queues: Queues, clock: Any) -> None:
    ask(queues, set_lan, {"wifi": LAN}, 204)
    settle(queues)
    clock.shift(timedelta(minutes=20))
    fresh = type(queues.gateway)(queues.identity, queues.wire)
    queues.gateway = fresh
    fresh.start()
    settle(queues)
    assert fresh.world.wifi_key == "blue-anchor-7"
    assert fresh.applied == 2


def test_the_battery_fills_by_day_and_drains_by_night() -> None:
    day = [battery.report(hour * 3600, 100) for hour in range(24)]
    assert {report["mode"] for report in day} == {"CHARGING", "DISCHARGING", "FULLY_CHARGED"}
    assert all((report["current"] < 0) == (report["mode"] == "DISCHARGING") for report in day)
    assert 30 <= min(report["soc"] for report in day) < max(report["soc"] for report in day) <= 100
