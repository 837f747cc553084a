"""`muster outbox`: what the relay or the downlink worker has given up is shown, and sent when the operator says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients, queues
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.ids import new_id
from fleet.outbox.letter import Letter
from fleet.outbox.letters import Letters
from fleet.registry.gateways import Gateways
from functions.wisdm.action.reset_password import handler as reset_password
from functions.wisdm.command.send import handler as send_command
from functions.wisdm.network.set_priority import handler as set_priority
from functions.workers.downlink.dispatch import handler as dispatch
from tests.harness.aws import messages
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.people import OPERATOR
from tests.harness.template import resources
from tests.operator.console import Console
from tests.operator.shared_gateway import SN, SharedGateway
from tests.workers.messages import deliver_rows, downlink_messages, in_order, outbox
from tests.workers.test_order import refusing

TRIES = int(resources("queues")["Downlinks"]["Properties"]["RedrivePolicy"]["maxReceiveCount"])
"""How often the worker gets a message that fails, before its queue puts it aside."""
PASSWORD = "StrongPass!2025"


@pytest.fixture(autouse=True)
def dispatched(shared_gateway: SharedGateway) -> None:
    """Nothing is left of the gateway's registration."""
    assert deliver_rows(dispatch, outbox(shared_gateway.hardware)) == []
    downlink_messages(shared_gateway.hardware)


def give(gateway: SharedGateway, clock: time_machine.Traveller) -> list[str]:
    """Two shell commands, and a password between them; returns the types of their messages in that order."""
    for route, body in (
        (send_command, {"command": "uptime"}),
        (reset_password, {"password": PASSWORD}),
        (send_command, {"command": "uptime"}),
    ):
        clock.shift(timedelta(seconds=1))
        assert call(route, {"sn": SN}, key=gateway.key, body=body).status < 300
    return ["command.exec", "action.password", "command.exec"]


def give_up(gateway: SharedGateway) -> None:
    """The gateway's queue refuses each message as often as it is tried; the later ones wait for it meanwhile."""
    rows = in_order(outbox(gateway.hardware))
    with refusing(gateway.hardware.factory.queue_url, TRIES * len(rows)):
        for given_up in range(len(rows)):
            for _ in range(TRIES):
                assert len(deliver_rows(dispatch, rows[given_up:])) == len(rows) - given_up


def taken(gateway: SharedGateway) -> list[dict[str, Any]]:
    """What the gateway takes from its queue, which hands out one message of a group at a time."""
    return [message for _ in range(4) for message in downlink_messages(gateway.hardware)]


def listed(muster: Console, *options: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = muster("outbox", "list", *options, "--json").json
    return shown


class TestGivenUp:
    """A message whose queue refused it until it was given up."""

    def test_it_is_shown_and_sent_in_order_and_once(
        self, shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller
    ) -> None:
        types = give(shared_gateway, clock)
        give_up(shared_gateway)
        clock.shift(timedelta(seconds=20))
        shown = listed(muster)
        assert [each["type"] for each in shown] == types
        assert [each["number"] for each in shown] == sorted(each["number"] for each in shown)
        assert [each["age"] for each in shown] == [22, 21, 20]
        assert {each["sn"] for each in shown} == {SN}
        retried = muster("outbox", "retry", "--json")
        assert (retried.code, [each["outcome"] for each in retried.json]) == (0, ["Sent"] * 3)
        sent = taken(shared_gateway)
        assert [message["messageId"] for message in sent] == [each["id"] for each in shown]
        assert [message["number"] for message in sent] == [each["number"] for each in shown]
        assert (listed(muster), outbox(shared_gateway.hardware)) == ([], [])
        assert muster("outbox", "retry").out == "There are none.\n"
        assert taken(shared_gateway) == []

    def test_the_audit_log_says_who_sent_it(self, shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller) -> None:
        give(shared_gateway, clock)
        ids = {each["id"] for each in listed(muster)}
        muster("outbox", "retry", "--sn", SN.lower())
        log = muster("audit", "--gateway", SN, "--json").json
        assert {(entry["actor"], entry["action"]) for entry in log} == {(OPERATOR.actor, "message.retried")}
        assert {entry["message"] for entry in log} == ids
        assert all(id in muster("audit", "--gateway", SN).out for id in ids)

    def test_its_content_is_not_shown(self, shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller) -> None:
        give(shared_gateway, clock)
        shown = listed(muster)[0]
        assert shown.keys() == {"sn", "number", "type", "id", "organization", "accepted", "age", "deadline", "expired"}
        line = muster("outbox", "list", "--sn", SN).out.splitlines()[0]
        assert (
            line == f"{SN} {shown['number']} command.exec {shown['id']}, 2 s old, until {shown['deadline'][:10]} {shown['deadline'][11:19]}"
        )

    def test_one_that_fails_again_is_left_and_later_ones_wait(
        self, shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller
    ) -> None:
        give(shared_gateway, clock)
        with refusing(shared_gateway.hardware.factory.queue_url):
            retried = muster("outbox", "retry", "--json")
        assert (retried.code, [each["outcome"] for each in retried.json]) == (1, ["Failed", "Waiting", "Waiting"])
        assert "Could not connect" in retried.json[0]["reason"]
        assert (len(listed(muster)), taken(shared_gateway)) == (3, [])

    def test_past_its_deadline_it_is_shown_as_such_and_not_sent(
        self, shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller
    ) -> None:
        give(shared_gateway, clock)
        clock.shift(timedelta(minutes=10))
        assert [each["expired"] for each in listed(muster)] == [True] * 3
        assert "10 min old, expired at 2026" in muster("outbox", "list").out
        retried = muster("outbox", "retry", "--json")
        assert (retried.code, {each["outcome"] for each in retried.json}) == (0, {"Expired"})
        assert (taken(shared_gateway), len(listed(muster))) == ([], 3)

    def test_one_that_a_newer_one_has_replaced_is_dropped(
        self, shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller
    ) -> None:
        for priority in ("WIFI_ETH_CELLULAR", "ETH_WIFI_CELLULAR"):
            clock.shift(timedelta(seconds=1))
            assert call(set_priority, {"sn": SN}, key=shared_gateway.key, body={"priority": priority}).status == 204
        assert [each["outcome"] for each in muster("outbox", "retry", "--json").json] == ["Superseded", "Sent"]
        assert [message["payload"]["value"] for message in taken(shared_gateway)] == ["ETH_WIFI_CELLULAR"]
        log = muster("audit", "--gateway", SN, "--json").json
        assert sorted(entry["action"] for entry in log) == ["message.dropped", "message.retried"]


def test_what_is_sent_leaves_the_outbox(shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller) -> None:
    give(shared_gateway, clock)
    assert (len(listed(muster)), deliver_rows(dispatch, outbox(shared_gateway.hardware))) == (3, [])
    assert listed(muster) == []


def test_what_has_no_queue_stays_until_there_is_one(shared_gateway: SharedGateway, muster: Console, clock: time_machine.Traveller) -> None:
    give(shared_gateway, clock)

    clients.sqs().delete_queue(QueueUrl=shared_gateway.hardware.factory.queue_url)
    assert deliver_rows(dispatch, outbox(shared_gateway.hardware)) == []
    retried = muster("outbox", "retry", "--json")
    assert (retried.code, {each["outcome"] for each in retried.json}) == (1, {"Unreachable"})
    assert len(listed(muster, "--sn", SN)) == 3


def test_only_one_gateway(shared_gateway: SharedGateway, muster: Console, fleet: Fleet, clock: time_machine.Traveller) -> None:
    give(shared_gateway, clock)
    assert (listed(muster, "--sn", fleet.hardware().sn), len(listed(muster, "--sn", SN.lower()))) == ([], 3)


class TestLetters:
    """Letters to workers that the relay has given up."""

    @pytest.fixture
    def letters(self, shared_gateway: SharedGateway, clock: time_machine.Traveller) -> list[Letter]:
        """Two, and a message to a gateway."""
        give(shared_gateway, clock)
        owner = fetch(EVERYWHERE, Gateways.by_sn(SN)).card.organization
        written = [Letter(id=new_id(), organization=owner, group=owner, body={"job": name}) for name in ("a", "b")]
        transact([write for each in written for write in Letters.jobs_writes(EVERYWHERE, each)])
        clock.shift(timedelta(hours=3))
        return sorted(written, key=lambda each: each.id)

    def test_they_are_shown_without_their_content(self, letters: list[Letter], muster: Console) -> None:
        assert [each["type"] for each in listed(muster)[:-2]] == ["command.exec", "action.password", "command.exec"]
        shown = listed(muster)[-2:]
        assert [(each["queue"], each["id"], each["age"]) for each in shown] == [("Jobs", each.id, 3 * 3600) for each in letters]
        assert shown[0].keys() == {"queue", "group", "id", "organization", "accepted", "age"}
        assert muster("outbox", "list").out.splitlines()[-1] == f"Jobs {letters[1].group} {letters[1].id}, 3 h old"
        assert len(listed(muster, "--sn", SN)) == 3

    def test_they_are_sent_and_the_audit_log_of_their_organization_says_so(self, letters: list[Letter], muster: Console) -> None:
        retried = muster("outbox", "retry", "--json")
        assert (retried.code, [each["outcome"] for each in retried.json[-2:]]) == (0, ["Sent", "Sent"])
        assert messages(clients.setting("JOBS_QUEUE")) == [queues.text(each.body) for each in letters]
        assert [each for each in listed(muster) if "queue" in each] == []
        log = muster("audit", "--organization", letters[0].organization, "--json").json
        assert {(entry["actor"], entry["action"]) for entry in log} == {(OPERATOR.actor, "message.retried")}
        assert sorted(entry["message"] for entry in log) == [each.id for each in letters]

    def test_one_that_fails_again_is_left(self, letters: list[Letter], muster: Console, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JOBS_QUEUE", clients.setting("JOBS_QUEUE") + "-gone")
        retried = muster("outbox", "retry", "--json")
        assert (retried.code, [each["outcome"] for each in retried.json[-2:]]) == (1, ["Failed", "Failed"])
        assert muster("outbox", "retry").out.endswith(": Failed (AWS.SimpleQueueService.NonExistentQueue)\n")
        assert [each["id"] for each in listed(muster)[-2:]] == [each.id for each in letters]


@pytest.mark.parametrize("verb", ["list", "retry"])
def test_a_gateway_that_does_not_exist(muster: Console, verb: str) -> None:
    assert "no factory record" in muster.refused("outbox", verb, "--sn", "918100A1B2C3FFFF")
