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
from tests.harness.fleet import Box
from tests.suite.settings import BATTERY
from tests.workers.configured import card, known, made, now, says
from tests.workers.device import BOOT, NOW, dead, deliver, letter
from tests.workers.stock import standing


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def box(cloud: dict[str, str]) -> Box:
    """A gateway in a location, online since its start."""
    return standing(made)


def reports(box: Box, seq: int, boot: str = BOOT, **changed: Any) -> None:
    assert deliver(receive, letter(box, "battery", BATTERY | changed, seq=seq, boot=boot, received=now())) == []


class TestBattery:
    """A battery is kept always, and listed while it is monitored."""

    def listed(self, box: Box) -> list[Any]:
        where = card(box)
        assert where.location
        found = list(Batteries.in_location(EVERYWHERE, where.organization, where.location, None, 10))
        assert fetch(EVERYWHERE, Locations.by_id(where.location)).batteries == len(found)
        return [battery.value for battery in found]

    def monitor(self, box: Box, enabled: bool = True) -> None:
        desire.set_monitoring(EVERYWHERE, known(box), enabled, now())

    def test_is_listed_from_its_first_report(self, box: Box) -> None:
        self.monitor(box)
        assert self.listed(box) == []
        reports(box, 2)
        assert self.listed(box) == [BATTERY]

    def test_is_listed_at_once_when_a_report_is_there(self, box: Box) -> None:
        reports(box, 2)
        assert self.listed(box) == []
        self.monitor(box)
        assert self.listed(box) == [BATTERY]

    def test_is_dropped_and_comes_back(self, box: Box) -> None:
        self.monitor(box)
        reports(box, 2)
        for enabled in (True, False, False, True, True):
            self.monitor(box, enabled)
            assert self.listed(box) == ([BATTERY] if enabled else [])
        assert known(box).battery.value == BATTERY

    def test_the_newest_report_counts(self, box: Box) -> None:
        self.monitor(box)
        for seq, charge in ((3, 50), (2, 40), (3, 45), (4, 60)):
            reports(box, seq, soc=charge)
        assert [battery["soc"] for battery in self.listed(box)] == [known(box).battery.value["soc"]] == [60]

    def test_a_report_while_it_is_not_monitored_is_kept(self, box: Box) -> None:
        self.monitor(box)
        reports(box, 2)
        self.monitor(box, enabled=False)
        reports(box, 3, soc=10)
        assert self.listed(box) == []
        assert known(box).battery.value["soc"] == 10

    def test_follows_what_the_gateway_says_when_nobody_has_decided(self, box: Box) -> None:
        reports(box, 2)
        says(box, 3, 0, batteryMonitoring={"enabled": True})
        assert self.listed(box) == [BATTERY]
        says(box, 4, 0, batteryMonitoring={"enabled": False})
        assert self.listed(box) == []

    def test_must_be_well_formed(self, box: Box) -> None:
        for broken in ({"soc": 101}, {"mode": "RESTING"}, {"voltage": "24"}, {"cycles": -1}, {"current": 1.5}, {"temperature": None}):
            reports(box, 2, **broken)
            assert [message["reason"] for message in dead()] == ["malformed"], broken
        assert known(box).battery.report is None
