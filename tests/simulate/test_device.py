"""A simulated WEGnology device and the API: its state, and what it is commanded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine

from fleet.access import Reach
from fleet.commands.device_command import DeviceCommand
from fleet.ids import new_id
from fleet.lifecycle import command_devices
from fleet.registry.device import Attribute
from functions.wegnology.device.get_command import handler as get_command
from functions.wegnology.device.send_state import handler as send_state
from functions.wegnology.devices.get_composite_state import handler as get_composite_state
from muster.simulate.device import ATTRIBUTES, Device, DeviceIdentity
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.wegnology_world import WegnologyWorld

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def world(fleet: Fleet) -> WegnologyWorld:
    return WegnologyWorld.of(fleet)


class Site:
    """A device in an application, and what it tells."""

    def __init__(self, world: WegnologyWorld) -> None:
        attributes = tuple(Attribute.model_validate({"name": each["name"], "data_type": each["dataType"]}) for each in ATTRIBUTES)
        self.world, self.stored = world, world.device("Pump 1", attributes=attributes)
        token = world.token_of("all.Device", device=self.stored.id, devices=())
        self.told: list[str] = []
        self.down = False
        self.path = {"applicationId": world.organization.id, "deviceId": self.stored.id}
        self.token = token
        self.device = Device(DeviceIdentity(world.organization.id, self.stored.id, token), self.ask, self.told.append)

    def ask(self, method: str, path: str, body: Any) -> Any:
        if self.down:
            raise ConnectionRefusedError
        url = urlsplit(path)
        assert url.path.startswith(f"/applications/{self.path['applicationId']}/devices/{self.path['deviceId']}/")
        handler = {"state": send_state, "command": get_command}[url.path.rpartition("/")[2]]
        answer = call(handler, path=self.path, query=dict(parse_qsl(url.query)), body=body, headers=self.world.bearer(self.token))
        assert answer.status == 200, answer
        return answer.json

    def shown(self) -> dict[str, Any]:
        path = {"applicationId": self.path["applicationId"]}
        (item,) = call(get_composite_state, path=path, headers=self.world.bearer()).json["items"]
        return {name: each["value"] for name, each in item["compositeState"].items()}

    def command(self, name: str, payload: Any = None) -> None:
        now = datetime.now(UTC)
        command = DeviceCommand(id=new_id(), name=name, time=now, accepted=now, payload=payload)
        command_devices.send(Reach.of(self.world.organization.id), [self.stored], command)


def test_it_reports_its_state(world: WegnologyWorld) -> None:
    site = Site(world)
    site.device.step()
    shown = site.shown()
    assert shown == site.device.state
    assert shown["running"] is True
    assert abs(shown["flow"] - 12) <= 0.5


def test_it_reports_at_intervals(world: WegnologyWorld, clock: time_machine.Traveller) -> None:
    site = Site(world)
    reports: list[dict[str, Any]] = []
    for _ in range(7):
        site.device.step()
        reports.append(dict(site.device.state))
        clock.shift(timedelta(seconds=4))
    assert [before != after for before, after in pairwise(reports)] == [False, False, True, False, False, True]


def test_it_carries_out_each_command_once(world: WegnologyWorld, clock: time_machine.Traveller) -> None:
    site = Site(world)
    site.command("set", {"target": 20.5, "running": True, "colour": "red"})
    site.command("hum")
    clock.shift(timedelta(seconds=3))
    site.device.step()
    assert (site.shown()["target"], abs(site.shown()["flow"] - 20.5) <= 0.5) == (20.5, True)
    assert sorted(site.told) == [f"{site.stored.id} was commanded {name}" for name in ("hum", "set")]
    site.command("set", {"running": False})
    for _ in range(2):
        clock.shift(timedelta(seconds=3))
        site.device.step()
    assert (site.shown()["running"], site.shown()["flow"] <= 0.5) == (False, True)
    assert len(site.told) == 3


@pytest.mark.parametrize("payload", [None, 5, [], {"target": "9"}, {"target": True, "running": 1}])
def test_what_it_cannot_set_stays(world: WegnologyWorld, payload: Any) -> None:
    site = Site(world)
    site.command("set", payload)
    site.device.step()
    assert json.dumps([site.device.state["target"], site.device.state["running"]]) == "[12.0, true]"


def test_without_an_answer_it_goes_on_later(world: WegnologyWorld, clock: time_machine.Traveller) -> None:
    site = Site(world)
    site.down = True
    site.command("set", {"target": 3})
    site.device.step()
    assert [line.startswith(f"{site.stored.id} cannot reach the API") for line in site.told] == [True]
    assert site.shown() == {}
    site.down = False
    clock.shift(timedelta(seconds=3))
    site.device.step()
    assert site.shown()["target"] == 3
