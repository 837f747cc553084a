"""POST /v4/gateway/{sn}/async-cmd: what it accepts (contract, 6.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.commands.commands import Commands
from fleet.registry.gateway import Card
from functions.wisdm.command import get, send
from tests.contract.wisdm.tenant import Tenant, meanwhile, refused, rows, sent_to
from tests.harness.call import Answered, call

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def card(tenant: Tenant) -> Card:
    """A gateway that is online at NOW."""
    with time_machine.travel(NOW, tick=False):
        made = tenant.gateway(tenant.location())
        tenant.fleet.online(made)
    return made


def sent(tenant: Tenant, sn: str, key: str | None = None, at: float = NOW.timestamp(), **members: Any) -> Answered:
    with time_machine.travel(at, tick=False):
        return call(send.handler, {"sn": sn}, key=key or tenant.key, body={"command": "uptime", **members})


def test_answers_the_second_of_acceptance(tenant: Tenant, card: Card) -> None:
    answer = sent(tenant, card.sn)
    assert answer.status == 200
    assert answer.json == {"commandId": int(NOW.timestamp())}


def test_ids_within_a_second_rise_by_one(tenant: Tenant, card: Card) -> None:
    start = int(NOW.timestamp())
    assert [sent(tenant, card.sn).json["commandId"] for _ in range(3)] == [start, start + 1, start + 2]


def test_ids_rise_when_the_clock_steps_back(tenant: Tenant, card: Card) -> None:
    first = sent(tenant, card.sn).json["commandId"]
    assert sent(tenant, card.sn, at=NOW.timestamp() - 5).json["commandId"] == first + 1


def test_ids_are_of_each_gateway(tenant: Tenant, card: Card) -> None:
    with time_machine.travel(NOW, tick=False):
        other = tenant.gateway()
    assert sent(tenant, card.sn).json == sent(tenant, other.sn).json


def test_who_comes_second_gets_the_next_id(tenant: Tenant, card: Card) -> None:
    meanwhile(lambda: sent(tenant, card.sn))
    assert sent(tenant, card.sn).json["commandId"] == int(NOW.timestamp()) + 1


def test_is_queued_as_arrays_of_arguments(tenant: Tenant, card: Card) -> None:
    pipes = [{"command": "grep", "args": "-i LISTEN"}, {"command": "head", "args": "-n 5"}]
    id = sent(tenant, card.sn, command="netstat", args="-apn", pipes=pipes, timeout=20).json["commandId"]
    (message,) = sent_to(card.sn)
    assert message["type"] == "command.exec"
    assert message["payload"] == {
        "commandId": id, "timeoutS": 20, "stages": [["netstat", "-apn"], ["grep", "-F", "-i", "LISTEN"], ["head", "-n", "5"]]
    }  # fmt: skip


def test_the_timeout_is_a_minute_by_default(tenant: Tenant, card: Card) -> None:
    sent(tenant, card.sn)
    assert sent_to(card.sn)[0]["payload"]["timeoutS"] == 60


def test_nulls_are_defaults(tenant: Tenant, card: Card) -> None:
    sent(tenant, card.sn, args=None, pipes=None, timeout=None)
    assert sent_to(card.sn)[0]["payload"] == {"commandId": int(NOW.timestamp()), "timeoutS": 60, "stages": [["uptime"]]}


@pytest.mark.parametrize("timeout", [1, 300])
def test_the_timeout_may_be_from_1_to_300(tenant: Tenant, card: Card, timeout: int) -> None:
    assert sent(tenant, card.sn, timeout=timeout).status == 200


def test_takes_the_serial_number_in_any_case(tenant: Tenant, card: Card) -> None:
    assert sent(tenant, card.sn.lower()).status == 200


def test_an_offline_gateway_has_it_queued(tenant: Tenant, card: Card) -> None:
    with time_machine.travel(NOW, tick=False):
        tenant.fleet.offline(card)
    assert sent(tenant, card.sn).status == 200
    assert len(sent_to(card.sn)) == 1


def test_a_provisioning_gateway_is_500(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location())
    before = rows()
    refused(call(send.handler, {"sn": card.sn}, key=tenant.key, body={"command": "uptime"}), 500)
    assert rows() == before


def test_the_eleventh_unfinished_command_is_429(tenant: Tenant, card: Card) -> None:
    statuses = [sent(tenant, card.sn).status for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_429_says_when_to_come_back(tenant: Tenant, card: Card) -> None:
    for _ in range(10):
        sent(tenant, card.sn, timeout=30)
    answer = sent(tenant, card.sn)
    refused(answer, 429)
    wait = int(answer.headers["Retry-After"])
    assert sent(tenant, card.sn, at=NOW.timestamp() + wait).status == 200


def test_a_refused_command_is_not_queued(tenant: Tenant, card: Card) -> None:
    for _ in range(11):
        sent(tenant, card.sn)
    assert len(sent_to(card.sn)) == 10


def test_a_finished_command_makes_room(tenant: Tenant, card: Card) -> None:
    ids = [sent(tenant, card.sn).json["commandId"] for _ in range(10)]
    Commands.finish(EVERYWHERE, card.organization, card.sn, ids[3], "SUCCESS", "")
    assert sent(tenant, card.sn).status == 200


def test_commands_that_ran_out_make_room(tenant: Tenant, card: Card) -> None:
    for _ in range(10):
        sent(tenant, card.sn, timeout=10)
    assert sent(tenant, card.sn, at=NOW.timestamp() + 71).status == 200


def test_the_limit_is_of_each_gateway(tenant: Tenant, card: Card) -> None:
    other = tenant.gateway()
    for _ in range(10):
        sent(tenant, card.sn)
    assert sent(tenant, other.sn).status == 200


def test_any_key_that_writes_may_send(tenant: Tenant, card: Card) -> None:
    assert sent(tenant, card.sn, tenant.fleet.key(tenant.organization, permissions=("WRITE_REBOOT_GATEWAY",))).status == 200


def test_a_read_only_key_may_not_send(tenant: Tenant, card: Card) -> None:
    refused(sent(tenant, card.sn, tenant.fleet.key(tenant.organization, access="READ_ONLY")), 403)


def test_another_organizations_gateway_is_as_unknown_as_any(tenant: Tenant, card: Card) -> None:
    other = Tenant.of(tenant.fleet)
    foreign = sent(other, card.sn)
    assert refused(foreign, 404) == "Gateway not found"
    assert foreign.content == sent(other, "GW999999").content


def test_a_limited_key_sends_to_its_locations_only(tenant: Tenant, card: Card) -> None:
    refused(sent(tenant, card.sn, tenant.limited(tenant.location())), 403)


def test_the_keys_locations_before_the_state_of_the_gateway(tenant: Tenant) -> None:
    card = tenant.gateway(tenant.location())
    refused(sent(tenant, card.sn, tenant.limited(tenant.location())), 403)


def test_the_command_can_be_read_at_once(tenant: Tenant, card: Card) -> None:
    id = sent(tenant, card.sn).json["commandId"]
    with time_machine.travel(NOW, tick=False):
        answer = call(get.handler, {"sn": card.sn, "commandId": str(id)}, key=tenant.key)
    assert (answer.status, answer.json["status"]) == (200, "PENDING")
