"""A gateway may have ten unfinished shell commands; the eleventh is refused (wisdm.md 6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.wisdm.command.send import handler as send_shell
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import Response, call
from tests.harness.fleet import Fleet, Hardware
from tests.harness.interference import TRANSACTION, before_first_request
from tests.harness.recorder import Recorder
from tests.workers.messages import deliver, uplink_message
from tests.workers.prepared import prepared_gateway
from tests.workers.test_command_states import commands
from tests.workers.test_uplink_orders import online_gateway
from tests.workers.test_uplink_results import command_result

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway that is online."""
    return prepared_gateway(online_gateway)


@pytest.fixture
def send(fleet: Fleet, hardware: Hardware) -> Callable[[], Response]:
    organization = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card.organization
    _, key = fleet.api_key(fleet.organization().changed(id=organization))
    return lambda: call(send_shell, {"sn": hardware.sn}, body={"command": "uptime"}, key=key)


def finish(hardware: Hardware, id: int) -> None:
    assert deliver(receive, uplink_message(hardware, "command.result", command_result(id, [0]))) == []


def test_one_that_ends_while_the_next_is_accepted_makes_room(hardware: Hardware, send: Callable[[], Response]) -> None:
    ids = [send().json["commandId"]]
    for _ in range(9):
        with before_first_request(TRANSACTION, lambda: finish(hardware, ids[-1])):
            ids.append(send().json["commandId"])
    assert [command.state for command in commands(hardware.sn)] == ["queued"] + ["done"] * 9
    assert [send().status for _ in range(10)] == [200] * 9 + [429]


def test_one_that_is_accepted_while_another_ends_counts(hardware: Hardware, send: Callable[[], Response]) -> None:
    id = send().json["commandId"]
    with before_first_request(TRANSACTION, lambda: [send() for _ in range(9)]):
        finish(hardware, id)
    assert [send().status for _ in range(2)] == [200, 429]


def test_accepting_takes_as_many_requests_however_many_there_are(
    hardware: Hardware, send: Callable[[], Response], aws_requests: Recorder
) -> None:
    send()
    for _ in range(9):
        aws_requests.clear()
        assert send().status == 200
        assert [request for request in aws_requests.requests if request.startswith("dynamodb")] == [
            "dynamodb:BatchGetItem",
            "dynamodb:TransactWriteItems",
        ]
