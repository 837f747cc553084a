"""Commands to a thing that was never heard: held, and sent in order after its first message (thingsee.md 4.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from fleet.aws import clients
from fleet.aws.writes import Refused
from fleet.outbox.messages import PREFIX
from functions.thingsee.command.send import handler as send_commands
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import stream_images
from tests.harness.call import call
from tests.harness.interference import before_first_request
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.held import held, hold
from tests.workers.messages import NOW, deliver, outbox
from tests.workers.thing_messages import AT, message, relay, thing_information, things_message


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_what_waits_is_sent_in_order_when_the_thing_is_first_heard(thingsee_world: ThingseeWorld) -> None:
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    hold(thingsee_world, sensor, 2, AT + 60, n=2)
    hold(thingsee_world, sensor, 1, AT + 60, n=1)
    hold(thingsee_world, sensor, 3, AT, n=3)
    sent_numbers = relay(thingsee_world, gateway, message(sensor))
    deliver(receive, sent_numbers)
    relay(thingsee_world, gateway, message(sensor, ts=AT + 5))
    rows = [json.loads(row["body"]["S"]) for row in outbox(thingsee_world.hardware[gateway])]
    assert sorted(row["payload"]["messages"][0]["n"] for row in rows) == [1, 2]
    assert {row["type"] for row in rows} == {"thingsee.commands"}
    assert {row["payload"]["gateway"] for row in rows} == {gateway}
    assert held(thingsee_world, sensor) == []


def test_what_is_sent_while_they_leave_does_not_overtake_them(thingsee_world: ThingseeWorld) -> None:
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    send_command(thingsee_world, sensor, 1)
    sent_between: list[int] = []

    def send_another(model: Any, params: Any, **_: Any) -> None:
        """Send another command between two requests of the uplink."""
        if len(sent_between) < 3 and model.name in ("PutItem", "Query"):
            sent_between.append(len(sent_between) + 2)
            send_command(thingsee_world, sensor, sent_between[-1])

    events = clients.dynamodb().meta.events
    events.register("before-parameter-build.dynamodb.*", send_another)
    try:
        relay(thingsee_world, gateway, message(sensor))
    finally:
        events.unregister("before-parameter-build.dynamodb.*", send_another)
    send_command(thingsee_world, sensor, 9)
    assert sent_between == [2, 3, 4]
    assert sent_numbers(thingsee_world, gateway) == [1, 2, 3, 4, 9]
    assert held(thingsee_world, sensor) == []


def test_what_was_heard_by_an_uplink_that_died_is_held_until_the_rest_has_left(thingsee_world: ThingseeWorld) -> None:
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    send_command(thingsee_world, sensor, 1)
    with before_first_request("Query", fail):
        assert deliver(receive, things_message(thingsee_world.hardware[gateway], message(sensor))) != []
    assert thing_information(thingsee_world, sensor)["gateway_tuid"] == gateway
    send_command(thingsee_world, sensor, 2)
    assert sent_numbers(thingsee_world, gateway) == []
    relay(thingsee_world, gateway, message(sensor, ts=AT + 5))
    assert sent_numbers(thingsee_world, gateway) == [1, 2]


def fail() -> None:
    raise ConnectionError


def send_command(thingsee_world: ThingseeWorld, sensor: str, number: int) -> None:
    assert (
        call(send_commands, {"tuid": sensor}, body=[{"tsmId": 1500, "tsmEv": 30, "n": number}], headers=thingsee_world.bearer).status == 200
    )


def sent_numbers(thingsee_world: ThingseeWorld, gateway: str) -> list[int]:
    """The numbers of dispatched commands, in the order of the table's stream."""
    own = f"{PREFIX}{thingsee_world.hardware[gateway].sn}"
    rows = [json.loads(image["body"]["S"]) for image in stream_images() if image["pk"]["S"] == own]
    return [row["payload"]["messages"][0]["n"] for row in rows]


def test_a_thing_that_was_heard_holds_nothing(thingsee_world: ThingseeWorld) -> None:
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    relay(thingsee_world, gateway, message(sensor))
    with pytest.raises(Refused):
        hold(thingsee_world, sensor, 1, AT + 60)
