"""Commands to things that the queue of their gateway has forgotten are sent again while they are within their time.

Everything goes through the entry points: the route, uplink messages, and the downlink worker.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from functions.thingsee.command.send import handler as send
from functions.workers.downlink.dispatch import handler as dispatch
from tests.harness.aws import item
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.configuration import now
from tests.workers.messages import deliver_rows, downlink_messages, outbox
from tests.workers.thing_messages import connection_message, message, relay


class Gateway:
    """A gateway that has heard a sensor."""

    def __init__(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        self.world, self.clock = thingsee_world, clock
        self.tuid, self.sensor = thingsee_world.gateway(), thingsee_world.sensor()
        self._rows = list[Any]()
        self.hears()

    def later(self, **duration: float) -> None:
        self.clock.shift(timedelta(**duration))

    def hears(self, *more: dict[str, Any], through: str | None = None) -> None:
        """The gateway brings a message of the sensor, and more."""
        relay(self.world, through or self.tuid, *more, message(self.sensor, ts=now().timestamp()), received=now())

    def connects(self, event: int = 17) -> None:
        relay(self.world, self.tuid, connection_message(self.tuid, event, now().timestamp()), received=now())

    def asks(self, tuid: str = "", **members: Any) -> None:
        body = [{"tsmId": 1500, "tsmEv": 30, "transactionId": 1, **members}]
        assert call(send, {"tuid": tuid or self.sensor}, body=body, headers=self.world.bearer).status == 200

    def gets(self, tuid: str = "") -> list[dict[str, Any]]:
        """What has come into a gateway's queue since the last call."""
        hardware = self.world.hardware[tuid or self.tuid]
        rows = [row for row in outbox(hardware) if row["sk"] not in self._rows]
        self._rows += [row["sk"] for row in rows]
        assert not rows or deliver_rows(dispatch, rows) == []
        return [message for _ in range(len(rows) + 1) for message in downlink_messages(hardware)]

    queue_forgets = gets


@pytest.fixture
def gateway(fleet: Fleet, clock: time_machine.Traveller) -> Gateway:
    return Gateway(ThingseeWorld.of(fleet), clock)


def test_the_same_again_with_its_id_and_number(gateway: Gateway) -> None:
    gateway.asks(reportInterval=600)
    (first,) = gateway.gets()
    gateway.later(minutes=6)
    gateway.hears()
    (again,) = gateway.gets()
    assert again["messageId"] != first["messageId"]
    assert (again["number"], again["payload"]) == (first["number"], first["payload"])
    gateway.hears()
    assert gateway.gets() == []


def test_once_more_after_five_minutes_to_a_gateway_that_merely_reports(gateway: Gateway) -> None:
    gateway.asks()
    gateway.queue_forgets()
    sent = []
    for minute in range(1, 70):
        gateway.later(minutes=1)
        gateway.hears()
        sent += [minute for _ in gateway.gets()]
    assert sent == [6]


def test_five_minutes_after_it_was_last_sent_to_one_that_connects(gateway: Gateway) -> None:
    gateway.asks()
    gateway.queue_forgets()
    for minutes, expected in ((4, 0), (2, 1), (4, 0), (2, 1)):
        gateway.later(minutes=minutes)
        gateway.hears(connection_message(gateway.tuid, 17, now().timestamp()))
        assert len(gateway.gets()) == expected


def test_those_to_the_gateway_itself_when_it_connects(gateway: Gateway) -> None:
    gateway.asks(gateway.tuid)
    gateway.queue_forgets()
    gateway.later(minutes=6)
    gateway.connects(18)
    assert gateway.gets() == []
    gateway.later(seconds=1)
    gateway.connects()
    assert [message["payload"]["messages"][0]["tsmDstTuid"] for message in gateway.gets()] == [gateway.tuid]


def test_all_that_were_accepted_in_their_order(gateway: Gateway) -> None:
    for number in range(3):
        gateway.asks(n=number)
    gateway.queue_forgets()
    gateway.later(minutes=6)
    gateway.hears()
    again = sorted(gateway.gets(), key=lambda message: int(message["number"]))
    assert [message["payload"]["messages"][0]["n"] for message in again] == [0, 1, 2]


def test_through_the_gateway_that_hears_the_thing_now(gateway: Gateway) -> None:
    other = gateway.world.gateway()
    gateway.asks()
    gateway.queue_forgets()
    gateway.later(minutes=6)
    gateway.hears(through=other)
    assert gateway.gets() == []
    assert [message["payload"]["gateway"] for message in gateway.gets(other)] == [other]


def test_what_was_held_for_a_thing_is_sent_once(gateway: Gateway) -> None:
    gateway.sensor = gateway.world.sensor()
    gateway.asks()
    gateway.later(minutes=30)
    gateway.hears()
    assert len(gateway.gets()) == 1
    gateway.later(minutes=6)
    gateway.hears()
    assert gateway.gets() == []


def test_the_newest_twenty_are_known_with_the_newest(gateway: Gateway) -> None:
    for number in range(25):
        gateway.asks(n=number)
    gateway.queue_forgets()
    gateway.later(minutes=6)
    gateway.hears()
    assert sorted(row["payload"]["messages"][0]["n"] for row in gateway.gets()) == list(range(5, 25))
    head = item("FleetTable", f"COMMANDS#{gateway.sensor}", "message#HEAD")
    assert head is not None
    assert len(head["open"]["M"]) == 20


@pytest.mark.parametrize("asked", [0, 2])
def test_a_message_of_a_thing_costs_no_request_more_while_nothing_is_lost(gateway: Gateway, aws_requests: Recorder, asked: int) -> None:
    for _ in range(asked):
        gateway.asks()
    gateway.later(minutes=2)
    aws_requests.clear()
    gateway.hears()
    assert aws_requests.requests == [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchGetItem",
        *["dynamodb:PutItem"] * 3,
        *["dynamodb:PutItem"] * 2,
    ]
