"""GET /applications/{applicationId}/devices/{deviceId}/command (wegnology.md 8.2), and what commands do on the way to a gateway."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import fetch
from fleet.commands.device_command import DeviceCommand
from fleet.commands.device_commands import DeviceCommands
from fleet.errors import Invalid, NotFound
from fleet.ids import new_id
from fleet.lifecycle import command_devices
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.telemetry.counts import Counts
from functions.wegnology.device.get_command import handler
from functions.workers.downlink.dispatch import handler as dispatch
from tests.contract.wegnology.application import MS, NOW, Application, refusal
from tests.harness.call import Response, call
from tests.harness.recorder import Recorder
from tests.workers.messages import deliver_rows, downlink_messages, outbox

pytestmark = pytest.mark.usefixtures("clock")


def command(name: str = "open", time: datetime = NOW, **fields: Any) -> DeviceCommand:
    return DeviceCommand(**{"id": new_id(), "name": name, "time": time, "accepted": NOW, **fields})


def send(application: Application, given: DeviceCommand, *devices: Device) -> DeviceCommand:
    command_devices.send(Reach.of(application.id), devices, given)
    return given


def ask(application: Application, device: str, token: str | None = None, **query: str) -> Response:
    path = {"applicationId": application.id, "deviceId": device}
    return call(handler, path, query=query, headers=application.world.bearer(token))


def names(application: Application, device: Device, **query: str) -> list[str]:
    answer = ask(application, device.id, **query)
    assert answer.status == 200, answer.content
    return [each["name"] for each in answer.json]


class TestShown:
    def test_as_many_of_the_newest_as_fit_into_an_answer(self, application: Application) -> None:
        pump = application.world.device()
        for number in range(30):
            send(application, command(str(number), NOW + timedelta(seconds=number), payload="x" * 250_000), pump)
        shown = names(application, pump, limit="1000")
        assert 20 <= len(shown) < 30
        assert shown == [str(number) for number in range(30)][-len(shown) :]

    def test_the_newest_one(self, application: Application) -> None:
        pump = application.world.device()
        assert ask(application, pump.id).json == []
        for minute, payload in enumerate(({"valve": [1, None]}, None, "x")):
            send(application, command(f"c{minute}", NOW + timedelta(minutes=minute), payload=payload), pump)
        assert ask(application, pump.id).json == [{"name": "c2", "time": "2026-01-05T10:12:00.123Z", "payload": "x"}]
        shown = ask(application, pump.id.upper(), limit="5").json
        assert [each["payload"] for each in shown] == [{"valve": [1, None]}, None, "x"]

    def test_limit_and_since(self, application: Application) -> None:
        pump = application.world.device()
        for minute in range(4):
            send(application, command(f"c{minute}", NOW + timedelta(minutes=minute)), pump)
        assert names(application, pump, limit="2") == ["c2", "c3"]
        assert names(application, pump, limit="10", since=str(MS + 60_000)) == ["c1", "c2", "c3"]
        assert names(application, pump, limit="99999", since=str(MS + 60_001)) == ["c2", "c3"]
        assert names(application, pump, limit="", since="") == ["c3"]
        assert names(application, pump, since=str(10**17)) == []
        for query in ({"limit": "0"}, {"limit": "x"}, {"limit": "1.0"}, {"since": "-1"}, {"since": "now"}):
            assert next(iter(query)) in refusal(ask(application, pump.id, **query), 400, query)

    def test_since_is_exact_to_the_millisecond_whatever_the_year(self, application: Application) -> None:
        pump, at = application.world.device(), 2_177_452_800_002
        send(application, command(time=datetime(2039, 1, 1, 0, 0, 0, 2_000, UTC)), pump)
        assert [names(application, pump, since=str(since)) for since in (at, at + 1)] == [["open"], []]

    def test_for_a_week(self, application: Application, clock: time_machine.Traveller) -> None:
        pump = application.world.device()
        send(application, command(), pump)
        clock.shift(timedelta(days=7))
        assert names(application, pump) == []

    def test_a_command_that_comes_again_is_one(self, application: Application) -> None:
        pump, given = application.world.device(), command()
        for _ in range(2):
            send(application, given, pump)
        assert names(application, pump, limit="9") == ["open"]
        assert Counts.between(EVERYWHERE, application.id, pump.id, NOW, NOW)["deviceCommand"] == 1

    def test_it_is_to_nobody_else(self, application: Application, other: Application) -> None:
        pump, ally = application.world.device(), application.world.device("Ally")
        send(application, command(), pump)
        assert names(application, ally) == []
        token = application.world.token_of("all.Device.read", device=ally.id)
        assert refusal(ask(application, pump.id, token), 404) == "Device was not found"
        assert ask(application, ally.id, token).status == 200
        assert refusal(ask(other, pump.id), 404) == "Device was not found"
        with pytest.raises(NotFound):
            command_devices.send(Reach.of(other.id), [pump], command())

    def test_what_is_deleted_is_gone(self, application: Application) -> None:
        pump = application.world.device()
        for minute in range(4):
            send(application, command(f"c{minute}", NOW + timedelta(minutes=minute)), pump)
        assert not DeviceCommands.drop(EVERYWHERE, pump.organization, pump.id, MS, MS + 120_000, limit=2)
        assert DeviceCommands.drop(EVERYWHERE, pump.organization, pump.id, MS, MS + 120_000, limit=2)
        assert names(application, pump, limit="9") == ["c3"]


class TestSent:
    def test_a_gateway_gets_its_own_and_those_of_whom_it_speaks_for(self, application: Application) -> None:
        hardware = application.world.fleet.hardware()
        card = application.world.fleet.gateway(application.world.organization, None, hardware)
        gateway = fetch(EVERYWHERE, Devices.by_id(card.id))
        valve = application.world.device("Valve", device_class="peripheral", wegnology={"gateway": gateway.id})
        lonely = application.world.device("Lonely", device_class="peripheral", wegnology={"gateway": application.gateway.id})
        send(application, command(payload={"a": None}), gateway, valve, lonely, application.world.device("Free"))
        rows = outbox(hardware)
        assert deliver_rows(dispatch, rows) == []
        got = {each["payload"]["deviceId"]: each for _ in range(3) for each in downlink_messages(hardware)}
        assert set(got) == {gateway.id, valve.id}
        assert got[valve.id]["type"] == "device.command"
        assert got[valve.id]["payload"] == {
            "deviceId": valve.id,
            "name": "open",
            "time": "2026-01-05T10:10:00.123Z",
            "payload": {"a": None},
            "deadline": "2026-01-05T11:10:00Z",
        }
        assert outbox(hardware) == []
        assert Counts.between(EVERYWHERE, application.id, valve.id, NOW, NOW)["mqttOut"] == 1

    def test_sent_again_those_get_it_that_do_not_have_it(self, application: Application) -> None:
        hardware = application.world.fleet.hardware()
        card = application.world.fleet.gateway(application.world.organization, None, hardware)
        gateway = fetch(EVERYWHERE, Devices.by_id(card.id))
        valve = application.world.device("Valve", device_class="peripheral", wegnology={"gateway": gateway.id})
        given = send(application, command(), gateway)
        for _ in range(2):
            send(application, given, gateway, valve)
        assert len(outbox(hardware)) == 2
        assert names(application, valve, limit="9") == names(application, gateway, limit="9") == ["open"]
        counts = [Counts.between(EVERYWHERE, application.id, device.id, NOW, NOW) for device in (gateway, valve)]
        assert [(each["deviceCommand"], each["mqttOut"]) for each in counts] == [(1, 1), (1, 1)]

    def test_many_devices_in_few_transactions(self, application: Application) -> None:
        devices = [application.world.device(f"Pump {number}") for number in range(60)]
        with Recorder() as recorder:
            send(application, command(), *devices)
        assert recorder.requests.count("dynamodb:TransactWriteItems") == 2
        assert all(names(application, device) == ["open"] for device in devices[::20])

    def test_a_large_one_is_sent_to_few_at_once_and_one_too_large_to_none(self) -> None:
        assert command_devices.at_once(command()) == 32
        assert command_devices.at_once(command(payload="x" * 200_000)) == 8
        command_devices.check(command(payload="x" * 250_000))
        with pytest.raises(Invalid):
            command_devices.check(command(payload="x" * 260_000))
        assert json.loads(command(payload=[None]).model_dump_json(exclude_none=True))["payload"] == [None]
