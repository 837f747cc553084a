"""POST /applications/{applicationId}/devices/command (wegnology.md 5.9), and the job that it may start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.commands.device_command import DeviceCommand
from fleet.commands.device_commands import DeviceCommands
from fleet.registry.device import Device
from fleet.telemetry.counts import Counts
from functions.wegnology.devices.command import handler
from functions.wegnology.devices.delete import handler as delete_devices
from functions.workers.downlink.dispatch import handler as dispatch
from tests.contract.wegnology.application import BEYOND, NOW, Application, refusal
from tests.harness.aws import snapshot
from tests.harness.call import Response, call
from tests.harness.jobs import job, letters, log, work
from tests.harness.recorder import Recorder
from tests.workers.messages import deliver_rows, downlink_messages, outbox

SAMPLE: dict[str, Any] = {
    "time": "2016-06-13T04:00:00.000Z",
    "name": "myCommand",
    "payload": [1, 1, 2, 3, 5],
    "deviceTags": [{"key": "floor", "value": "8"}],
}
pytestmark = pytest.mark.usefixtures("clock")


def send(application: Application, body: Any, token: str | None = None, of: str | None = None) -> Response:
    return call(handler, {"applicationId": of or application.id}, body=body, headers=application.world.bearer(token))


def sent(application: Application, body: Any, token: str | None = None) -> None:
    answer = send(application, body, token)
    assert (answer.status, answer.json) == (200, {"success": True}), answer.content


def commands(device: Device) -> list[DeviceCommand]:
    """The commands of a device, oldest first."""
    return list(DeviceCommands.newest(EVERYWHERE, device, 0, int(NOW.timestamp() * 1000)))[::-1]


def got(*devices: Device) -> list[int]:
    """How many commands each device has."""
    return [len(commands(device)) for device in devices]


def tag(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


class TestSent:
    def test_the_page_s_own_example(self, application: Application) -> None:
        eighth, ninth = (application.world.device(tags=(tag("floor", floor),)) for floor in "89")
        sent(application, SAMPLE)
        (command,) = commands(eighth)
        assert (command.name, command.time, command.payload) == ("myCommand", datetime(2016, 6, 13, 4, tzinfo=UTC), [1, 1, 2, 3, 5])
        assert got(ninth) == [0]

    @pytest.mark.parametrize("payload", [None, 0, False, "", "x", [], {}, [None], {"a": {"b": None}}, 1.5, 1e308, 2**64])
    def test_any_payload(self, application: Application, payload: Any) -> None:
        pump = application.world.device()
        sent(application, {"name": "open", "payload": payload, "deviceIds": [pump.id]})
        assert [command.payload for command in commands(pump)] == [payload]

    def test_none_is_null(self, application: Application) -> None:
        pump = application.world.device()
        sent(application, {"name": "open", "deviceIds": [pump.id]})
        assert [command.payload for command in commands(pump)] == [None]

    def test_a_gateway_gets_a_message_for_each_device_that_it_speaks_for(self, application: Application) -> None:
        hardware = application.world.fleet.hardware()
        card = application.world.fleet.gateway(application.world.organization, None, hardware)
        spoken = application.world.device(device_class="peripheral", wegnology={"gateway": card.id})
        sent(application, {"name": "open", "payload": None, "deviceIds": [card.id, spoken.id]})
        assert not deliver_rows(dispatch, outbox(hardware))
        payloads = [message["payload"] for _ in range(3) for message in downlink_messages(hardware)]
        assert {payload["deviceId"] for payload in payloads} == {card.id, spoken.id}
        assert all((payload["name"], payload["payload"]) == ("open", None) for payload in payloads)

    def test_each_is_counted(self, application: Application) -> None:
        pump = application.world.device()
        for _ in range(2):
            sent(application, {"name": "open", "deviceIds": [pump.id]})
        counts = Counts.between(EVERYWHERE, application.id, pump.id, NOW, NOW)
        assert (counts["deviceCommand"], counts["mqttOut"]) == (2, 0)

    def test_two_requests_are_two_commands(self, application: Application) -> None:
        pump = application.world.device()
        for _ in range(2):
            sent(application, {"name": "open", "deviceIds": [pump.id]})
        assert got(pump) == [2]


class TestWho:
    def test_the_union_and_each_once(self, application: Application) -> None:
        listed, tagged, asked, all_three = (
            application.world.device(name, tags=(tag("hall", hall),))
            for name, hall in (("Listed", "x"), ("Tagged", "north"), ("Asked", "x"), ("Asked", "north"))
        )
        other = application.world.device("Other")
        ids = [listed.id.upper(), listed.id, all_three.id]
        body = {"name": "open", "deviceIds": ids, "deviceTags": [tag("hall", "north")], "deviceQuery": {"name": "Asked"}}
        sent(application, body)
        assert got(listed, tagged, asked, all_three, other) == [1, 1, 1, 1, 0]

    def test_tags_are_alternatives_of_which_one_entry_fits_all_parts(self, application: Application) -> None:
        both = application.world.device(tags=(tag("hall", "north"), tag("floor", "1")))
        crossed = application.world.device(tags=(tag("hall", "1"), tag("floor", "north")))
        sent(application, {"name": "open", "deviceTags": [tag("hall", "north"), tag("floor", "2")]})
        assert got(both, crossed) == [1, 0]
        sent(application, {"name": "open", "deviceTags": [{"value": "north"}]})
        assert got(both, crossed) == [2, 1]

    def test_an_empty_selector_means_every_device_with_a_tag(self, application: Application) -> None:
        with_one, without = application.world.device(tags=(tag("a", "b"),)), application.world.device()
        sent(application, {"name": "open", "deviceTags": [{}]})
        assert got(with_one, without) == [1, 0]

    def test_an_empty_query_means_all(self, application: Application) -> None:
        devices = [application.world.device() for _ in range(60)]
        sent(application, {"name": "open", "deviceQuery": {}})
        assert got(*devices) == [1] * 60

    @pytest.mark.parametrize("nobody", [{"deviceIds": []}, {"deviceTags": []}, {"deviceIds": ["65f0c0de00000000000000ff"]}])
    def test_nobody_is_fine(self, application: Application, nobody: Any) -> None:
        pump = application.world.device()
        sent(application, {"name": "open", **nobody})
        sent(application, {"name": "open", "deviceQuery": {"name": "Nobody"}})
        assert got(pump) == [0]

    def test_deleted_and_foreign_devices_are_passed_over(self, application: Application, other: Application) -> None:
        gone, foreign = application.world.device("Gone"), other.world.device()
        call(delete_devices, {"applicationId": application.id}, headers=application.world.bearer(), body={"query": {"name": "Gone"}})
        sent(application, {"name": "open", "deviceIds": [gone.id, foreign.id], "deviceQuery": {}})
        assert got(gone, foreign) == [0, 0]

    def test_only_ids_leave_the_directory_unread(self, application: Application, aws_requests: Recorder) -> None:
        pump = application.world.device()
        aws_requests.clear()
        sent(application, {"name": "open", "deviceIds": [pump.id]})
        assert not any(request.endswith("Query") for request in aws_requests.requests)


class TestOfADevice:
    """The token of a device commands itself, and those that it may see."""

    def test_others_are_as_if_they_were_not_there(self, application: Application) -> None:
        itself, ally, other = (application.world.device(tags=(tag("a", "b"),)) for _ in range(3))
        token = application.world.token_of("all.Device", device=itself.id, devices=[ally.id])
        audiences: list[dict[str, Any]] = [{"deviceQuery": {}}, {"deviceTags": [{}]}, {"deviceIds": [itself.id, ally.id, other.id]}]
        for who in audiences:
            sent(application, {"name": "open", **who}, token)
        assert got(itself, ally, other) == [3, 3, 0]
        sent(application, {"name": "open", "deviceIds": [ally.id]}, token)
        assert got(itself, ally, other) == [3, 4, 0]

    def test_nor_does_a_job_of_it_reach_them(self, application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WEGNOLOGY_SYNC_LIMIT", "1")
        itself, ally, other = (application.world.device() for _ in range(3))
        token = application.world.token_of("all.Device", device=itself.id, devices=[ally.id])
        answer = send(application, {"name": "open", "deviceQuery": {}}, token)
        assert answer.status == 202
        assert work(answer.json["jobId"])
        assert got(itself, ally, other) == [1, 1, 0]


class TestTime:
    @pytest.mark.parametrize(
        ("given", "at"),
        [
            (1_929_000_000, datetime.fromtimestamp(1_929_000_000, UTC)),
            (1_929_000_000_250, datetime.fromtimestamp(1_929_000_000.25, UTC)),
            (-1500, NOW - timedelta(milliseconds=1500)),
            ("2026-01-05T12:10:00+02:00", datetime(2026, 1, 5, 10, 10, tzinfo=UTC)),
            ({"$date": "2016-06-13T04:00:00Z"}, datetime(2016, 6, 13, 4, tzinfo=UTC)),
            ("0001-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
            (10**300, datetime(9999, 12, 31, tzinfo=UTC)),
            (-(10**300), datetime(1970, 1, 1, tzinfo=UTC)),
            ("tomorrow", NOW),
            ("", NOW),
        ],
    )
    def test_it_is_read(self, application: Application, given: Any, at: datetime) -> None:
        pump = application.world.device()
        sent(application, {"name": "open", "time": given, "deviceIds": [pump.id]})
        assert [command.time for command in commands(pump)] == [at]

    def test_without_one_it_is_now(self, application: Application) -> None:
        pump = application.world.device()
        sent(application, {"name": "open", "deviceIds": [pump.id]})
        assert [command.time for command in commands(pump)] == [NOW]


class TestInput:
    @pytest.mark.parametrize(
        ("body", "named"),
        [
            (None, "name"),
            ({"name": "open"}, "deviceIds, deviceTags or deviceQuery must be given"),
            ({"deviceQuery": {}}, "name"),
            ({"name": "", "deviceQuery": {}}, "name"),
            ({"name": "x" * 256, "deviceQuery": {}}, "name"),
            ({"name": 1, "deviceQuery": {}}, "name"),
            ({"name": "open", "deviceQuery": {"colour": "blue"}}, "deviceQuery.colour"),
            ({"name": "open", "deviceQuery": None}, "deviceQuery"),
            ({"name": "open", "deviceQuery": []}, "deviceQuery"),
            ({"name": "open", "deviceIds": None}, "deviceIds"),
            ({"name": "open", "deviceIds": ["x"]}, "deviceIds.0 must be an id of 24 hexadecimal digits"),
            ({"name": "open", "deviceIds": ["65f0c0de00000000000000ff"] * 1001}, "deviceIds"),
            ({"name": "open", "deviceTags": [{}] * 101}, "deviceTags"),
            ({"name": "open", "deviceTags": [{"value": ""}]}, "deviceTags"),
            ({"name": "open", "deviceTags": {}}, "deviceTags"),
            ({"name": "open", "deviceQuery": {}, "time": True}, "time"),
            ({"name": "open", "deviceQuery": {}, "time": None}, "time"),
            ({"name": "open", "deviceQuery": {}, "time": [1]}, "time"),
            ({"name": "open", "deviceQuery": {}, "time": {"date": "x"}}, "time"),
            ({"name": "open", "deviceQuery": {}, "time": 10**400}, "time"),
            ({"name": "open", "deviceQuery": {}, "time": -(10**400)}, "time"),
            (b'{"name": "open", "deviceQuery": {}, "time": 1e400}', "time"),
            (b'{"name": "open", "deviceQuery": {}, "payload": {"a": [1, -1e400]}}', "payload"),
            ({"name": "open", "deviceQuery": {}, "colour": "blue"}, "colour"),
            ({"name": "open", "deviceQuery": {}, "email": "ada@example.com"}, "email"),
            ({"name": "open", "deviceQuery": {}, "payload": "x" * 300_000}, "payload"),
            *((b'{"name":"open","deviceQuery":{},"payload":%s}' % text, "payload") for text in BEYOND),
            (b'{"name":"open","deviceQuery":{},"payload":{"a":[1,-1e999]}}', "payload"),
            *((b'{"name":"open","deviceQuery":{},"time":%s}' % text, "time") for text in BEYOND),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_sent(self, application: Application, body: Any, named: str) -> None:
        pump = application.world.device(tags=(tag("a", "b"),))
        before = snapshot()
        assert named in refusal(send(application, body), 400, body)
        assert (snapshot(), got(pump)) == (before, [0])

    @pytest.mark.parametrize("scope", ["all.Application.read", "all.Device.read", "devices.post"])
    def test_a_token_without_the_scope_is_403(self, application: Application, scope: str) -> None:
        refusal(send(application, SAMPLE, application.world.token_of(scope)), 403)

    def test_another_application_is_not_found(self, application: Application, other: Application) -> None:
        refusal(send(application, SAMPLE, of=other.id), 404)


class TestJob:
    """Above the limit."""

    @pytest.fixture(autouse=True)
    def _limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WEGNOLOGY_SYNC_LIMIT", "2")

    def test_it_commands_each_device_once(self, application: Application, clock: time_machine.Traveller) -> None:
        devices = [application.world.device(f"Pump {number:02d}", tags=(tag("a", "b"),)) for number in range(60)]
        answer = send(application, {"name": "open", "time": -1000, "payload": {"a": None}, "deviceTags": [{"key": "a"}]})
        assert (answer.status, answer.json.keys()) == (202, {"success", "jobQueued", "jobId"})
        id = answer.json["jobId"]
        assert got(*devices) == [0] * 60
        clock.shift(timedelta(minutes=5))
        assert work(id)
        assert work(id)
        assert got(*devices) == [1] * 60
        (command,) = commands(devices[0])
        assert (command.time, command.payload) == (NOW - timedelta(seconds=1), {"a": None})
        assert (job(id).state, job(id).output, len(log(id))) == ("completed", {"sent": 60}, 60)
        assert not letters("Callbacks", id) + letters("Mail", id)

    def test_ids_that_are_not_there_do_not_count_for_the_limit(self, application: Application) -> None:
        pump = application.world.device()
        sent(application, {"name": "open", "deviceIds": [pump.id, *(f"65f0c0de{number:016x}" for number in range(3))]})
        assert got(pump) == [1]

    def test_more_ids_than_the_limit_are_a_job_s(self, application: Application) -> None:
        devices = [application.world.device() for _ in range(4)]
        answer = send(application, {"name": "open", "deviceIds": [device.id for device in devices[1:]]})
        assert answer.status == 202
        assert work(answer.json["jobId"])
        assert got(*devices) == [0, 1, 1, 1]

    def test_a_device_that_came_after_the_request_gets_nothing(self, application: Application, clock: time_machine.Traveller) -> None:
        for _ in range(3):
            application.world.device()
        answer = send(application, {"name": "open", "deviceQuery": {}})
        clock.shift(1)
        late = application.world.device()
        assert work(answer.json["jobId"])
        assert got(late) == [0]
