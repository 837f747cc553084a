"""The states of commands, as they are stored: queued, sent, done or failed, expired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands.command import Command, OrderKind
from fleet.configuration import desire
from fleet.configuration.configurations import Configurations
from fleet.registry.gateways import Gateways
from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.command.send import handler as send_messages
from functions.wisdm.action.reboot import handler as reboot
from functions.wisdm.action.reset_password import handler as reset_password
from functions.wisdm.action.upgrade import handler as upgrade
from functions.wisdm.command.send import handler as send_shell
from functions.wisdm.network.set_priority import handler as set_priority
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import partition
from tests.harness.call import call
from tests.harness.fleet import Fleet, Hardware
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.faults import dying_at
from tests.workers.messages import NEXT_BOOT, NOW, deliver, deliver_rows, downlink_messages, hello, outbox, uplink_message
from tests.workers.prepared import prepared_gateway
from tests.workers.test_uplink_orders import give, online_gateway, order_result
from tests.workers.test_uplink_results import command_result, send_command
from tests.workers.thing_messages import message, relay

pytestmark = pytest.mark.usefixtures("clock")
KINDS: tuple[OrderKind, ...] = ("reboot", "password", "upgrade")


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway that is online."""
    return prepared_gateway(online_gateway)


def commands(address: str) -> list[Command]:
    """What is stored of the commands to a serial number or TUID, kind by kind, the newest first."""
    rows = [row for row in partition("FleetTable", f"COMMANDS#{address}") if "body" in row]
    return [
        Command.model_validate_json(row["body"]["S"]).changed(
            state=row["state"]["S"], attempts=int(row["attempts"]["N"]), result=row["result"]["S"]
        )
        for row in sorted(rows, key=lambda row: row["sk"]["S"], reverse=True)
    ]


def state(hardware: Hardware) -> tuple[str, int]:
    """The state of the only command, and how often it was put into the gateway's queue."""
    (command,) = commands(hardware.sn)
    return command.state, command.attempts


@pytest.mark.parametrize(
    ("route", "body", "kind"),
    [
        (send_shell, {"command": "uptime"}, "shell"),
        (reboot, None, "reboot"),
        (reset_password, {"password": "StrongPass!2025"}, "password"),
        (upgrade, {"version": "2.2.13"}, "upgrade"),
    ],
)
def test_a_command_says_who_gave_it(fleet: Fleet, hardware: Hardware, route: Entry, body: Any, kind: str) -> None:
    key, text = fleet.api_key(fleet.organization().changed(id=fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card.organization))
    assert call(route, {"sn": hardware.sn}, body=body, key=text).status in (200, 204)
    assert [(command.kind, command.by) for command in commands(hardware.sn)] == [(kind, key.id)]


class TestStates:
    """From acceptance to an outcome."""

    def test_of_a_shell_command(self, hardware: Hardware) -> None:
        id = send_command(hardware)
        assert state(hardware) == ("queued", 0)
        deliver_rows(dispatch, outbox(hardware))
        assert state(hardware) == ("sent", 1)
        deliver(receive, uplink_message(hardware, "command.result", command_result(id, [0, 0], "out")))
        assert state(hardware) == ("done", 1)
        assert commands(hardware.sn)[0].result == "out"

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_an_order(self, hardware: Hardware, kind: OrderKind) -> None:
        order = give(hardware, kind)
        assert state(hardware) == ("queued", 0)
        deliver_rows(dispatch, outbox(hardware))
        assert state(hardware) == ("sent", 1)
        deliver(receive, uplink_message(hardware, "action.result", order_result(order, ok=False)))
        assert state(hardware) == ("failed", 1)

    def test_of_messages_to_a_thing(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway("TSGW02A1B2C3DQ001"), thingsee_world.sensor()
        for _ in range(2):
            send_to(thingsee_world, sensor)
        assert [(each.state, each.delivery) for each in commands(sensor)] == [("queued", "held")] * 2
        relay(thingsee_world, gateway, message(sensor))
        send_to(thingsee_world, sensor)
        deliver_rows(dispatch, outbox(thingsee_world.hardware[gateway])[:2])
        sent = {each.state for each in commands(sensor)}
        assert sent == {"queued", "sent"}
        deliver_rows(dispatch, outbox(thingsee_world.hardware[gateway]))
        assert [(each.state, each.attempts) for each in commands(sensor)] == [("sent", 1)] * 3
        assert [each.delivery for each in commands(sensor)] == ["queue", "held", "held"]

    def test_each_kind_is_listed(self, hardware: Hardware) -> None:
        ids = [send_command(hardware) for _ in range(2)]
        for kind in KINDS:
            give(hardware, kind)
        listed = [(command.kind, command.id) for command in commands(hardware.sn)]
        assert [kind for kind, _ in listed] == ["upgrade", "shell", "shell", "reboot", "password"]
        assert [id for kind, id in listed if kind == "shell"] == [str(ids[1]), str(ids[0])]


class TestExpired:
    """A command that was never sent, and one without an answer."""

    def test_what_is_too_late_to_be_sent(self, hardware: Hardware) -> None:
        send_command(hardware, timeout=20)
        with time_machine.travel(NOW + timedelta(seconds=81), tick=False):
            deliver_rows(dispatch, outbox(hardware))
        (command,) = commands(hardware.sn)
        assert [command.at(NOW + timedelta(seconds=seconds)) for seconds in (80, 81)] == ["queued", "expired"]
        assert (state(hardware), downlink_messages(hardware)) == (("queued", 0), [])

    def test_what_was_sent_and_has_no_answer(self, hardware: Hardware) -> None:
        give(hardware, "reboot")
        deliver_rows(dispatch, outbox(hardware))
        (command,) = commands(hardware.sn)
        assert [command.at(NOW + timedelta(seconds=seconds)) for seconds in (60, 61)] == ["sent", "expired"]

    def test_an_upgrade_never_does(self, hardware: Hardware) -> None:
        give(hardware, "upgrade")
        assert commands(hardware.sn)[0].at(NOW + timedelta(days=400)) == "queued"


class TestMarking:
    """A row of the outbox may be delivered again, and late."""

    def test_twice_counts_once(self, hardware: Hardware) -> None:
        send_command(hardware)
        for _ in range(3):
            deliver_rows(dispatch, outbox(hardware))
        assert state(hardware) == ("sent", 1)

    @pytest.mark.parametrize("seconds", [0, 1000])
    def test_after_the_result_changes_nothing(self, hardware: Hardware, clock: time_machine.Traveller, seconds: int) -> None:
        order = give(hardware, "reboot")
        deliver(receive, uplink_message(hardware, "action.result", order_result(order)))
        clock.shift(seconds)
        deliver_rows(dispatch, outbox(hardware))
        assert state(hardware) == ("done", 0)

    def test_what_was_sent_is_not_expired_by_a_late_repetition(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        order = give(hardware, "reboot")
        deliver_rows(dispatch, outbox(hardware))
        clock.shift(61)
        deliver_rows(dispatch, outbox(hardware))
        assert state(hardware) == ("sent", 1)
        deliver(receive, uplink_message(hardware, "action.result", order_result(order)))
        assert state(hardware) == ("done", 1)

    def test_a_death_before_the_mark_does_not_keep_a_late_answer_out(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        order = give(hardware, "reboot")
        with dying_at("before-send", 2):
            deliver_rows(dispatch, outbox(hardware))
        assert len(downlink_messages(hardware)) == 1
        clock.shift(61)
        deliver_rows(dispatch, outbox(hardware))
        deliver(receive, uplink_message(hardware, "action.result", order_result(order)))
        assert state(hardware) == ("done", 0)

    def test_a_replaced_password_does_not_follow_the_newer_one(self, hardware: Hardware) -> None:
        """A batch whose first message fails is delivered again from there; the second one has waited for it."""
        orders = [give(hardware, "password") for _ in range(2)]
        rows = sorted(outbox(hardware), key=lambda row: [order.id in row["body"]["S"] for order in orders], reverse=True)
        with dying_at("before-send", 1):
            assert len(deliver_rows(dispatch, rows)) == 2
        assert deliver_rows(dispatch, rows) == []
        sent = [message["payload"]["actionId"] for _ in range(2) for message in downlink_messages(hardware)]
        assert sent == [orders[1].id]

    def test_another_occasion_is_another_attempt(self, hardware: Hardware) -> None:
        give(hardware, "upgrade")
        first = outbox(hardware)
        deliver_rows(dispatch, first)
        returned = NOW + timedelta(hours=2)
        deliver(receive, uplink_message(hardware, "hello", hello(hardware), boot=NEXT_BOOT, received=returned))
        deliver_rows(dispatch, [row for row in outbox(hardware) if row not in first])
        assert state(hardware) == ("sent", 2)

    def test_of_a_replaced_order_leaves_the_newer_one_alone(self, hardware: Hardware) -> None:
        give(hardware, "password")
        rows = outbox(hardware)
        give(hardware, "password")
        deliver_rows(dispatch, rows)
        assert state(hardware) == ("queued", 0)


class TestPush:
    """A section of the configuration has the command that last sent it."""

    def push(self, hardware: Hardware) -> Command:
        push = fetch(EVERYWHERE, Configurations.by_sn(hardware.sn)).section("priority").push
        assert push
        return push

    @pytest.fixture
    def pushed(self, hardware: Hardware) -> Hardware:
        """A gateway with a priority on its way."""
        desire.set_priority(EVERYWHERE, fetch(EVERYWHERE, desire.configured(hardware.sn)), "WIFI_ETH_CELLULAR", "tests", NOW)
        assert (self.push(hardware).state, self.push(hardware).attempts) == ("queued", 1)
        return hardware

    def report(self, hardware: Hardware, version: int, **members: Any) -> None:
        assert deliver(receive, uplink_message(hardware, "config.reported", {"version": version, **members}, seq=5)) == []

    def test_a_report_of_its_version_closes_it(self, pushed: Hardware) -> None:
        self.report(pushed, int(self.push(pushed).id), priority="WIFI_ETH_CELLULAR")
        assert self.push(pushed).state == "done"

    def test_a_report_of_an_earlier_version_does_not(self, pushed: Hardware) -> None:
        self.report(pushed, int(self.push(pushed).id) - 1, priority="ETH_WIFI_CELLULAR")
        assert self.push(pushed).state == "queued"

    def test_fails_with_the_length_of_the_gateways_error(self, pushed: Hardware) -> None:
        self.report(pushed, int(self.push(pushed).id), errors=[{"section": "priority", "message": "no modem"}])
        assert (self.push(pushed).state, self.push(pushed).result) == ("failed", "(not stored: a text of 8 characters)")

    def test_says_who_gave_it_also_when_the_cloud_sends_it_again(self, fleet: Fleet, hardware: Hardware) -> None:
        card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
        key, text = fleet.api_key(fleet.organization().changed(id=card.organization))
        assert call(set_priority, {"sn": hardware.sn}, body={"priority": "WIFI_ETH_CELLULAR"}, key=text).status == 204
        deliver(receive, uplink_message(hardware, "hello", hello(hardware, applied=0), boot=NEXT_BOOT, received=NOW + timedelta(hours=1)))
        assert (self.push(hardware).by, self.push(hardware).attempts) == (key.id, 2)

    def test_again_is_another_attempt(self, pushed: Hardware) -> None:
        deliver(receive, uplink_message(pushed, "hello", hello(pushed, applied=0), boot=NEXT_BOOT, received=NOW + timedelta(hours=1)))
        assert (self.push(pushed).state, self.push(pushed).attempts) == ("queued", 2)


def send_to(thingsee_world: ThingseeWorld, tuid: str) -> None:
    body = [{"tsmId": 1500, "tsmEv": 30}]
    assert call(send_messages, {"tuid": tuid}, body=body, headers=thingsee_world.bearer).status == 200


def listed_messages(thingsee_world: ThingseeWorld, tuid: str) -> list[Any]:
    answer = call(list_commands, {"tuid": tuid}, headers=thingsee_world.bearer)
    assert answer.status == 200
    return list(answer.json["data"])
