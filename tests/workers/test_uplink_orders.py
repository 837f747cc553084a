"""Radio performance, results of orders, and the upgrade that a reconnecting gateway receives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands import give_order
from fleet.commands.command import Command, OrderKind
from fleet.commands.commands import Commands
from fleet.configuration import upgrade
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NEXT_BOOT, NOW, dead_letters, deliver, hello, outbox, uplink_message
from tests.workers.prepared import prepared_gateway
from tests.workers.series import rows

TEN = "2026-01-05T10:00:00Z"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def online_gateway(fleet: Fleet) -> Hardware:
    """A gateway that is online, with firmware 2.2.20."""
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.online(fleet.gateway(organization, fleet.location(organization), hardware))
    for version in ("2.2.13", "2.2.21"):
        Firmwares.add(
            EVERYWHERE, Firmware(model="RAK7268V2", version=version, key=f"firmware/{version}", size=1, sha256="0" * 64, added=NOW)
        )
    return hardware


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway that is online, with firmware 2.2.20."""
    return prepared_gateway(online_gateway)


def perf(*samples: dict[str, Any]) -> dict[str, Any]:
    return {"samples": list(samples)}


def sample(add_bucket: str = TEN, **fields: Any) -> dict[str, Any]:
    return {"bucket": add_bucket, "rssiAvg": -92.4, "snrAvg": 7.9, "uplink": 131, "downlink": 4, **fields}


def buckets(hardware: Hardware) -> dict[str, dict[str, float]]:
    """The stored radio performance, by bucket."""
    card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
    return {row["sk"]["S"]: json.loads(row["body"]["S"]) for row in rows(f"PERF#{card.id}")}


class TestPerformance:
    """Buckets of ten minutes: the newest message wins."""

    def test_is_kept_by_bucket(self, hardware: Hardware) -> None:
        payload = perf(sample(), sample("2026-01-05T10:10:00.000+00:00", rssiAvg=None, snrAvg=None, uplink=0))
        assert deliver(handler, uplink_message(hardware, "perf", payload)) == []
        assert buckets(hardware) == {
            TEN: {"rssi": -92.4, "snr": 7.9, "uplink": 131, "downlink": 4},
            "2026-01-05T10:10:00Z": {"uplink": 0, "downlink": 4},
        }

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 2, 0), (0, 2, 1, 0)])
    def test_the_higher_number_of_a_start_wins(self, hardware: Hardware, order: tuple[int, ...]) -> None:
        messages = [uplink_message(hardware, "perf", perf(sample(uplink=number)), seq=number + 1) for number in range(3)]
        deliver(handler, *(messages[number] for number in order))
        assert buckets(hardware)[TEN]["uplink"] == 2

    def test_a_later_start_wins_whatever_its_number(self, hardware: Hardware) -> None:
        old = uplink_message(hardware, "perf", perf(sample(uplink=1)), seq=900)
        new = uplink_message(hardware, "perf", perf(sample(uplink=2)), seq=1, boot=NEXT_BOOT, sent=NOW + timedelta(seconds=1))
        deliver(handler, new, old)
        assert buckets(hardware)[TEN]["uplink"] == 2

    def test_a_day_fits_into_a_message(self, hardware: Hardware) -> None:
        start = datetime(2026, 1, 4, 10, 10, tzinfo=UTC)
        payload = [sample(f"{start + number * timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}") for number in range(144)]
        deliver(handler, uplink_message(hardware, "perf", perf(*payload)))
        assert len(buckets(hardware)) == 144

    def test_what_cannot_be_is_left_out(self, hardware: Hardware) -> None:
        deliver(handler, uplink_message(hardware, "perf", perf(sample("2026-01-05T10:20:00Z"), sample("2024-01-05T10:00:00Z"), sample())))
        assert list(buckets(hardware)) == [TEN]
        assert dead_letters() == []

    @pytest.mark.parametrize(
        "bad",
        [
            sample("2026-01-05T10:05:00Z"),
            sample("2026-01-05T10:00:01Z"),
            sample("2026-01-05T12:00:00+02:00"),
            sample("2026-02-30T10:00:00Z"),
            sample(uplink=-1),
            sample(uplink=1.0),
            sample(uplink=None),
            sample(rssiAvg="-92"),
            [],
            7,
            None,
        ],
        ids=lambda bad: json.dumps(bad)[:60],
    )
    def test_a_sample_that_breaks_a_rule_is_refused_alone(self, hardware: Hardware, bad: Any) -> None:
        samples = [sample("2026-01-05T09:50:00Z"), bad, sample()]
        assert deliver(handler, uplink_message(hardware, "perf", {"samples": samples})) == []
        (letter,) = dead_letters()
        assert letter["reason"] == "malformed"
        assert len(json.loads(letter["body"])["payload"]["samples"]) == 1
        assert list(buckets(hardware)) == ["2026-01-05T09:50:00Z", TEN]

    @pytest.mark.parametrize(
        "payload", [{}, perf(), perf(*[sample()] * 145), {"samples": sample()}], ids=["no list", "none", "many", "one"]
    )
    def test_no_list_of_samples_is_refused_as_a_whole(self, hardware: Hardware, payload: dict[str, Any]) -> None:
        assert deliver(handler, uplink_message(hardware, "perf", payload)) == []
        assert [message["reason"] for message in dead_letters()] == ["malformed"]
        assert buckets(hardware) == {}


def give(hardware: Hardware, kind: OrderKind, version: str = "2.2.13") -> Command:
    """Give an order as a route does; returns the stored action."""
    to = fetch(EVERYWHERE, give_order.addressed(hardware.sn, kind))
    if kind == "upgrade":
        upgrade.upgrade(EVERYWHERE, to, version, "tests", datetime.now(UTC))
    elif kind == "reboot":
        give_order.reboot(EVERYWHERE, to, "tests", datetime.now(UTC))
    else:
        give_order.set_password(EVERYWHERE, to, hardware.factory, "blue-anchor-7", "tests", datetime.now(UTC))
    return latest(hardware, kind)


def latest(hardware: Hardware, kind: OrderKind) -> Command:
    action = fetch(EVERYWHERE, Commands.earlier(kind, hardware.sn)).newest
    assert action
    return action


def order_result(action: Command, ok: bool = True, **fields: Any) -> dict[str, Any]:
    return {"actionId": action.id, "action": action.kind, "ok": ok, "message": "", **fields}


class TestResult:
    """The first final state of an order is kept."""

    @pytest.mark.parametrize("kind", ["reboot", "password", "upgrade"])
    @pytest.mark.parametrize(("ok", "state"), [(True, "done"), (False, "failed")])
    def test_closes_the_order(self, hardware: Hardware, kind: OrderKind, ok: bool, state: str) -> None:
        action = give(hardware, kind)
        deliver(handler, uplink_message(hardware, "action.result", order_result(action, ok)))
        assert latest(hardware, kind).state == state

    def test_the_first_one_stays(self, hardware: Hardware) -> None:
        action = give(hardware, "upgrade")
        deliver(handler, uplink_message(hardware, "action.result", order_result(action, False, message="no room")))
        deliver(handler, uplink_message(hardware, "action.result", order_result(action, True, message="after all"), seq=2))
        assert (latest(hardware, "upgrade").state, latest(hardware, "upgrade").result) == ("failed", "no room")

    def test_of_an_order_that_is_replaced_changes_nothing(self, hardware: Hardware) -> None:
        old = give(hardware, "upgrade")
        new = give(hardware, "upgrade", "2.2.21")
        deliver(handler, uplink_message(hardware, "action.result", order_result(old)))
        assert latest(hardware, "upgrade") == new

    def test_of_another_gateway_changes_nothing(self, fleet: Fleet, hardware: Hardware) -> None:
        action, other = give(hardware, "reboot"), fleet.hardware()
        fleet.online(fleet.gateway(fleet.organization(), None, other))
        deliver(handler, uplink_message(other, "action.result", order_result(action)))
        assert latest(hardware, "reboot").state == "queued"

    def test_with_another_firmware_is_no_success(self, hardware: Hardware) -> None:
        deliver(handler, uplink_message(hardware, "action.result", order_result(give(hardware, "upgrade"), firmware="2.2.20")))
        assert latest(hardware, "upgrade").state == "failed"

    def test_what_is_said_of_a_password_is_not_kept(self, hardware: Hardware) -> None:
        deliver(
            handler,
            uplink_message(hardware, "action.result", order_result(give(hardware, "password"), False, message="blue-anchor-7 is weak")),
        )
        assert (latest(hardware, "password").state, latest(hardware, "password").result) == ("failed", "")

    @pytest.mark.parametrize("fields", [{"action": "dance"}, {"ok": "yes"}, {"actionId": "1"}, {"firmware": "new"}])
    def test_of_another_form_is_refused(self, hardware: Hardware, fields: dict[str, Any]) -> None:
        action = give(hardware, "reboot")
        deliver(handler, uplink_message(hardware, "action.result", order_result(action) | fields))
        assert [message["reason"] for message in dead_letters()] == ["malformed"]
        assert latest(hardware, "reboot").state == "queued"


class TestBack:
    """A reconnecting gateway receives its pending upgrade."""

    @pytest.fixture
    def upgrade_while_offline(self, fleet: Fleet, hardware: Hardware) -> Command:
        """An upgrade that was ordered while the gateway is offline."""
        deliver(handler, uplink_message(hardware, "presence", {"connected": False}, seq=2, received=NOW + timedelta(seconds=1)))
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            action = give(hardware, "upgrade")
        assert outbox(hardware) == []
        return action

    def upgrade_messages(self, hardware: Hardware) -> list[dict[str, Any]]:
        return [json.loads(row["body"]["S"])["payload"] for row in outbox(hardware)]

    def test_on_presence(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=3, received=NOW + timedelta(hours=2)))
        assert self.upgrade_messages(hardware) == [{"actionId": upgrade_while_offline.id, "version": "2.2.13"}]

    def test_at_its_first_status_after_a_silence(self, hardware: Hardware) -> None:
        """A gateway that lost its network reports neither the disconnect nor the reconnect."""
        with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
            action = give(hardware, "upgrade")
        assert self.upgrade_messages(hardware) == []
        for seq in (2, 3):
            deliver(
                handler,
                uplink_message(hardware, "status", {"system": {"cpu": 1}}, seq=seq, received=NOW + timedelta(minutes=40 + 2 * seq)),
            )
        assert self.upgrade_messages(hardware) == [{"actionId": action.id, "version": "2.2.13"}]

    def test_on_a_start_once_though_it_says_two_things(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        returned = NOW + timedelta(hours=2)
        start = uplink_message(hardware, "hello", hello(hardware), boot=NEXT_BOOT, received=returned)
        here = uplink_message(hardware, "presence", {"connected": True}, boot=NEXT_BOOT, seq=2, received=returned)
        deliver(handler, start, here, start)
        assert len(self.upgrade_messages(hardware)) == 1

    def test_again_when_what_was_sent_has_left_the_queue(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        for seq in (3, 4):
            deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=seq, received=NOW + timedelta(hours=seq)))
        assert len(self.upgrade_messages(hardware)) == 2

    def test_not_when_it_leaves(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        deliver(handler, uplink_message(hardware, "presence", {"connected": False}, seq=3, received=NOW + timedelta(hours=2)))
        assert self.upgrade_messages(hardware) == []

    def test_not_when_the_order_is_closed(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        deliver(
            handler,
            uplink_message(hardware, "action.result", order_result(upgrade_while_offline, False), seq=3, received=NOW + timedelta(hours=2)),
        )
        deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=4, received=NOW + timedelta(hours=2)))
        assert self.upgrade_messages(hardware) == []

    def test_a_start_with_the_new_firmware_closes_the_order(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        deliver(
            handler,
            uplink_message(hardware, "hello", hello(hardware, firmware="2.2.13"), boot=NEXT_BOOT, received=NOW + timedelta(hours=2)),
        )
        assert latest(hardware, "upgrade").state == "done"
        assert self.upgrade_messages(hardware) == []

    def test_an_earlier_start_that_is_told_again_closes_nothing(self, hardware: Hardware) -> None:
        """The gateway ran this version and then another: only the newest hello has its current version."""
        first = uplink_message(hardware, "hello", hello(hardware, firmware="2.2.21"), seq=5, received=NOW + timedelta(minutes=1))
        second = uplink_message(hardware, "hello", hello(hardware, firmware="2.2.20"), boot=NEXT_BOOT, received=NOW + timedelta(minutes=2))
        deliver(handler, first, second)
        action = give(hardware, "upgrade", "2.2.21")
        before = len(outbox(hardware))
        deliver(handler, first)
        assert latest(hardware, "upgrade") == action
        assert len(outbox(hardware)) == before

    def test_a_return_that_is_told_after_it_left_again_sends_nothing(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        here = uplink_message(hardware, "presence", {"connected": True}, seq=3, received=NOW + timedelta(hours=2))
        deliver(
            handler, uplink_message(hardware, "presence", {"connected": False}, seq=4, received=NOW + timedelta(hours=2, seconds=1)), here
        )
        assert self.upgrade_messages(hardware) == []

    def test_the_newest_of_two(self, hardware: Hardware, upgrade_while_offline: Command) -> None:
        with time_machine.travel(NOW + timedelta(hours=1, minutes=1), tick=False):
            newest = give(hardware, "upgrade", "2.2.21")
        deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=3, received=NOW + timedelta(hours=2)))
        assert self.upgrade_messages(hardware) == [{"actionId": newest.id, "version": "2.2.21"}]
