"""A redelivered message completes what an uplink that died before or after any of its requests left undone."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import restore, snapshot
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import LOST, MISSED, ThingseeWorld
from tests.workers.faults import dying_at
from tests.workers.held import hold
from tests.workers.messages import NOW, UplinkMessage, deliver, outbox
from tests.workers.thing_messages import AT, alerting_tuids, alerts_of, message, messages_of, relay, thing_information, things_message


@dataclass
class PreparedMessage:
    """Things behind a gateway, a held command for one of them, and an uplink message with messages of all of them."""

    thingsee_world: ThingseeWorld
    gateway: str
    sensor: str
    silent: str
    uplink_message: UplinkMessage


@functools.cache
def _prepare() -> tuple[PreparedMessage, dict[str, Any]]:
    thingsee_world = ThingseeWorld.of(Fleet())
    gateway, sensor, silent = thingsee_world.gateway(), thingsee_world.sensor(status="installed"), thingsee_world.sensor()
    relay(thingsee_world, gateway, message(silent, ts=AT - 9000))
    hold(thingsee_world, sensor, 1, AT + 60)
    messages = [
        message(sensor, 1110, batl=50),
        message(gateway, 11200, ts=AT - 60, slotInterval=60, slotBitCount=10, heartbeats=[{"tuid": silent, "slotBits": 0}]),
        message(gateway, 1000, 18, AT + 10),
    ]
    return PreparedMessage(thingsee_world, gateway, sensor, silent, things_message(thingsee_world.hardware[gateway], messages)), snapshot()


@pytest.fixture
def prepared(cloud: dict[str, str]) -> Iterator[PreparedMessage]:
    """The prepared message, with the tables restored, at the time of the tests."""
    with time_machine.travel(NOW, tick=False):
        message_, tables = _prepare()
        restore(tables)
        yield message_


@pytest.mark.parametrize("event", ["before-send", "after-call"])
@pytest.mark.parametrize("at", range(1, 24))
def test_wherever_it_dies(prepared: PreparedMessage, event: str, at: int) -> None:
    thingsee_world, gateway, sensor, silent = prepared.thingsee_world, prepared.gateway, prepared.sensor, prepared.silent
    with dying_at(event, at) as seen:
        failed = deliver(receive, prepared.uplink_message)
    assert failed == ([prepared.uplink_message.id] if len(seen) >= at else [])
    assert deliver(receive, prepared.uplink_message, prepared.uplink_message) == []
    assert thing_information(thingsee_world, sensor)["battery_level"] == 50
    assert [len(messages_of(thingsee_world, tuid)) for tuid in (gateway, sensor, silent)] == [2, 1, 1]
    assert alerting_tuids(thingsee_world) == sorted([gateway, silent])
    alerts = [{type: len(each) for type, each in alerts_of(thingsee_world, tuid).items()} for tuid in (gateway, silent)]
    assert alerts == [{LOST: 1}, {MISSED: 1}]
    assert [json.loads(row["body"]["S"])["payload"]["messages"] for row in outbox(thingsee_world.hardware[gateway])] == [[{"tsmId": 1500}]]
    assert not fetch(EVERYWHERE, Gateways.by_sn(gateway)).reports.connected
    assert at < 23 or len(seen) < at
