"""Which of two reports is newer (device-plane.md 2): in a start by the number, else by the time, with a wrong clock by receipt."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateway import Gateway
from fleet.registry.gateways import Gateways
from functions.wisdm.action.reboot import handler as reboot
from functions.wisdm.gateway.get_status import handler as get_status
from functions.workers.uplink.receive import handler
from tests.harness.call import call
from tests.harness.fleet import Fleet, Hardware
from tests.harness.sizes import size
from tests.workers.messages import NEXT_BOOT, NOW, UplinkMessage, deliver, hello, uplink_message

RESET = datetime(2012, 1, 1, tzinfo=UTC)
"""Where a clock without a battery begins."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CLOCKS = (timedelta(0), timedelta(minutes=4), timedelta(days=400), timedelta(days=-5000), timedelta(days=-2))
"""How far the clocks of starts are off: right, a little ahead, far ahead, far behind twice."""
pytestmark = pytest.mark.usefixtures("clock")


def gateway(hardware: Hardware) -> Gateway:
    return fetch(EVERYWHERE, Gateways.by_sn(hardware.sn))


class TestClockBehind:
    def test_a_gateway_that_restarts_in_2012_is_online_shows_its_status_and_reboots(
        self, fleet: Fleet, clock: time_machine.Traveller
    ) -> None:
        hardware, organization = fleet.hardware(), fleet.organization()
        fleet.gateway(organization, fleet.location(organization), hardware)
        key = fleet.key(organization)
        deliver(handler, uplink_message(hardware, "hello", hello(hardware, 1)), uplink_message(hardware, "status", _cpu(1), seq=2))
        for number in range(6):
            now, then = NOW + HOUR + number * 10 * MINUTE, RESET + number * 10 * MINUTE
            kind, payload = ("hello", hello(hardware, 1)) if number == 0 else ("status", _cpu(number))
            deliver(handler, uplink_message(hardware, kind, payload, seq=number, boot=NEXT_BOOT, sent=then, received=now))
        clock.move_to(NOW + HOUR + 51 * MINUTE, tick=False)
        shown = call(get_status, {"sn": hardware.sn}, key=key).json
        assert (shown["status"], shown["system"]["cpu"]) == ("ONLINE", 5)
        assert call(reboot, {"sn": hardware.sn}, key=key).status == 204

    def test_a_late_message_of_the_start_before_still_loses(self, hardware: Hardware) -> None:
        restarted = NOW + HOUR
        deliver(handler, uplink_message(hardware, "status", _cpu(9), seq=1, boot=NEXT_BOOT, sent=RESET, received=restarted))
        for held in (MINUTE, HOUR, DAY - HOUR):
            late = uplink_message(hardware, "status", _cpu(1), seq=50, sent=NOW, received=NOW + held)
            deliver(handler, late)
            assert _shown(hardware) == 9, held

    def test_a_clock_that_is_set_meanwhile_goes_on_by_the_number(self, hardware: Hardware) -> None:
        for seq, sent, received in ((1, RESET, NOW), (3, NOW + 2 * MINUTE, NOW + 2 * MINUTE), (2, RESET + MINUTE, NOW + MINUTE)):
            deliver(handler, uplink_message(hardware, "status", _cpu(seq), seq=seq, sent=sent, received=received))
        assert _shown(hardware) == 3

    @pytest.mark.parametrize(("held", "shown"), [(DAY, 1), (DAY + timedelta(seconds=1), 2)])
    def test_a_device_may_hold_a_message_for_a_day(self, hardware: Hardware, held: timedelta, shown: int) -> None:
        deliver(handler, uplink_message(hardware, "status", _cpu(1), sent=NOW - HOUR, received=NOW - HOUR))
        later = NOW - 2 * HOUR + held
        deliver(handler, uplink_message(hardware, "status", _cpu(2), boot=NEXT_BOOT, sent=NOW - 2 * HOUR, received=later))
        assert _shown(hardware) == shown


@dataclass(frozen=True)
class Sent:
    """A message of a device's life: in which start, its number, when it was made and received; `cpu` is its place among all."""

    boot: int
    seq: int
    made: datetime
    received: datetime
    cpu: int


def life(chance: random.Random) -> list[Sent]:
    """The messages of a device that starts up to four times, in the order in which it makes them. A clock that is right lets it hold
    messages back, also beyond its next start; with a wrong one it sends at once.
    """
    at, sent = NOW, list[Sent]()
    for boot in range(chance.randint(1, 4)):
        wrong = chance.choice(CLOCKS)
        for seq in range(chance.randint(1, 4)):
            at += timedelta(minutes=chance.randint(1, 90))
            held = timedelta(minutes=chance.choice((0, 0, 30, 600, 1400))) if not wrong else timedelta(0)
            sent.append(Sent(boot, seq, at + wrong, at + held, len(sent)))
        at += timedelta(minutes=chance.randint(6, 300))
    return sent


def messages(hardware: Hardware, sent: Sequence[Sent]) -> list[UplinkMessage]:
    boots = [f"00000000-0000-4000-8000-{number:012d}" for number in range(4)]
    return [
        uplink_message(hardware, "status", _cpu(each.cpu), seq=each.seq, boot=boots[each.boot], sent=each.made, received=each.received)
        for each in sent
    ]


@pytest.mark.parametrize("seed", range(size(60, 2000)))
def test_the_newest_counts_whatever_the_clocks_say_and_in_which_order_messages_come(hardware: Hardware, seed: int) -> None:
    chance = random.Random(seed)
    sent = life(chance)
    coming = messages(hardware, sent)
    chance.shuffle(coming)
    for each in [*coming, *chance.sample(coming, len(coming) // 2)]:
        assert deliver(handler, each) == []
    assert _shown(hardware) == sent[-1].cpu


def _cpu(percent: int) -> dict[str, dict[str, int]]:
    return {"system": {"cpu": percent}}


def _shown(hardware: Hardware) -> int:
    cpu: int = gateway(hardware).reports.known["status"].document["system"]["cpu"]
    return cpu
