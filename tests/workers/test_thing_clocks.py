"""Messages of things from a gateway whose clock is far behind: they count by their receipt (device-plane.md 3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from functions.workers.uplink.receive import handler as receive
from tests.harness.thingsee_world import LOST, MISSED, ThingseeWorld
from tests.workers.messages import BOOT, NEXT_BOOT, NOW, UplinkMessage, deliver, stamp
from tests.workers.thing_messages import (
    AT,
    alerting_tuids,
    alerts_of,
    connection_message,
    evaluate_at,
    heartbeats_message,
    message,
    messages_of,
    relay,
    thing_information,
    things_message,
    timestamp,
)

RESET = datetime(2012, 1, 1, tzinfo=UTC)
"""Where a clock without a battery begins."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.usefixtures("clock")


class Restarted:
    """A gateway that has started in 2012, at a time by our clock, and a sensor behind it."""

    def __init__(self, thingsee_world: ThingseeWorld, at: datetime) -> None:
        self.thingsee_world, self.at = thingsee_world, at
        self.gateway, self.sensor = thingsee_world.gateway(status="installed"), thingsee_world.sensor(status="installed")

    def sent(self, after: timedelta, *messages: dict[str, Any], boot: str = NEXT_BOOT, **members: Any) -> UplinkMessage:
        """What it sends so long after its start; times of messages count from its clock's begin."""
        dated = [{**each, "tsmTs": (RESET + after).timestamp() + each["tsmTs"]} for each in messages]
        hardware = self.thingsee_world.hardware[self.gateway]
        return things_message(hardware, dated, self.at + after, bootId=boot, sentAt=stamp(RESET + after), **members)

    def sends(self, after: timedelta, *messages: dict[str, Any], boot: str = NEXT_BOOT) -> None:
        assert deliver(receive, self.sent(after, *messages, boot=boot)) == []


@pytest.fixture
def restarted(thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> Restarted:
    """One that was lost with a charged sensor behind it, and starts an hour later."""
    restarted = Restarted(thingsee_world, NOW + HOUR)
    gateway, sensor = restarted.gateway, restarted.sensor
    relay(thingsee_world, gateway, connection_message(gateway, 17, AT), message(sensor, 1110, 10, AT, batl=80))
    relay(thingsee_world, gateway, connection_message(gateway, 18, AT + 60), received=NOW + MINUTE)
    clock.move_to(NOW + HOUR, tick=False)
    return restarted


def test_its_connection_is_made(restarted: Restarted) -> None:
    restarted.sends(MINUTE, connection_message(restarted.gateway, 17, 0))
    assert alerts_of(restarted.thingsee_world, restarted.gateway) == {LOST: [(timestamp(AT + 60), timestamp(AT + 3660))]}


def test_values_of_things_are_the_newest(restarted: Restarted) -> None:
    for number in range(3):
        restarted.sends(number * 10 * MINUTE, message(restarted.sensor, 1110, 10, 0, batl=10 - number))
    shown = thing_information(restarted.thingsee_world, restarted.sensor)
    assert (shown["battery_level"], shown["timestamp"]) == (8, AT + 4800)
    assert [each["tsmTs"] for each in messages_of(restarted.thingsee_world, restarted.sensor)] == [AT + 4800, AT + 4200, AT + 3600, AT]


def test_a_silence_ends(restarted: Restarted, clock: time_machine.Traveller) -> None:
    evaluate_at(clock, NOW + 3 * HOUR)
    assert restarted.sensor in alerting_tuids(restarted.thingsee_world)
    restarted.sends(3 * HOUR, message(restarted.sensor, 1110, 10, 0, batl=9))
    assert alerts_of(restarted.thingsee_world, restarted.sensor) == {MISSED: [(timestamp(AT), timestamp(AT + 4 * 3600))]}
    assert alerting_tuids(restarted.thingsee_world) == []


def test_missed_heartbeats_begin_before_their_receipt(restarted: Restarted) -> None:
    restarted.sends(MINUTE, heartbeats_message(restarted.gateway, 0, (restarted.sensor, 0), count=1))
    assert alerts_of(restarted.thingsee_world, restarted.sensor) == {MISSED: [(timestamp(AT + 3660 - 600), None)]}


def test_a_repeat_is_one_message_and_the_same_of_the_next_start_another(restarted: Restarted) -> None:
    gateway, world = restarted.gateway, restarted.thingsee_world
    made = restarted.sent(MINUTE, connection_message(gateway, 17, 0))
    again = restarted.sent(MINUTE, connection_message(gateway, 17, 0))
    restarted.at += DAY
    next_start = restarted.sent(MINUTE, connection_message(gateway, 17, 0), boot=BOOT)
    relay(world, gateway, connection_message(gateway, 18, AT + 3 * 3600), received=NOW + 3 * HOUR)
    for each in (made, made, again, next_start, next_start):
        assert deliver(receive, each) == []
    made_at = [each["tsmTs"] for each in messages_of(world, gateway, messageid="1000", eventid="17")]
    assert made_at == [AT + 86400 + 3660, AT + 3660, AT]
    assert alerting_tuids(world) == []


def test_a_thing_whose_own_clock_is_right_keeps_its_time(restarted: Restarted) -> None:
    ts = (NOW - RESET).total_seconds() - 7
    restarted.sends(2 * HOUR, message(restarted.sensor, 1110, 10, ts, batl=7))
    assert messages_of(restarted.thingsee_world, restarted.sensor)[0]["tsmTs"] == AT + 2 * 3600 - 7


@pytest.mark.parametrize(("held", "shown"), [(DAY, 9), (DAY + timedelta(seconds=1), 4)])
def test_a_gateway_may_hold_messages_back_for_a_day(thingsee_world: ThingseeWorld, held: timedelta, shown: int) -> None:
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    later = message(sensor, 1110, 10, AT + 60, batl=9)
    relay(thingsee_world, gateway, later, received=NOW + MINUTE)
    late = things_message(thingsee_world.hardware[gateway], message(sensor, 1110, 10, AT - 5, batl=4), NOW + held, sentAt=stamp(NOW))
    assert deliver(receive, late) == []
    assert thing_information(thingsee_world, sensor)["battery_level"] == shown


@pytest.mark.parametrize(("ago", "listed_ago"), [(2 * DAY, 2 * DAY), (90 * DAY, 90 * DAY), (91 * DAY, 0 * DAY)])
def test_what_was_held_back_longer_counts_by_its_receipt_and_is_listed_under_its_own_time(
    thingsee_world: ThingseeWorld, ago: timedelta, listed_ago: timedelta
) -> None:
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    made = (NOW - ago).timestamp()
    backlog = things_message(thingsee_world.hardware[gateway], message(sensor, 1110, 10, made, batl=4), NOW, sentAt=stamp(NOW - ago))
    for _ in range(2):
        assert deliver(receive, backlog) == []
    assert [each["tsmTs"] for each in messages_of(thingsee_world, sensor)] == [(NOW - listed_ago).timestamp()]
    assert thing_information(thingsee_world, sensor)["timestamp"] == NOW.timestamp()


def test_the_past_that_a_gateway_with_a_right_clock_brings_keeps_its_time(thingsee_world: ThingseeWorld) -> None:
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    relay(thingsee_world, gateway, message(sensor, ts=AT - 30 * 86400))
    assert [each["tsmTs"] for each in messages_of(thingsee_world, sensor)] == [AT - 30 * 86400]
