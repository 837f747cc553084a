"""The order of messages to a gateway: later ones wait for one that fails, and each that replaces another has a higher number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from fleet.aws import clients
from functions.wisdm.action.reset_password import handler as reset_password
from functions.wisdm.action.upgrade import handler as upgrade
from functions.wisdm.command.send import handler as send_command
from functions.wisdm.network.set_wan import handler as set_wan
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.harness.fleet import Fleet, Hardware
from tests.harness.interference import TRANSACTION, before_first_request
from tests.harness.recorder import Recorder
from tests.workers.faults import dying_at
from tests.workers.messages import deliver, deliver_rows, downlink_messages, outbox
from tests.workers.story import Story
from tests.workers.test_return import RIGHT, WRONG
from tests.workers.test_return import story as story  # a fixture

pytestmark = pytest.mark.usefixtures("clock")
PASSWORDS = [{"password": f"StrongPass!202{year}"} for year in range(2)]
UPGRADES = [{"version": "2.2.13"}, {"version": "2.2.21"}]


@contextmanager
def refusing(queue_url: str, times: int = 1) -> Iterator[None]:
    """A queue that refuses the next messages."""
    refused: list[str] = []

    def refuse(params: Any, **_: object) -> None:
        if queue_url in str(params) and len(refused) < times:
            refused.append(queue_url)
            raise EndpointConnectionError(endpoint_url=queue_url)

    events = clients.sqs().meta.events
    events.register("before-call.sqs.SendMessage", refuse)
    try:
        yield
    finally:
        events.unregister("before-call.sqs.SendMessage", refuse)
    assert len(refused) == times


def rows_in_order(hardware: Hardware) -> list[Any]:
    """The rows of the outbox in the order of their commands."""
    return sorted(outbox(hardware), key=lambda row: int(json.loads(row["body"]["S"])["payload"]["commandId"]))


def test_later_messages_wait_for_one_that_the_queue_refuses_and_other_gateways_do_not(story: Story, fleet: Fleet) -> None:
    other = fleet.hardware()
    organization = fleet.organization()
    fleet.online(fleet.gateway(organization, fleet.location(organization), other))
    neighbour = Story(fleet, other, fleet.key(organization), story.clock)
    ids = [story.asks(send_command, {"command": "uptime"})["commandId"] for _ in range(3)]
    neighbour.asks(send_command, {"command": "uptime"})
    batch = [*rows_in_order(story.hardware), *outbox(other)]
    with refusing(story.hardware.factory.queue_url):
        assert deliver_rows(dispatch, batch) == ["1000", "1001", "1002"]
    assert len(downlink_messages(other)) == 1
    assert deliver_rows(dispatch, batch) == []
    assert [message["payload"]["commandId"] for _ in range(3) for message in downlink_messages(story.hardware)] == ids


@pytest.mark.parametrize(
    ("route", "bodies"),
    [(reset_password, PASSWORDS), (upgrade, UPGRADES), (set_wan, [WRONG, RIGHT])],
    ids=["password", "upgrade", "setting"],
)
@pytest.mark.parametrize("at_once", [False, True])
def test_what_is_accepted_later_has_the_higher_number(story: Story, route: Any, bodies: list[Any], at_once: bool) -> None:
    """Also of two requests at the same instant, whichever of them comes first."""
    if at_once:
        with before_first_request(TRANSACTION, lambda: story.asks(route, bodies[0])):
            story.asks(route, bodies[1])
    else:
        for body in bodies:
            story.asks(route, body)
    assert len({json.loads(row["body"]["S"])["number"] for row in outbox(story.hardware)}) == 2
    assert deliver_rows(dispatch, outbox(story.hardware)) == []
    sent = [message for _ in range(2) for message in downlink_messages(story.hardware)]
    newest = max(sent, key=lambda message: int(message["number"]))["payload"]
    assert route is reset_password or newest.get("version") == (2 if route is set_wan else "2.2.21")


def test_a_number_costs_no_request(story: Story, aws_requests: Recorder) -> None:
    aws_requests.clear()
    story.asks(set_wan, RIGHT)
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"]


def test_what_fails_is_counted_with_the_workers_name(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    """The alarm watches the count of all workers, which has only the service's dimension."""
    story.asks(send_command, {"command": "uptime"})
    with refusing(story.hardware.factory.queue_url):
        assert deliver_rows(dispatch, outbox(story.hardware)) == ["1000"]
    with dying_at("before-send", 1):
        assert len(deliver(receive, story.message("status", {}))) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "RecordsFailed" in line]
    counted = [(line.get("worker"), line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]) for line in lines]
    assert counted == [
        (None, [["service"]]),
        ("downlink_dispatch", [["service", "worker"]]),
        (None, [["service"]]),
        (receive.worker.name, [["service", "worker"]]),
    ]
    assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in lines} == {"Muster"}
