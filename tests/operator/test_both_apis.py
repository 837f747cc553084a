"""A gateway of both APIs: both show its connection state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from functions.wisdm.gateway.get_status import handler as get_status
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import call
from tests.harness.recorder import Recorder
from tests.harness.thingsee_world import LOST
from tests.operator.shared_gateway import SN, TUID, SharedGateway
from tests.workers.faults import dying_at
from tests.workers.messages import NOW, deliver, uplink_message
from tests.workers.thing_messages import AT, alerts_of, evaluate_at, of_silent_gateway, timestamp


def test_a_presence_of_the_one_api_is_an_alert_of_the_other(shared_gateway: SharedGateway) -> None:
    shared_gateway.provision_thing()
    assert shared_gateway.states == ("ONLINE", [])
    left = shared_gateway.report("presence", {"connected": False}, 2, NOW - timedelta(minutes=5))
    assert shared_gateway.states == ("OFFLINE", [TUID])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), None)]}
    back = shared_gateway.report("presence", {"connected": True}, 3, NOW - timedelta(minutes=2))
    for again in (left, back, left):
        shared_gateway.deliver(again)
    assert shared_gateway.states == ("ONLINE", [])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT - 120))]}


def test_a_last_will_of_the_other_is_offline_in_the_one(shared_gateway: SharedGateway) -> None:
    shared_gateway.provision_thing()
    lost = shared_gateway.report_connection(18, AT - 300, 2)
    assert shared_gateway.states == ("OFFLINE", [TUID])
    back = shared_gateway.report_connection(17, AT - 120, 3)
    for again in (lost, back, lost):
        shared_gateway.deliver(again)
    assert shared_gateway.states == ("ONLINE", [])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT - 120))]}


PERF = {"samples": [{"bucket": "2026-01-05T10:00:00Z", "uplink": 1, "downlink": 0}]}
DONE = {"key": f"logs/{SN}/2026-01-04/a.gz"}
ABSENCES = [("presence", {"connected": False}), ("dyingGasp", {"at": "2026-01-05T10:05:00Z"})]


@pytest.mark.parametrize(("type", "payload"), [("perf", PERF), ("syslog.done", DONE), ("config.reported", {"version": 1})])
def test_any_newer_message_ends_a_lost_connection_for_both(shared_gateway: SharedGateway, type: str, payload: Any) -> None:
    shared_gateway.provision_thing()
    lost = shared_gateway.report_connection(18, AT - 300, 2)
    assert shared_gateway.states == ("OFFLINE", [TUID])
    heard = shared_gateway.report(type, payload, 3, NOW - timedelta(minutes=2))
    for again in (None, lost, heard, lost):
        if again:
            shared_gateway.deliver(again)
        assert shared_gateway.states == ("ONLINE", [])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT - 120))]}


def test_a_lost_connection_that_comes_after_a_newer_message_is_over_for_both(shared_gateway: SharedGateway) -> None:
    shared_gateway.provision_thing()
    shared_gateway.report("perf", PERF, 3, NOW - timedelta(minutes=2))
    shared_gateway.report_connection(18, AT - 300, 2)
    assert shared_gateway.states == ("ONLINE", [])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {}


@pytest.mark.parametrize(("type", "payload"), ABSENCES)
def test_an_older_message_does_not_end_an_absence(shared_gateway: SharedGateway, type: str, payload: Any) -> None:
    shared_gateway.provision_thing()
    shared_gateway.report(type, payload, 3, NOW - timedelta(minutes=2))
    shared_gateway.report("perf", PERF, 2, NOW - timedelta(minutes=5))
    assert shared_gateway.states == ("OFFLINE", [TUID])
    shared_gateway.report("perf", PERF, 4, NOW)
    assert shared_gateway.states == ("ONLINE", [])


@pytest.mark.parametrize("at", range(1, 10))
@pytest.mark.parametrize("event", ["before-send", "after-call"])
def test_an_absence_ends_for_both_wherever_the_function_dies(shared_gateway: SharedGateway, event: str, at: int) -> None:
    shared_gateway.provision_thing()
    shared_gateway.report_connection(18, AT - 300, 2)
    heard = uplink_message(shared_gateway.hardware, "syslog.done", DONE, seq=3, sent=NOW, received=NOW)
    with dying_at(event, at) as seen:
        assert deliver(receive, heard) == ([heard.id] if at < 9 else [])
    assert len(seen) == min(at, 8)
    assert deliver(receive, heard, heard) == []
    assert shared_gateway.states == ("ONLINE", [])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT))]}


def test_by_its_serial_number_alone_only_a_report_ends_an_absence(shared_gateway: SharedGateway, aws_requests: Recorder) -> None:
    shared_gateway.report("presence", {"connected": False}, 2, NOW - timedelta(minutes=5))
    aws_requests.clear()
    shared_gateway.report("syslog.done", DONE, 3, NOW - timedelta(minutes=2))
    assert aws_requests.requests == ["dynamodb:BatchGetItem"]
    assert call(get_status, {"sn": SN}, key=shared_gateway.key).json["status"] == "OFFLINE"


def test_a_second_name_costs_a_report_one_read_and_one_write(shared_gateway: SharedGateway, aws_requests: Recorder) -> None:
    reports = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem"]
    for seq, more in ((2, []), (3, ["dynamodb:BatchGetItem", "dynamodb:PutItem"])):
        if more:
            shared_gateway.provision_thing()
        aws_requests.clear()
        shared_gateway.report("status", {"system": {"cpu": 1}}, seq, NOW - timedelta(minutes=5 - seq))
        assert aws_requests.requests == ["dynamodb:BatchGetItem", *reports, *more]


@pytest.mark.parametrize(("type", "payload"), ABSENCES)
def test_one_that_had_left_when_it_got_its_tuid_has_its_alert_at_once(shared_gateway: SharedGateway, type: str, payload: Any) -> None:
    shared_gateway.report(type, payload, 2, NOW - timedelta(minutes=5))
    shared_gateway.provision_thing()
    assert shared_gateway.states == ("OFFLINE", [TUID])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), None)]}
    shared_gateway.provision_thing()
    shared_gateway.report("presence", {"connected": True}, 3, NOW)
    assert shared_gateway.states == ("ONLINE", [])
    assert alerts_of(shared_gateway.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT))]}


def test_what_it_said_before_counts_as_heard(shared_gateway: SharedGateway, clock: time_machine.Traveller) -> None:
    """The alerts begin six hours after the hello message, not after the installation."""
    shared_gateway.provision_thing()
    shared_gateway.thingsee_world.install(TUID, "installed")
    evaluate_at(clock, NOW + timedelta(hours=6))
    assert alerts_of(shared_gateway.thingsee_world, TUID) == of_silent_gateway((timestamp(AT - 540), None))
    assert shared_gateway.states == ("OFFLINE", [TUID])
