"""POST /v4/gateway/{sn}/async-cmd: what it accepts (wisdm.md 6.1)."""

from __future__ import annotations

from typing import Any

import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands.commands import Commands
from functions.wisdm.command import get, send
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import outbox_of, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call
from tests.harness.interference import before_next_transaction


def send_command(tenant: Tenant, sn: str, key: str | None = None, at: float = NOW.timestamp(), **members: Any) -> Response:
    with time_machine.travel(at, tick=False):
        return call(send.handler, {"sn": sn}, key=key or tenant.key, body={"command": "uptime", **members})


def test_answers_the_second_of_acceptance(gateways: TenantWithGateways) -> None:
    answer = send_command(gateways, gateways.online.sn)
    assert answer.status == 200
    assert answer.json == {"commandId": int(NOW.timestamp())}


def test_ids_within_a_second_rise_by_one(gateways: TenantWithGateways) -> None:
    start = int(NOW.timestamp())
    assert [send_command(gateways, gateways.online.sn).json["commandId"] for _ in range(3)] == [start, start + 1, start + 2]


def test_ids_rise_when_the_clock_steps_back(gateways: TenantWithGateways) -> None:
    first = send_command(gateways, gateways.online.sn).json["commandId"]
    assert send_command(gateways, gateways.online.sn, at=NOW.timestamp() - 5).json["commandId"] == first + 1


def test_ids_are_of_each_gateway(gateways: TenantWithGateways) -> None:
    assert send_command(gateways, gateways.online.sn).json == send_command(gateways, gateways.offline.sn).json


def test_who_comes_second_gets_the_next_id(gateways: TenantWithGateways) -> None:
    before_next_transaction(lambda: send_command(gateways, gateways.online.sn))
    assert send_command(gateways, gateways.online.sn).json["commandId"] == int(NOW.timestamp()) + 1


def test_netstat_needs_no_arguments(gateways: TenantWithGateways) -> None:
    assert send_command(gateways, gateways.online.sn, command="netstat").status == 200
    (message,) = outbox_of(gateways.online.sn)
    assert message["payload"]["stages"] == [["netstat"]]


def test_is_queued_as_arrays_of_arguments(gateways: TenantWithGateways) -> None:
    pipes = [{"command": "grep", "args": "-i LISTEN"}, {"command": "head", "args": "-n 5"}]
    id = send_command(gateways, gateways.online.sn, command="netstat", args="-apn", pipes=pipes, timeout=20).json["commandId"]
    (message,) = outbox_of(gateways.online.sn)
    assert message["type"] == "command.exec"
    assert message["payload"] == {
        "commandId": id, "timeoutS": 20, "stages": [["netstat", "-apn"], ["grep", "-F", "-i", "LISTEN"], ["head", "-n", "5"]]
    }  # fmt: skip


def test_the_timeout_is_a_minute_by_default(gateways: TenantWithGateways) -> None:
    send_command(gateways, gateways.online.sn)
    assert outbox_of(gateways.online.sn)[0]["payload"]["timeoutS"] == 60


def test_nulls_are_defaults(gateways: TenantWithGateways) -> None:
    send_command(gateways, gateways.online.sn, args=None, pipes=None, timeout=None)
    assert outbox_of(gateways.online.sn)[0]["payload"] == {"commandId": int(NOW.timestamp()), "timeoutS": 60, "stages": [["uptime"]]}


def test_the_timeout_may_be_from_1_to_300(gateways: TenantWithGateways) -> None:
    for timeout in (1, 300):
        assert send_command(gateways, gateways.online.sn, timeout=timeout).status == 200, timeout


def test_takes_the_serial_number_in_any_case(gateways: TenantWithGateways) -> None:
    assert send_command(gateways, gateways.online.sn.lower()).status == 200


def test_an_offline_gateway_has_it_queued(gateways: TenantWithGateways) -> None:
    assert send_command(gateways, gateways.offline.sn).status == 200
    assert len(outbox_of(gateways.offline.sn)) == 1


def test_a_provisioning_gateway_is_500(gateways: TenantWithGateways) -> None:
    with unchanged():
        refusal_message(send_command(gateways, gateways.provisioning.sn), 500)


def test_the_eleventh_unfinished_command_is_429(gateways: TenantWithGateways) -> None:
    statuses = [send_command(gateways, gateways.online.sn).status for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_429_says_when_to_come_back(gateways: TenantWithGateways) -> None:
    for _ in range(10):
        send_command(gateways, gateways.online.sn, timeout=30)
    answer = send_command(gateways, gateways.online.sn)
    refusal_message(answer, 429)
    wait = int(answer.headers["Retry-After"])
    assert send_command(gateways, gateways.online.sn, at=NOW.timestamp() + wait).status == 200


def test_a_refused_command_is_not_queued(gateways: TenantWithGateways) -> None:
    for _ in range(11):
        send_command(gateways, gateways.online.sn)
    assert len(outbox_of(gateways.online.sn)) == 10


def test_a_finished_command_makes_room(gateways: TenantWithGateways) -> None:
    ids = [send_command(gateways, gateways.online.sn).json["commandId"] for _ in range(10)]
    Commands.finish(EVERYWHERE, fetch(EVERYWHERE, Commands.by_number(gateways.online.sn, ids[3])), "done", "")
    assert send_command(gateways, gateways.online.sn).status == 200


def test_commands_that_ran_out_make_room(gateways: TenantWithGateways) -> None:
    for _ in range(10):
        send_command(gateways, gateways.online.sn, timeout=10)
    assert send_command(gateways, gateways.online.sn, at=NOW.timestamp() + 71).status == 200


def test_the_limit_is_of_each_gateway(gateways: TenantWithGateways) -> None:
    for _ in range(10):
        send_command(gateways, gateways.online.sn)
    assert send_command(gateways, gateways.offline.sn).status == 200


def test_any_key_that_writes_may_send(gateways: TenantWithGateways) -> None:
    key = gateways.fleet.key(gateways.organization, permissions=("WRITE_REBOOT_GATEWAY",))
    assert send_command(gateways, gateways.online.sn, key).status == 200


def test_a_read_only_key_may_not_send(gateways: TenantWithGateways) -> None:
    refusal_message(send_command(gateways, gateways.online.sn, gateways.reader), 403)


def test_another_organizations_gateway_is_as_unknown_as_any(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    foreign = send_command(other_tenant, gateways.online.sn)
    assert refusal_message(foreign, 404) == "Gateway not found"
    assert foreign.content == send_command(other_tenant, "GW999999").content


def test_a_limited_key_sends_to_its_locations_only(gateways: TenantWithGateways) -> None:
    refusal_message(send_command(gateways, gateways.online.sn, gateways.key_of_elsewhere), 403)


def test_the_keys_locations_before_the_state_of_the_gateway(gateways: TenantWithGateways) -> None:
    refusal_message(send_command(gateways, gateways.provisioning.sn, gateways.key_of_elsewhere), 403)


def test_the_command_can_be_read_at_once(gateways: TenantWithGateways) -> None:
    id = send_command(gateways, gateways.online.sn).json["commandId"]
    with time_machine.travel(NOW, tick=False):
        answer = call(get.handler, {"sn": gateways.online.sn, "commandId": str(id)}, key=gateways.key)
    assert (answer.status, answer.json["status"]) == (200, "PENDING")
