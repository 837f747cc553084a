"""What gateways say of their radio and of their orders, and what is sent to one that is back."""

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
from fleet.commands.order import Action, Kind
from fleet.commands.orders import Actions
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NEXT_BOOT, NOW, dead_letters, deliver, hello, outbox, uplink_message
from tests.workers.prepared import standing
from tests.workers.series import rows

TEN = "2026-01-05T10:00:00Z"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def made(fleet: Fleet) -> Hardware:
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
    return standing(made)


def perf(*samples: dict[str, Any]) -> dict[str, Any]:
    return {"samples": list(samples)}


def sample(bucket: str = TEN, **fields: Any) -> dict[str, Any]:
    return {"bucket": bucket, "rssiAvg": -92.4, "snrAvg": 7.9, "uplink": 131, "downlink": 4, **fields}


def buckets(hardware: Hardware) -> dict[str, dict[str, float]]:
    """What is kept of the radio, by bucket."""
    card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
    return {row["sk"]["S"]: json.loads(row["body"]["S"]) for row in rows(f"PERF#{card.id}")}


class TestPerformance:
    """Buckets of ten minutes: the newest message's values stay."""

    def test_is_kept_by_bucket(self, hardware: Hardware) -> None:
        told = perf(sample(), sample("2026-01-05T10:10:00.000+00:00", rssiAvg=None, snrAvg=None, uplink=0))
        assert deliver(handler, uplink_message(hardware, "perf", told)) == []
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
        told = [sample(f"{start + number * timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}") for number in range(144)]
        deliver(handler, uplink_message(hardware, "perf", perf(*told)))
        assert len(buckets(hardware)) == 144

    def test_what_cannot_be_is_left_out(self, hardware: Hardware) -> None:
        deliver(handler, uplink_message(hardware, "perf", perf(sample("2026-01-05T10:20:00Z"), sample("2024-01-05T10:00:00Z"), sample())))
        assert list(buckets(hardware)) == [TEN]
        assert dead_letters() == []

    @pytest.mark.parametrize(
        "told",
        [
            {},
            perf(),
            perf(*[sample()] * 145),
            perf(sample("2026-01-05T10:05:00Z")),
            perf(sample("2026-01-05T10:00:01Z")),
            perf(sample("2026-01-05T12:00:00+02:00")),
            perf(sample("2026-02-30T10:00:00Z")),
            perf(sample(uplink=-1)),
            perf(sample(uplink=1.0)),
            perf(sample(uplink=None)),
            perf(sample(rssiAvg="-92")),
        ],
        ids=lambda told: json.dumps(told)[:60],
    )
    def test_what_breaks_a_rule_is_refused_as_a_whole(self, hardware: Hardware, told: dict[str, Any]) -> None:
        assert deliver(handler, uplink_message(hardware, "perf", told)) == []
        assert [message["reason"] for message in dead_letters()] == ["malformed"]
        assert buckets(hardware) == {}


def ordered(hardware: Hardware, kind: Kind, version: str = "2.2.13") -> Action:
    """Give an order as a route does; what is kept of it."""
    to = fetch(EVERYWHERE, give_order.addressed(hardware.sn, kind))
    if kind == "upgrade":
        give_order.upgrade(EVERYWHERE, to, version, datetime.now(UTC))
    elif kind == "reboot":
        give_order.reboot(EVERYWHERE, to, datetime.now(UTC))
    else:
        give_order.set_password(EVERYWHERE, to, hardware.factory, "blue-anchor-7", datetime.now(UTC))
    return kept(hardware, kind)


def kept(hardware: Hardware, kind: Kind) -> Action:
    action = fetch(EVERYWHERE, Actions.latest(hardware.sn, kind)).action
    assert action
    return action


def ended(action: Action, ok: bool = True, **fields: Any) -> dict[str, Any]:
    return {"actionId": action.id, "action": action.kind, "ok": ok, "message": "", **fields}


class TestResult:
    """The first final state of an order stays."""

    @pytest.mark.parametrize("kind", ["reboot", "password", "upgrade"])
    @pytest.mark.parametrize(("ok", "state"), [(True, "DONE"), (False, "FAILED")])
    def test_closes_the_order(self, hardware: Hardware, kind: Kind, ok: bool, state: str) -> None:
        action = ordered(hardware, kind)
        deliver(handler, uplink_message(hardware, "action.result", ended(action, ok)))
        assert kept(hardware, kind).state == state

    def test_the_first_one_stays(self, hardware: Hardware) -> None:
        action = ordered(hardware, "upgrade")
        deliver(handler, uplink_message(hardware, "action.result", ended(action, False, message="no room")))
        deliver(handler, uplink_message(hardware, "action.result", ended(action, True, message="after all"), seq=2))
        assert (kept(hardware, "upgrade").state, kept(hardware, "upgrade").message) == ("FAILED", "no room")

    def test_of_an_order_that_is_replaced_changes_nothing(self, hardware: Hardware) -> None:
        old = ordered(hardware, "upgrade")
        new = ordered(hardware, "upgrade", "2.2.21")
        deliver(handler, uplink_message(hardware, "action.result", ended(old)))
        assert kept(hardware, "upgrade") == new

    def test_of_another_gateway_changes_nothing(self, fleet: Fleet, hardware: Hardware) -> None:
        action, other = ordered(hardware, "reboot"), fleet.hardware()
        fleet.online(fleet.gateway(fleet.organization(), None, other))
        deliver(handler, uplink_message(other, "action.result", ended(action)))
        assert kept(hardware, "reboot").state == "PENDING"

    def test_with_another_firmware_is_no_success(self, hardware: Hardware) -> None:
        deliver(handler, uplink_message(hardware, "action.result", ended(ordered(hardware, "upgrade"), firmware="2.2.20")))
        assert kept(hardware, "upgrade").state == "FAILED"

    def test_what_is_said_of_a_password_is_not_kept(self, hardware: Hardware) -> None:
        deliver(
            handler, uplink_message(hardware, "action.result", ended(ordered(hardware, "password"), False, message="blue-anchor-7 is weak"))
        )
        assert (kept(hardware, "password").state, kept(hardware, "password").message) == ("FAILED", "")

    @pytest.mark.parametrize("fields", [{"action": "dance"}, {"ok": "yes"}, {"actionId": "1"}, {"firmware": "new"}, {"message": "x" * 129}])
    def test_of_another_form_is_refused(self, hardware: Hardware, fields: dict[str, Any]) -> None:
        action = ordered(hardware, "reboot")
        deliver(handler, uplink_message(hardware, "action.result", ended(action) | fields))
        assert [message["reason"] for message in dead_letters()] == ["malformed"]
        assert kept(hardware, "reboot").state == "PENDING"


class TestBack:
    """A gateway that comes back gets the upgrade that it has not carried out."""

    @pytest.fixture
    def away(self, fleet: Fleet, hardware: Hardware) -> Action:
        """An upgrade of the gateway while it is offline."""
        deliver(handler, uplink_message(hardware, "presence", {"connected": False}, seq=2, received=NOW + timedelta(seconds=1)))
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            action = ordered(hardware, "upgrade")
        assert outbox(hardware) == []
        return action

    def sent(self, hardware: Hardware) -> list[dict[str, Any]]:
        return [json.loads(row["body"]["S"])["payload"] for row in outbox(hardware)]

    def test_on_presence(self, hardware: Hardware, away: Action) -> None:
        deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=3, received=NOW + timedelta(hours=2)))
        assert self.sent(hardware) == [{"actionId": away.id, "version": "2.2.13"}]

    def test_at_its_first_status_after_a_silence(self, hardware: Hardware) -> None:
        """A gateway that lost its way to the cloud says neither that it leaves nor that it is back."""
        with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
            action = ordered(hardware, "upgrade")
        assert self.sent(hardware) == []
        for seq in (2, 3):
            deliver(
                handler,
                uplink_message(hardware, "status", {"system": {"cpu": 1}}, seq=seq, received=NOW + timedelta(minutes=30 + 10 * seq)),
            )
        assert self.sent(hardware) == [{"actionId": action.id, "version": "2.2.13"}]

    def test_on_a_start_once_though_it_says_two_things(self, hardware: Hardware, away: Action) -> None:
        back = NOW + timedelta(hours=2)
        start = uplink_message(hardware, "hello", hello(hardware), boot=NEXT_BOOT, received=back)
        here = uplink_message(hardware, "presence", {"connected": True}, boot=NEXT_BOOT, seq=2, received=back)
        deliver(handler, start, here, start)
        assert len(self.sent(hardware)) == 1

    def test_again_when_what_was_sent_has_left_the_queue(self, hardware: Hardware, away: Action) -> None:
        for seq in (3, 4):
            deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=seq, received=NOW + timedelta(hours=seq)))
        assert len(self.sent(hardware)) == 2

    def test_not_when_it_leaves(self, hardware: Hardware, away: Action) -> None:
        deliver(handler, uplink_message(hardware, "presence", {"connected": False}, seq=3, received=NOW + timedelta(hours=2)))
        assert self.sent(hardware) == []

    def test_not_when_the_order_is_closed(self, hardware: Hardware, away: Action) -> None:
        deliver(handler, uplink_message(hardware, "action.result", ended(away, False), seq=3, received=NOW + timedelta(hours=2)))
        deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=4, received=NOW + timedelta(hours=2)))
        assert self.sent(hardware) == []

    def test_a_start_with_the_new_firmware_closes_the_order(self, hardware: Hardware, away: Action) -> None:
        deliver(
            handler,
            uplink_message(hardware, "hello", hello(hardware, firmware="2.2.13"), boot=NEXT_BOOT, received=NOW + timedelta(hours=2)),
        )
        assert kept(hardware, "upgrade").state == "DONE"
        assert self.sent(hardware) == []

    def test_an_earlier_start_that_is_told_again_closes_nothing(self, hardware: Hardware) -> None:
        """The gateway ran this version once, and then another: only the newest hello says what it runs now."""
        first = uplink_message(hardware, "hello", hello(hardware, firmware="2.2.21"), seq=5, received=NOW + timedelta(minutes=1))
        second = uplink_message(hardware, "hello", hello(hardware, firmware="2.2.20"), boot=NEXT_BOOT, received=NOW + timedelta(minutes=2))
        deliver(handler, first, second)
        action = ordered(hardware, "upgrade", "2.2.21")
        before = len(outbox(hardware))
        deliver(handler, first)
        assert kept(hardware, "upgrade") == action
        assert len(outbox(hardware)) == before

    def test_a_return_that_is_told_after_it_left_again_sends_nothing(self, hardware: Hardware, away: Action) -> None:
        here = uplink_message(hardware, "presence", {"connected": True}, seq=3, received=NOW + timedelta(hours=2))
        deliver(
            handler, uplink_message(hardware, "presence", {"connected": False}, seq=4, received=NOW + timedelta(hours=2, seconds=1)), here
        )
        assert self.sent(hardware) == []

    def test_the_newest_of_two(self, hardware: Hardware, away: Action) -> None:
        with time_machine.travel(NOW + timedelta(hours=1, minutes=1), tick=False):
            newest = ordered(hardware, "upgrade", "2.2.21")
        deliver(handler, uplink_message(hardware, "presence", {"connected": True}, seq=3, received=NOW + timedelta(hours=2)))
        assert self.sent(hardware) == [{"actionId": newest.id, "version": "2.2.21"}]
