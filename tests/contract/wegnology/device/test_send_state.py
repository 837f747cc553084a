"""POST /applications/{applicationId}/devices/{deviceId}/state (wegnology.md 8.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edge.sizes import MOST_PAYLOAD
from fleet.access import EVERYWHERE
from fleet.registry.device import Device
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_state import LONGEST, StateValue
from fleet.telemetry.device_states import EVER, DeviceStates
from functions.wegnology.device.send_state import handler
from tests.contract.wegnology.application import BEYOND, MS, NOW, Application, refusal
from tests.harness.aws import snapshot
from tests.harness.call import Response, call

TYPES = {"flow": "number", "door": "boolean", "text": "string", "place": "gps", "image": "blob"}
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def pump(application: Application) -> Device:
    return application.world.device(attributes=tuple({"name": name, "data_type": of} for name, of in TYPES.items()))


def send(application: Application, device: str, body: Any, token: str | None = None, of: str | None = None) -> Response:
    path = {"applicationId": of or application.id, "deviceId": device}
    return call(handler, path, body=body, headers=application.world.bearer(token))


def sent(application: Application, device: Device, body: Any) -> None:
    answer = send(application, device.id, body)
    assert (answer.status, answer.json) == (200, {"success": True}), answer.content


def state(device: Device, start: int = 1, end: int = EVER) -> dict[str, StateValue]:
    wanted = {device.id: [*TYPES, "other"]}
    return DeviceStates.newest(EVERYWHERE, device.organization, wanted, start, end)[device.id]


class TestTaken:
    def test_values_of_every_type(self, application: Application, pump: Device) -> None:
        values = {"flow": 12.5, "door": False, "text": "", "place": "60.44,22.24", "image": "aGk="}
        sent(application, pump, {"data": values})
        assert {name: each.value for name, each in state(pump).items()} == values
        assert {each.at for each in state(pump).values()} == {MS}

    @pytest.mark.parametrize(
        ("time", "at"),
        [
            (None, MS),
            (0, MS),
            (1_767_600_000, 1_767_600_000_000),
            (1_767_600_000.5, 1_767_600_000_500),
            (1_767_600_000_123, 1_767_600_000_123),
            (-60_000, MS - 60_000),
            ("2026-01-05T10:00:00.500Z", MS - 599_623),
            ("2026-01-05T12:00:00.500+02:00", MS - 599_623),
            ("2026-01-05T10:00:00.500", MS - 599_623),
            ({"$date": "2026-01-05T10:00:00.500Z"}, MS - 599_623),
            ("yesterday", MS),
            ({"$date": ""}, MS),
            (MS + 60_000, MS + 60_000),
        ],
        ids=repr,
    )
    def test_times(self, application: Application, pump: Device, time: Any, at: int) -> None:
        sent(application, pump, {"data": {"flow": 1}, **({} if time is None else {"time": time})})
        assert state(pump) == {"flow": StateValue(1, at)}

    def test_a_time_long_ago_is_taken_and_not_stored(self, application: Application, pump: Device) -> None:
        for time in (1, -(10**15), "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"):
            sent(application, pump, {"data": {"flow": 1}, "time": time})
        assert state(pump) == {}

    def test_several_at_once_in_any_order(self, application: Application, pump: Device) -> None:
        minutes = [3, 1, 2]
        sent(application, pump, [{"data": {"flow": minute}, "time": -60_000 * minute} for minute in minutes])
        assert state(pump) == {"flow": StateValue(1, MS - 60_000)}
        assert state(pump, end=MS - 90_000) == {"flow": StateValue(2, MS - 120_000)}

    def test_of_one_time_the_last_one_counts(self, application: Application, pump: Device) -> None:
        sent(application, pump, [{"data": {"flow": 1, "text": "a"}}, {"data": {"flow": 2}}])
        assert {name: each.value for name, each in state(pump).items()} == {"flow": 2, "text": "a"}

    def test_what_the_device_has_not_is_left_out(self, application: Application, pump: Device) -> None:
        sent(application, pump, {"data": {"flow": 1, "other": [], "Flow": 3} | {"other": 2}})
        assert state(pump) == {"flow": StateValue(1, MS)}
        bodies: list[Any] = [{"data": {}}, [{"data": {"other": True}}]]
        for nothing in bodies:
            sent(application, pump, nothing)

    def test_ids_in_capitals(self, application: Application, pump: Device) -> None:
        assert send(application, pump.id.upper(), {"data": {"flow": 1}}, of=application.id.upper()).status == 200
        assert set(state(pump)) == {"flow"}

    def test_it_is_counted(self, application: Application, pump: Device) -> None:
        sent(application, pump, [{"data": {"flow": 1}}, {"data": {"flow": 2}}, {"data": {"other": 2}}])
        sent(application, pump, {"data": {"flow": 1}})
        assert Counts.between(EVERYWHERE, pump.organization, pump.id, NOW, NOW)["deviceState"] == 3

    def test_as_much_as_is_taken_at_once(self, application: Application, pump: Device) -> None:
        body = [{"data": {"flow": number, "text": "x"}, "time": -number - 1} for number in range(100)]
        sent(application, pump, body)
        assert state(pump) == {"flow": StateValue(0, MS - 1), "text": StateValue("x", MS - 1)}


class TestRefused:
    CASES: tuple[tuple[Any, str], ...] = (
        ({}, "data"),
        ([], "body"),
        ({"data": None}, "data"),
        ({"data": []}, "data"),
        ({"data": {"flow": None}}, "flow"),
        ({"data": {"flow": [1]}}, "flow"),
        ({"data": {"flow": "1"}}, "flow"),
        ({"data": {"flow": True}}, "flow"),
        ({"data": {"door": 1}}, "door"),
        ({"data": {"door": "true"}}, "door"),
        ({"data": {"text": 1}}, "text"),
        ({"data": {"place": 1}}, "place"),
        ({"data": {"image": False}}, "image"),
        ({"data": {"text": "x" * LONGEST}}, "text"),
        ({"data": {"flow": 1}, "time": None}, "time"),
        ({"data": {"flow": 1}, "time": True}, "time"),
        ({"data": {"flow": 1}, "time": [1]}, "time"),
        ({"data": {"flow": 1}, "time": {"$date": 1}}, "time"),
        ({"data": {"flow": 1}, "time": {"$date": "", "more": ""}}, "time"),
        ({"data": {"flow": 1}, "time": "9999-12-31T00:00:00Z"}, "time"),
        ({"data": {"flow": 1}, "time": 10**300}, "time"),
        ({"data": {"flow": 1}, "more": 1}, "more"),
        ([{"data": {"flow": 1}}, {"data": {"flow": "x"}}], "1.data.flow"),
        ([{"data": {"flow": 1}}] * 101, "body"),
        ([{"data": dict.fromkeys(map(str, range(101)), 1)}] * 10, "body"),
        ("text", "body"),
        (1, "body"),
    )

    def test_a_state_that_is_no_entry_of_an_array_has_no_number(self, application: Application, pump: Device) -> None:
        assert refusal(send(application, pump.id, {"flow": 2}), 400) == "data is required; flow is not known here"
        assert refusal(send(application, pump.id, {"data": {"flow": None}}), 400).startswith("data.flow must ")
        assert refusal(send(application, pump.id, [{"flow": 2}]), 400) == "0.data is required; 0.flow is not known here"

    def test_bad_bodies_change_nothing(self, application: Application, pump: Device) -> None:
        before = snapshot()
        for body, named in self.CASES:
            assert named in refusal(send(application, pump.id, body), 400, body)
        assert snapshot() == before

    def test_a_number_that_json_has_and_python_has_not(self, application: Application, pump: Device) -> None:
        times = [b'{"data": {"flow": 1}, "time": ' + time + b"}" for time in (b"1e400", b"-1e400", b"9" * 400, b"-" + b"9" * 400)]
        for text in (*times, b'{"data": {"flow": 1e999}}', b'{"data": {"flow": NaN}}', b'{"data": {"text": "\\ud800"}}'):
            refusal(send(application, pump.id, text), 400, text)
        for number in BEYOND:
            assert refusal(send(application, pump.id, b'{"data": {"flow": %s}}' % number), 400).startswith("data.flow"), number
            assert refusal(send(application, pump.id, b'{"data": {"unknown": %s}}' % number), 400).startswith("data.unknown"), number
            assert refusal(send(application, pump.id, b'{"data": {}, "time": %s}' % number), 400).startswith("time"), number
        assert state(pump) == {}

    def test_too_much(self, application: Application, pump: Device) -> None:
        assert MOST_PAYLOAD > 4_500_001
        refusal(send(application, pump.id, b'{"data": {}}' + b" " * 4_500_000), 413)

    @pytest.mark.parametrize("device", ["65f0c0de00000000000000fe", "x", "GG" * 12, "1" * 25, "ž"])
    def test_a_device_that_there_is_not(self, application: Application, pump: Device, device: str) -> None:
        assert refusal(send(application, device, {"wrong": 1}), 404) == "Device was not found"

    def test_a_device_that_is_deleted_or_anothers(self, application: Application, other: Application) -> None:
        theirs = other.world.device()
        assert refusal(send(application, theirs.id, {"data": {}}), 404) == "Device was not found"
        assert refusal(send(application, theirs.id, {"data": {}}, of=other.id), 404) == "Application was not found"

    def test_the_token_of_a_device(self, application: Application, pump: Device) -> None:
        ally, stranger = application.world.device("Ally"), application.world.device("Stranger")
        token = application.world.token_of("all.Device", device=pump.id, devices=[ally.id])
        for device in (pump, ally):
            assert send(application, device.id, {"data": {}}, token).status == 200
        assert refusal(send(application, stranger.id, {"wrong": 1}, token), 404) == "Device was not found"
        reader = application.world.token_of("all.Device.read", device=pump.id)
        refusal(send(application, pump.id, {"data": {}}, reader), 403)

    @pytest.mark.parametrize("scope", ["device.*", "devices.*", "device.sendState", "all.Application"])
    def test_scopes_that_may(self, application: Application, pump: Device, scope: str) -> None:
        assert send(application, pump.id, {"data": {}}, application.world.token_of(scope)).status == 200


def test_a_report_of_a_day_ago_is_not_the_newest(application: Application, pump: Device) -> None:
    sent(application, pump, {"data": {"flow": 2}})
    sent(application, pump, {"data": {"flow": 1}, "time": (NOW - timedelta(days=1)).isoformat()})
    assert state(pump) == {"flow": StateValue(2, MS)}
