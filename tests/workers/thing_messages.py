"""Messages of things, relayed by their gateway to the uplink worker, and what the Thingsee API then shows."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import time_machine

from functions.thingsee.thing.get import handler as get
from functions.thingsee.thing.list_alerting import handler as list_alerting
from functions.thingsee.thing.list_alerts import handler as list_alerts
from functions.thingsee.thing.list_messages import handler as list_messages
from functions.workers.alert.evaluate import handler as evaluate
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import partition
from tests.harness.call import call, invoke
from tests.harness.fleet import Hardware
from tests.harness.thingsee_world import LOST, MISSED, ThingseeWorld
from tests.workers.messages import BOOT, NOW, UplinkMessage, deliver, sign, stamp

AT = int(NOW.timestamp())
_numbers = itertools.count(100)  # above those that tests give gateways' own messages


def message(tuid: str, /, id: int = 12100, event: int = 10, ts: float | None = AT, **others: Any) -> dict[str, Any]:
    return {"tsmId": id, "tsmEv": event, **({} if ts is None else {"tsmTs": ts}), "tsmTuid": tuid, **others}


def things_message(hardware: Hardware, messages: Any, received: datetime = NOW, **members: Any) -> UplinkMessage:
    slots = {
        "v": 1,
        "type": "thingsee.messages",
        "sn": hardware.sn,
        "messageId": str(uuid.uuid4()),
        "bootId": BOOT,
        "seq": next(_numbers),
        "sentAt": stamp(received),
        "payload": {"messages": messages},
        **members,
    }
    return sign(hardware, json.dumps(slots, ensure_ascii=False), received)


def relay(thingsee_world: ThingseeWorld, gateway: str, *messages: dict[str, Any], received: datetime = NOW) -> UplinkMessage:
    """Deliver messages that a gateway relays; returns the uplink message."""
    uplink_message = things_message(thingsee_world.hardware[gateway], list(messages), received)
    assert deliver(receive, uplink_message) == []
    return uplink_message


def thing_information(thingsee_world: ThingseeWorld, tuid: str) -> dict[str, Any]:
    answer = call(get, {"tuid": tuid}, headers=thingsee_world.bearer)
    assert answer.status == 200, answer.content
    found: dict[str, Any] = answer.json["data"]
    return found


def messages_of(thingsee_world: ThingseeWorld, tuid: str, **query: str) -> list[dict[str, Any]]:
    answer = call(list_messages, {"tuid": tuid}, query={"limit": "1000", **query}, headers=thingsee_world.bearer)
    assert answer.status == 200, answer.content
    found: list[dict[str, Any]] = answer.json["data"]
    return found


def alerts_of(thingsee_world: ThingseeWorld, tuid: str, **query: str) -> dict[str, list[tuple[str, str | None]]]:
    """Start and end of a thing's alerts, by type."""
    answer = call(list_alerts, {"tuid": tuid}, query=query, headers=thingsee_world.bearer)
    assert answer.status == 200, answer.content
    return {each["alert_type"]: [(one["from"], one["to"]) for one in each["alerts"]] for each in answer.json["data"]}


def of_silent_gateway(*alerts: tuple[str, str | None]) -> dict[str, list[tuple[str, str | None]]]:
    """What `alerts_of` finds of a gateway whose two alerts start and end together."""
    return {LOST: list(alerts), MISSED: list(alerts)}


def alerting_tuids(thingsee_world: ThingseeWorld) -> list[str]:
    answer = call(list_alerting, headers=thingsee_world.bearer)
    assert answer.status == 200, answer.content
    found: list[str] = answer.json["data"]["alerting_tuids"]
    return found


def timestamp(second: float) -> str:
    return f"{datetime.fromtimestamp(int(second), UTC):%Y-%m-%dT%H:%M:%S}"


def evaluate_at(clock: time_machine.Traveller, at: datetime = NOW) -> None:
    """Travel to a time and run the scheduled worker."""
    clock.move_to(at, tick=False)
    invoke(evaluate, {"time": at.isoformat()})


def due_rows() -> list[dict[str, Any]]:
    """The rows of things that the scheduled worker will evaluate."""
    return [row for shard in range(4) for row in partition("FleetTable", f"DUE#{shard}")]


def connection_message(gateway: str, event: int, ts: float | None) -> dict[str, Any]:
    return message(gateway, 1000, event, ts)


def heartbeats_message(
    gateway: str, ts: float, *slots: tuple[str, int], count: int = 12, interval: int = 600, event: int = 10
) -> dict[str, Any]:
    heartbeats = [{"tuid": tuid, "slotBits": bits} for tuid, bits in slots]
    return message(gateway, 11200, event, ts, slotInterval=interval, slotBitCount=count, heartbeats=heartbeats)
