"""Delivery of commands: to the gateway that heard the thing, or held (thingsee.md 4.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from fleet.access import Reach
from fleet.commands import send_messages
from fleet.outbox.messages import PREFIX, Downlinks
from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.command.send import handler as send
from tests.contract.thingsee.tenant import Tenant
from tests.harness.aws import partition
from tests.harness.interference import before_first_request

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
SECOND = int(NOW.timestamp())
GOOD: dict[str, Any] = {"tsmId": 1500, "tsmEv": 30, "transactionId": 42}


def send_commands(tenant: Tenant, tuid: str, *messages: Any) -> Any:
    return tenant.data(send, list(messages), tuid=tuid)["commands"]


@dataclass(frozen=True)
class Request:
    """The messages of one request, and the Unix second until which they are held."""

    messages: list[dict[str, Any]]
    until: int | None


def outbox(sn: str) -> list[dict[str, Any]]:
    """The messages in a gateway's outbox, by their first event id."""
    messages = [json.loads(row["body"]["S"]) for row in partition("FleetTable", f"{PREFIX}{sn}")]
    return sorted(messages, key=lambda message: message["payload"]["messages"][0]["tsmEv"])


def held_commands(tenant: Tenant, tuid: str) -> list[Request]:
    thing = tenant.things.thing(tuid)
    held_messages = Downlinks.held(Reach.of(thing.organization), thing.organization, tuid, thing.id)
    return [Request(held.payload["messages"], held.deadline) for held in held_messages]


def test_goes_to_the_gateway_that_heard_the_thing_last(tenant: Tenant, heard_sensor: str, gateway: str) -> None:
    commands = send_commands(tenant, heard_sensor, GOOD, {**GOOD, "tsmEv": 31})
    (message,) = outbox(gateway)
    assert (message["type"], message["sn"], message["organization"]) == ("thingsee.commands", gateway, tenant.things.organization.id)
    assert message["payload"] == {
        "commandId": message["id"],
        "gateway": gateway,
        "notAfter": commands[0]["tsmTs"] + 3600,
        "messages": commands,
    }
    assert message["deadline"] == message["payload"]["notAfter"]
    assert held_commands(tenant, heard_sensor) == []


def test_a_gateway_of_the_other_api_is_named_as_its_queue_is(tenant: Tenant, heard_sensor: str) -> None:
    gateway = tenant.things.gateway(sn="918100A1B2C3D4E555")
    tenant.things.heard(heard_sensor, gateway)
    send_commands(tenant, heard_sensor, GOOD)
    (message,) = outbox("918100A1B2C3D4E555")
    assert message["payload"]["gateway"] == gateway


def test_a_gateway_is_reached_by_itself(tenant: Tenant, gateway: str) -> None:
    send_commands(tenant, gateway, GOOD)
    assert [message["payload"]["gateway"] for message in outbox(gateway)] == [gateway]


def test_one_message_a_request_in_order(tenant: Tenant, heard_sensor: str, gateway: str) -> None:
    for event in (1, 2, 3):
        send_commands(tenant, heard_sensor, {**GOOD, "tsmEv": event}, {**GOOD, "tsmEv": event + 10})
    assert [[each["tsmEv"] for each in message["payload"]["messages"]] for message in outbox(gateway)] == [[1, 11], [2, 12], [3, 13]]


def test_what_nobody_has_heard_waits_for_a_day(tenant: Tenant, sensor: str) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        first = send_commands(tenant, sensor, GOOD)
        clock.shift(timedelta(seconds=1))
        second = send_commands(tenant, sensor, GOOD)
    take_messages = [(request.messages, request.until) for request in held_commands(tenant, sensor)]
    assert take_messages == [(first, SECOND + 86400), (second, SECOND + 1 + 86400)]


def test_one_that_is_heard_meanwhile_is_sent_to(tenant: Tenant, sensor: str, gateway: str) -> None:
    with before_first_request("TransactWriteItems", lambda: tenant.things.heard(sensor, gateway)):
        send_commands(tenant, sensor, GOOD)
    assert held_commands(tenant, sensor) == []
    assert len(outbox(gateway)) == 1
    assert len(tenant.data(list_commands, tuid=sensor)) == 1


def test_of_two_at_once_both_are_stored_in_an_order(tenant: Tenant, heard_sensor: str, gateway: str) -> None:
    with before_first_request("TransactWriteItems", lambda: send_commands(tenant, heard_sensor, {**GOOD, "tsmEv": 1})):
        send_commands(tenant, heard_sensor, {**GOOD, "tsmEv": 2})
    assert [entry["command"]["tsmEv"] for entry in tenant.data(list_commands, tuid=heard_sensor)] == [1, 2]
    assert len(outbox(gateway)) == 2


def test_released_messages_have_the_form_of_those_that_went_at_once(tenant: Tenant, sensor: str, gateway: str) -> None:
    send_commands(tenant, sensor, GOOD)
    (request,) = held_commands(tenant, sensor)
    thing = tenant.things.thing(sensor)
    send_messages.release(Reach.of(thing.organization), thing, (gateway, gateway), NOW)
    (message,) = outbox(gateway)
    assert (message["type"], message["sn"], message["deadline"]) == ("thingsee.commands", gateway, request.until)
    assert held_commands(tenant, sensor) == []
