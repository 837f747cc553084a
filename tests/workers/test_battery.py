"""Battery reports: always stored, and listed while the battery is monitored."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.configuration.batteries import Batteries
from fleet.registry.locations import Locations
from functions.workers.uplink.receive import handler as receive
from tests.harness.fleet import Hardware
from tests.suite.settings import BATTERY
from tests.workers.configuration import card, monitored, now, online_gateway, report_configuration
from tests.workers.messages import BOOT, dead_letters, deliver, uplink_message
from tests.workers.prepared import prepared_gateway

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway in a location, online since its hello message."""
    return prepared_gateway(online_gateway)


def report_battery(hardware: Hardware, seq: int, boot: str = BOOT, **changed: Any) -> None:
    assert deliver(receive, uplink_message(hardware, "battery", BATTERY | changed, seq=seq, boot=boot, received=now())) == []


class TestBattery:
    """A battery report is always stored, and listed while the battery is monitored."""

    def listed_batteries(self, hardware: Hardware) -> list[Any]:
        gateway = card(hardware)
        assert gateway.location
        found = Batteries.in_location(EVERYWHERE, gateway.organization, gateway.location, None, 10).entities
        assert fetch(EVERYWHERE, Locations.by_id(gateway.location)).batteries == len(found)
        return [battery.value for battery in found]

    def set_monitoring(self, hardware: Hardware, enabled: bool = True) -> None:
        desire.set_monitoring(EVERYWHERE, monitored(hardware), enabled, "tests", now())

    def test_is_listed_from_its_first_report(self, hardware: Hardware) -> None:
        self.set_monitoring(hardware)
        assert self.listed_batteries(hardware) == []
        report_battery(hardware, 2)
        assert self.listed_batteries(hardware) == [BATTERY]

    def test_is_listed_at_once_when_a_report_is_there(self, hardware: Hardware) -> None:
        report_battery(hardware, 2)
        assert self.listed_batteries(hardware) == []
        self.set_monitoring(hardware)
        assert self.listed_batteries(hardware) == [BATTERY]

    def test_is_dropped_and_comes_back(self, hardware: Hardware) -> None:
        self.set_monitoring(hardware)
        report_battery(hardware, 2)
        for enabled in (True, False, False, True, True):
            self.set_monitoring(hardware, enabled)
            assert self.listed_batteries(hardware) == ([BATTERY] if enabled else [])
        assert monitored(hardware).battery.value == BATTERY

    def test_the_newest_report_counts(self, hardware: Hardware) -> None:
        self.set_monitoring(hardware)
        for seq, charge in ((3, 50), (2, 40), (3, 45), (4, 60)):
            report_battery(hardware, seq, soc=charge)
        assert [battery["soc"] for battery in self.listed_batteries(hardware)] == [monitored(hardware).battery.value["soc"]] == [60]

    def test_a_report_while_it_is_not_monitored_is_kept(self, hardware: Hardware) -> None:
        self.set_monitoring(hardware)
        report_battery(hardware, 2)
        self.set_monitoring(hardware, enabled=False)
        report_battery(hardware, 3, soc=10)
        assert self.listed_batteries(hardware) == []
        assert monitored(hardware).battery.value["soc"] == 10

    def test_follows_what_the_gateway_says_when_nobody_has_decided(self, hardware: Hardware) -> None:
        report_battery(hardware, 2)
        report_configuration(hardware, 3, 0, batteryMonitoring={"enabled": True})
        assert self.listed_batteries(hardware) == [BATTERY]
        report_configuration(hardware, 4, 0, batteryMonitoring={"enabled": False})
        assert self.listed_batteries(hardware) == []

    def test_must_be_well_formed(self, hardware: Hardware) -> None:
        for broken in ({"soc": 101}, {"mode": "RESTING"}, {"voltage": "24"}, {"cycles": -1}, {"current": 1.5}, {"temperature": None}):
            report_battery(hardware, 2, **broken)
            assert [message["reason"] for message in dead_letters()] == ["malformed"], broken
        assert monitored(hardware).battery.report is None
