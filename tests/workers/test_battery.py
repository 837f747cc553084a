"""What gateways say of their battery: kept always, and listed while it is monitored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.configuration.batteries import Batteries
from fleet.registry.locations import Locations
from functions.workers.uplink.receive import handler as receive
from tests.harness.fleet import Hardware
from tests.suite.settings import BATTERY
from tests.workers.configuration import card, known, made, now, says
from tests.workers.messages import BOOT, NOW, dead_letters, deliver, uplink_message
from tests.workers.prepared import standing


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway in a location, online since its start."""
    return standing(made)


def reports(hardware: Hardware, seq: int, boot: str = BOOT, **changed: Any) -> None:
    assert deliver(receive, uplink_message(hardware, "battery", BATTERY | changed, seq=seq, boot=boot, received=now())) == []


class TestBattery:
    """A battery is kept always, and listed while it is monitored."""

    def listed(self, hardware: Hardware) -> list[Any]:
        where = card(hardware)
        assert where.location
        found = list(Batteries.in_location(EVERYWHERE, where.organization, where.location, None, 10))
        assert fetch(EVERYWHERE, Locations.by_id(where.location)).batteries == len(found)
        return [battery.value for battery in found]

    def monitor(self, hardware: Hardware, enabled: bool = True) -> None:
        desire.set_monitoring(EVERYWHERE, known(hardware), enabled, now())

    def test_is_listed_from_its_first_report(self, hardware: Hardware) -> None:
        self.monitor(hardware)
        assert self.listed(hardware) == []
        reports(hardware, 2)
        assert self.listed(hardware) == [BATTERY]

    def test_is_listed_at_once_when_a_report_is_there(self, hardware: Hardware) -> None:
        reports(hardware, 2)
        assert self.listed(hardware) == []
        self.monitor(hardware)
        assert self.listed(hardware) == [BATTERY]

    def test_is_dropped_and_comes_back(self, hardware: Hardware) -> None:
        self.monitor(hardware)
        reports(hardware, 2)
        for enabled in (True, False, False, True, True):
            self.monitor(hardware, enabled)
            assert self.listed(hardware) == ([BATTERY] if enabled else [])
        assert known(hardware).battery.value == BATTERY

    def test_the_newest_report_counts(self, hardware: Hardware) -> None:
        self.monitor(hardware)
        for seq, charge in ((3, 50), (2, 40), (3, 45), (4, 60)):
            reports(hardware, seq, soc=charge)
        assert [battery["soc"] for battery in self.listed(hardware)] == [known(hardware).battery.value["soc"]] == [60]

    def test_a_report_while_it_is_not_monitored_is_kept(self, hardware: Hardware) -> None:
        self.monitor(hardware)
        reports(hardware, 2)
        self.monitor(hardware, enabled=False)
        reports(hardware, 3, soc=10)
        assert self.listed(hardware) == []
        assert known(hardware).battery.value["soc"] == 10

    def test_follows_what_the_gateway_says_when_nobody_has_decided(self, hardware: Hardware) -> None:
        reports(hardware, 2)
        says(hardware, 3, 0, batteryMonitoring={"enabled": True})
        assert self.listed(hardware) == [BATTERY]
        says(hardware, 4, 0, batteryMonitoring={"enabled": False})
        assert self.listed(hardware) == []

    def test_must_be_well_formed(self, hardware: Hardware) -> None:
        for broken in ({"soc": 101}, {"mode": "RESTING"}, {"voltage": "24"}, {"cycles": -1}, {"current": 1.5}, {"temperature": None}):
            reports(hardware, 2, **broken)
            assert [message["reason"] for message in dead_letters()] == ["malformed"], broken
        assert known(hardware).battery.report is None
