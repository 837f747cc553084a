"""When a gateway is connected and since when, and the history of that, whatever its messages say of it and in whichever order they come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import fetch
from fleet.presence.read_connections import connections
from fleet.registry.connection import Change, Connection
from fleet.registry.gateways import Gateways
from fleet.telemetry.connections import Connections
from fleet.telemetry.counts import Counts
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Fleet, Hardware
from tests.harness.interference import before_first_request
from tests.harness.recorder import Recorder
from tests.workers.configuration import now
from tests.workers.messages import NEXT_BOOT, NOW, deliver, hello, uplink_message
from tests.workers.prepared import PreparedThings
from tests.workers.status import STATUS
from tests.workers.thing_messages import AT, connection_message, message, things_message

START = int(NOW.timestamp() * 1000)
MINUTE = 60_000
SILENCE = 25 * MINUTE
pytestmark = pytest.mark.usefixtures("clock")


def says(hardware: Hardware, type: str, payload: dict[str, Any], seq: int, **members: Any) -> None:
    assert deliver(handler, uplink_message(hardware, type, payload, seq=seq, received=now(), **members)) == []


def connects(hardware: Hardware, seq: int, connected: bool = True, **members: Any) -> None:
    says(hardware, "presence", {"connected": connected}, seq, **members)


def reports(hardware: Hardware, seq: int) -> None:
    says(hardware, "status", STATUS, seq)


def id_of(hardware: Hardware) -> str:
    return fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card.id


def connection(hardware: Hardware, at: datetime | None = None) -> Connection | None:
    id = id_of(hardware)
    return connections(EVERYWHERE, {id: hardware.sn}, at or now()).get(id)


def history(hardware: Hardware) -> list[tuple[int, bool]]:
    """Minutes since the start, and whether the gateway connected."""
    found = Connections.between(EVERYWHERE, "0" * 24, id_of(hardware), 0, START * 2)
    return [((change.at - START) // MINUTE, change.connected) for change in found]


class TestConnection:
    def test_one_that_was_never_heard_has_none(self, hardware: Hardware) -> None:
        assert connection(hardware) is None
        assert connections(EVERYWHERE, {}, now()) == {}

    @pytest.mark.parametrize("type", ["presence", "status", "hello"])
    def test_the_first_report_connects(self, hardware: Hardware, type: str) -> None:
        says(hardware, type, {"presence": {"connected": True}, "status": STATUS, "hello": hello(hardware)}[type], 1)
        assert connection(hardware) == Connection(True, START, START)
        assert history(hardware) == [(0, True)]

    @pytest.mark.parametrize(("type", "payload"), [("presence", {"connected": False}), ("dyingGasp", {"at": "2026-01-05T10:20:00Z"})])
    def test_leaving_and_coming_back(self, hardware: Hardware, clock: time_machine.Traveller, type: str, payload: Any) -> None:
        connects(hardware, 1)
        clock.shift(timedelta(minutes=10))
        says(hardware, type, payload, 2)
        left = START + 10 * MINUTE
        assert connection(hardware) == Connection(False, left, START, left)
        clock.shift(timedelta(minutes=60))
        assert connection(hardware) == Connection(False, left, START, left)
        reports(hardware, 3)
        assert connection(hardware) == Connection(True, START + 70 * MINUTE, START + 70 * MINUTE, left)
        assert history(hardware) == [(0, True), (10, False), (70, True)]

    def test_a_silent_one_is_disconnected_25_minutes_after_its_last_report(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        connects(hardware, 1)
        clock.shift(timedelta(minutes=10))
        reports(hardware, 2)
        clock.shift(timedelta(minutes=25))
        assert connection(hardware) == Connection(True, START, START)
        clock.shift(timedelta(milliseconds=1))
        gone = START + 35 * MINUTE
        assert connection(hardware) == Connection(False, gone, START, gone)
        clock.shift(timedelta(minutes=65, milliseconds=-1))
        reports(hardware, 3)
        assert connection(hardware) == Connection(True, START + 100 * MINUTE, START + 100 * MINUTE, gone)
        assert history(hardware) == [(0, True), (35, False), (100, True)]

    def test_a_goodbye_after_a_silence_is_the_end_of_nothing(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        connects(hardware, 1)
        clock.shift(timedelta(minutes=60))
        connects(hardware, 2, connected=False)
        assert connection(hardware) == Connection(False, START + SILENCE, START, START + SILENCE)
        assert history(hardware) == [(0, True), (25, False)]

    def test_what_says_nothing_new_is_not_stored(self, hardware: Hardware, clock: time_machine.Traveller, aws_requests: Recorder) -> None:
        says(hardware, "hello", hello(hardware), 1)
        reports(hardware, 2)
        aws_requests.clear()
        for seq in range(3, 6):
            clock.shift(timedelta(minutes=10))
            reports(hardware, seq)
        assert aws_requests.requests == 3 * ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem"]
        assert history(hardware) == [(0, True)]

    def test_a_message_that_is_no_report_does_not_count(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        connects(hardware, 1)
        clock.shift(timedelta(minutes=60))
        says(hardware, "perf", {"samples": []}, 2)
        assert connection(hardware) == Connection(False, START + SILENCE, START, START + SILENCE)
        assert history(hardware) == [(0, True)]


class TestOrder:
    def test_twice(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        message = uplink_message(hardware, "presence", {"connected": True}, received=NOW)
        gone = uplink_message(hardware, "presence", {"connected": False}, seq=2, received=NOW + timedelta(minutes=1))
        for each in (message, message, gone, gone, message, gone):
            assert deliver(handler, each) == []
        assert history(hardware) == [(0, True), (1, False)]
        counted = Counts.between(EVERYWHERE, "0" * 24, id_of(hardware), NOW, NOW)
        assert (counted["deviceConnect"], counted["deviceDisconnect"]) == (1, 1)

    def test_a_late_goodbye_changes_nothing(self, hardware: Hardware) -> None:
        connects(hardware, 1)
        reports(hardware, 3)
        connects(hardware, 2, connected=False)
        assert connection(hardware) == Connection(True, START, START)
        assert history(hardware) == [(0, True)]

    def test_a_late_greeting_changes_nothing(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        connects(hardware, 1)
        connects(hardware, 3, connected=False)
        connects(hardware, 2)
        assert connection(hardware) == Connection(False, START, START, START)

    def test_a_function_that_dies_in_between_is_made_up_for(self, hardware: Hardware) -> None:
        message = uplink_message(hardware, "presence", {"connected": True}, received=NOW)

        def die() -> None:
            raise RuntimeError

        for operation, after in (("PutItem", 0), ("UpdateItem", 2), ("UpdateItem", 3)):
            with before_first_request(operation, die, after=after):
                assert deliver(handler, message) == [message.id]
        assert deliver(handler, message) == []
        assert connection(hardware) == Connection(True, START, START)
        assert history(hardware) == [(0, True)]
        assert Counts.between(EVERYWHERE, "0" * 24, id_of(hardware), NOW, NOW)["deviceConnect"] == 1

    def test_another_start_counts_by_its_time(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        connects(hardware, 50)
        clock.shift(timedelta(minutes=5))
        connects(hardware, 1, connected=False, bootId=NEXT_BOOT)
        assert connection(hardware) == Connection(False, START + 5 * MINUTE, START, START + 5 * MINUTE)


def test_a_page_of_fifty_is_one_request(fleet: Fleet) -> None:
    organization = fleet.organization()
    devices: dict[str, str] = {}
    for _ in range(3):
        hardware = fleet.hardware()
        fleet.gateway(organization, None, hardware)
        connects(hardware, 1)
        devices[id_of(hardware)] = hardware.sn
    with Recorder() as recorder:
        assert len(connections(Reach.of(organization.id), devices, now())) == 3
    assert recorder.requests == ["dynamodb:BatchGetItem"]
    assert connections(Reach.of("9" * 24), devices, now()) == {}


def test_a_history_is_deleted_in_portions(hardware: Hardware) -> None:
    for minute in range(5):
        Connections.add(EVERYWHERE, "0" * 24, id_of(hardware), Change(START + minute * MINUTE, minute % 2 == 0))
    assert not Connections.drop(EVERYWHERE, "0" * 24, id_of(hardware), START + MINUTE, START + 3 * MINUTE, limit=2)
    assert Connections.drop(EVERYWHERE, "0" * 24, id_of(hardware), START + MINUTE, START + 3 * MINUTE, limit=2)
    assert history(hardware) == [(0, True), (4, True)]
    assert Connections.drop(EVERYWHERE, "0" * 24, id_of(hardware), 0, 10**18)
    assert history(hardware) == []


def test_of_a_gateway_with_a_tuid_any_message_of_a_thing_ends_an_absence(thingsee_world: PreparedThings) -> None:
    gateway = thingsee_world.gateway(sn="918100A1B2C3D4E5")
    hardware, sensor = thingsee_world.hardware[gateway], thingsee_world.sensor()
    connects(hardware, 1)
    lost, back = START + MINUTE, START + 2 * MINUTE
    deliver(handler, things_message(hardware, [connection_message(gateway, 18, AT + 60)], received=NOW + timedelta(minutes=1), seq=2))
    assert connection(hardware) == Connection(False, lost, START, lost)
    deliver(handler, things_message(hardware, [message(sensor, ts=AT + 120)], received=NOW + timedelta(minutes=2), seq=3))
    assert connection(hardware) == Connection(True, back, back, lost)
    deliver(handler, things_message(hardware, [message(sensor, ts=AT + 5400)], received=NOW + timedelta(minutes=90), seq=4))
    assert connection(hardware) == Connection(True, back, back, lost)
