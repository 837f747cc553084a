"""POST /things/{tuid}/commands: what is accepted, and on which way it leaves (contract, 4.1 and 7.3)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import Reach
from fleet.aws import clients, table
from fleet.commands import accept_thing_commands
from fleet.commands.thing_commands import ThingCommands
from functions.thingsee.command import list as list_commands
from functions.thingsee.command import send
from tests.contract.thingsee.customer import Customer, meanwhile, refused

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
SECOND = int(NOW.timestamp())
GOOD: dict[str, Any] = {"tsmId": 1500, "tsmEv": 30, "transactionId": 42, "measurementInterval": 300, "reportInterval": 3600}


def sent(customer: Customer, tuid: str, *messages: Any) -> Any:
    return customer.data(send.handler, list(messages), tuid=tuid)


def outbox(sn: str) -> list[dict[str, Any]]:
    rows = table.query("pk = :pk", {"pk": f"DOWNLINK#{sn}"})
    return sorted((json.loads(row["body"]["S"]) for row in rows), key=lambda told: told["payload"]["messages"][0]["tsmEv"])


def held(customer: Customer, tuid: str) -> list[Any]:
    organization = customer.field.organization.id
    return list(ThingCommands.held(Reach.of(organization), organization, tuid))


def stored() -> int:
    """How many items there are."""
    return sum(page["Count"] for page in clients.dynamodb().get_paginator("scan").paginate(TableName=table.table()))


@pytest.fixture
def reached(customer: Customer) -> tuple[Customer, str, str]:
    """A customer, a sensor, and the gateway that heard it last."""
    gateway, sensor = customer.field.gateway(), customer.field.sensor()
    customer.field.heard(sensor, gateway)
    return customer, sensor, gateway


class TestAnswer:
    @time_machine.travel(NOW, tick=False)
    def test_says_who_and_shows_each_with_time_and_destination(self, standing: Customer) -> None:
        standing, tuid = Customer(standing.field, standing.field.token), standing.field.sensor()
        told = sent(standing, tuid, GOOD, {**GOOD, "tsmEv": 31, "tsmTs": "whenever", "tsmDstTuid": tuid})
        added = {"tsmTs": SECOND, "tsmDstTuid": tuid}
        assert told["responsible"] == standing.field.client.id
        assert told["commands"] == [{**GOOD, **added}, {**GOOD, "tsmEv": 31, **added}]

    def test_attributes_are_kept_as_sent(self, standing: Customer) -> None:
        odd = {
            "tsmId": 12200,
            "tsmEv": 0,
            "a": {"b": [1, 1.5, None, True, "ä\n"]},
            "_x": -0.25,
            "big": 2**70,
            "id": "x",
            "gateway": 7,
            "tsm_id": 8,
        }
        tuid = standing.field.sensor()
        (command,) = sent(standing, tuid, odd)["commands"]
        assert {name: command[name] for name in odd} == odd
        assert standing.data(list_commands.handler, tuid=tuid)[0]["command"] == command

    def test_null_is_absent(self, standing: Customer) -> None:
        (command,) = sent(standing, standing.field.sensor(), {**GOOD, "tsmGw": None, "tsmTuid": None, "transactionId": None, "x": None})[
            "commands"
        ]
        assert not {"tsmGw", "tsmTuid", "transactionId", "x"} & command.keys()

    @pytest.mark.parametrize("status", ["new", "uninstalled", "quarantine", "retired"])
    def test_a_thing_in_any_status_is_sent_to(self, standing: Customer, status: Any) -> None:
        assert sent(standing, standing.field.sensor(status=status), GOOD)

    @pytest.mark.parametrize("id", [1500, 1501, 12200, 13200, 17110])
    def test_ids_that_are_allowed(self, standing: Customer, id: int) -> None:
        assert sent(standing, standing.field.sensor(), {"tsmId": id, "tsmEv": 30, "transactionId": 1})  # T5


BAD: list[Any] = [
    {**GOOD, "tsmId": 1100}, {**GOOD, "tsmId": 12211}, {**GOOD, "tsmId": "1500"}, {**GOOD, "tsmId": 1500.0}, {**GOOD, "tsmId": True},
    {"tsmEv": 30}, {"tsmId": 1500}, {**GOOD, "tsmEv": -1}, {**GOOD, "tsmEv": 1000}, {**GOOD, "tsmEv": None}, {**GOOD, "tsmEv": "30"},
    {**GOOD, "tsmDstTuid": "TSPD04A1B2C3D4E77"}, {**GOOD, "tsmDstTuid": ""}, {**GOOD, "tsmDstTuid": 7},
    {**GOOD, "tsmTuid": "TSPD04A1B2C3D4E05"}, {**GOOD, "tsmGw": 0},
    {**GOOD, "transactionId": -1}, {**GOOD, "transactionId": 2**31}, {**GOOD, "transactionId": "42"}, {**GOOD, "transactionId": 1.0},
    {**GOOD, "1x": 1}, {**GOOD, "a-b": 1}, {**GOOD, "": 1}, {**GOOD, "x" * 65: 1}, {**GOOD, "ä": 1},
    {**GOOD, **{f"x{number}": 1 for number in range(49)}}, {**GOOD, "x": "y" * 8192}, {**GOOD, "x": "ä" * 4096},
    7, None, "x", [], [GOOD],
]  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize("bad", BAD, ids=lambda bad: ascii(bad)[-60:])
    def test_one_bad_message_is_400_and_nothing_is_kept(self, standing: Customer, bad: Any) -> None:
        tuid = standing.field.sensor()
        before = stored()
        refused(standing.ask(send.handler, [GOOD, bad], tuid=tuid), 400)
        assert stored() == before

    @pytest.mark.parametrize("body", [[], [GOOD] * 21, GOOD, {"commands": [GOOD]}, "x", 7], ids=lambda body: ascii(body)[:24])
    def test_a_body_that_is_no_array_of_one_to_twenty_is_400(self, standing: Customer, body: Any) -> None:
        refused(standing.ask(send.handler, body, tuid=standing.field.sensor()), 400)

    def test_numbers_that_json_lacks_are_400(self, standing: Customer) -> None:
        tuid = standing.field.sensor()
        for number in (b"NaN", b"1e400", b"[-1e999]"):
            refused(standing.ask(send.handler, b'[{"tsmId":1500,"tsmEv":30,"x":' + number + b"}]", tuid=tuid), 400)

    def test_limits_are_taken(self, standing: Customer) -> None:
        tuid = standing.field.sensor()
        many = {"tsmId": 1500, "tsmEv": 999, "transactionId": 2**31 - 1, **{f"x{number}": 1 for number in range(50)}, "x49": "y"}
        bare = len(json.dumps({"tsmId": 1500, "tsmEv": 0, "x": ""}, separators=(",", ":")))
        large = {"tsmId": 1500, "tsmEv": 0, "x": "y" * (8192 - bare)}
        assert len(sent(standing, tuid, *[many] * 18, large, large)["commands"]) == 20

    def test_the_body_is_judged_before_the_thing(self, standing: Customer) -> None:
        refused(standing.ask(send.handler, [{**GOOD, "tsmDstTuid": "OTHER0001"}], tuid="NOTHING0001"), 400)
        refused(standing.ask(send.handler, [GOOD], tuid="NOTHING0001"), 404)
        refused(standing.ask(send.handler, [GOOD], tuid="x" * 3000), 404)

    def test_another_customers_thing_is_404(self, customer: Customer) -> None:
        refused(customer.ask(send.handler, [GOOD], tuid=Customer.of(customer.field.fleet).field.sensor()), 404)


class TestLeaving:
    def test_goes_to_the_gateway_that_heard_the_thing_last(self, reached: tuple[Customer, str, str]) -> None:
        customer, sensor, gateway = reached
        commands = sent(customer, sensor, GOOD, {**GOOD, "tsmEv": 31})["commands"]
        (message,) = outbox(gateway)
        assert (message["type"], message["sn"], message["organization"]) == ("thingsee.commands", gateway, customer.field.organization.id)
        assert message["payload"] == {
            "commandId": message["id"],
            "gateway": gateway,
            "notAfter": commands[0]["tsmTs"] + 3600,
            "messages": commands,
        }
        assert message["deadline"] == message["payload"]["notAfter"]
        assert held(customer, sensor) == []

    def test_a_gateway_of_the_other_api_is_named_as_its_queue_is(self, customer: Customer) -> None:
        gateway, sensor = customer.field.gateway(sn="918100A1B2C3D4E555"), customer.field.sensor()
        customer.field.heard(sensor, gateway)
        sent(customer, sensor, GOOD)
        (message,) = outbox("918100A1B2C3D4E555")
        assert message["payload"]["gateway"] == gateway

    def test_a_gateway_is_reached_by_itself(self, customer: Customer) -> None:
        gateway = customer.field.gateway()
        sent(customer, gateway, GOOD)
        assert [message["payload"]["gateway"] for message in outbox(gateway)] == [gateway]

    def test_one_message_a_request_in_order(self, reached: tuple[Customer, str, str]) -> None:
        customer, sensor, gateway = reached
        for event in (1, 2, 3):
            sent(customer, sensor, {**GOOD, "tsmEv": event}, {**GOOD, "tsmEv": event + 10})
        assert [[each["tsmEv"] for each in message["payload"]["messages"]] for message in outbox(gateway)] == [[1, 11], [2, 12], [3, 13]]

    def test_what_nobody_has_heard_is_held_for_a_day(self, customer: Customer) -> None:
        sensor = customer.field.sensor()
        with time_machine.travel(NOW, tick=False) as clock:
            customer = Customer(customer.field, customer.field.token)
            first = sent(customer, sensor, GOOD)["commands"]
            clock.shift(timedelta(seconds=1))
            second = sent(customer, sensor, GOOD)["commands"]
        assert [(request.messages, request.until) for request in held(customer, sensor)] == [
            (first, SECOND + 86400),
            (second, SECOND + 1 + 86400),
        ]

    def test_one_that_is_heard_meanwhile_is_sent_to(self, customer: Customer) -> None:
        gateway, sensor = customer.field.gateway(), customer.field.sensor()
        meanwhile(lambda: customer.field.heard(sensor, gateway))
        sent(customer, sensor, GOOD)
        assert held(customer, sensor) == []
        assert len(outbox(gateway)) == 1
        assert len(customer.data(list_commands.handler, tuid=sensor)) == 1

    def test_of_two_at_once_both_are_kept_in_an_order(self, reached: tuple[Customer, str, str]) -> None:
        customer, sensor, gateway = reached
        meanwhile(lambda: sent(customer, sensor, {**GOOD, "tsmEv": 1}))
        sent(customer, sensor, {**GOOD, "tsmEv": 2})
        assert [entry["command"]["tsmEv"] for entry in customer.data(list_commands.handler, tuid=sensor)] == [1, 2]
        assert len(outbox(gateway)) == 2

    def test_released_messages_have_the_form_of_those_that_went_at_once(self, customer: Customer) -> None:
        gateway, sensor = customer.field.gateway(), customer.field.sensor()
        sent(customer, sensor, GOOD)
        (request,) = held(customer, sensor)
        message = accept_thing_commands.downlink(request, (gateway, gateway))
        assert (message.type, message.sn, message.deadline) == ("thingsee.commands", gateway, request.until)
        table.transact([ThingCommands.releasing(Reach.of(request.organization), request)])
        assert held(customer, sensor) == []
