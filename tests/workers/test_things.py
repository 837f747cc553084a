"""Messages of things through the uplink: which are stored, how they change the thing, and which are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import partition
from tests.harness.meter import Meter
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.messages import NOW, dead_letters, deliver, sign
from tests.workers.thing_messages import AT, message, messages_of, relay, thing_information, things_message


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def aside() -> dict[str, Any]:
    """Receive and delete the dead letters; returns the messages that were put aside, by reason."""
    return {each["reason"]: json.loads(each["body"])["payload"]["messages"] for each in dead_letters()}


def stored(thingsee_world: ThingseeWorld, tuid: str) -> list[int]:
    """The numbers `n` of a thing's stored messages."""
    return sorted(each["n"] for each in messages_of(thingsee_world, tuid))


class TestKeeping:
    def test_a_message_is_kept_as_it_came(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        sent = message(sensor, tsmGw=gateway, temp=21.3, humd=41, airp=101320.4, lght=12, odd=None, nested={"a": [1, 2.5, "ä"]})
        relay(thingsee_world, gateway, sent)
        assert messages_of(thingsee_world, sensor) == [{**sent, "deploymentGroupId": "unassigned"}]

    def test_one_object_is_an_array_of_one(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        assert deliver(receive, things_message(thingsee_world.hardware[gateway], message(sensor))) == []
        assert messages_of(thingsee_world, sensor) == [{**message(sensor), "deploymentGroupId": "unassigned"}]

    def test_a_fraction_of_a_second_is_cut_off_and_kept_inside(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, ts=AT - 0.2, n=2), message(sensor, ts=AT - 0.7, n=1))
        assert [(each["tsmTs"], each["n"]) for each in messages_of(thingsee_world, sensor)] == [(AT - 1, 2), (AT - 1, 1)]
        assert thing_information(thingsee_world, sensor)["timestamp"] == AT - 1

    def test_a_time_too_far_ahead_is_that_of_receipt(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, ts=AT + 301), message(sensor, ts=AT + 300))
        assert [each["tsmTs"] for each in messages_of(thingsee_world, sensor)] == [AT + 300, AT]

    def test_a_last_will_has_no_time(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(thingsee_world, gateway, message(gateway, 1000, 18, None))
        assert messages_of(thingsee_world, gateway) == [{**message(gateway, 1000, 18), "deploymentGroupId": "unassigned"}]

    def test_the_same_message_is_kept_once(self, thingsee_world: ThingseeWorld) -> None:
        gateway, other, sensor = thingsee_world.gateway(), thingsee_world.gateway(), thingsee_world.sensor()
        sent = relay(thingsee_world, gateway, message(sensor, temp=1))
        deliver(receive, sent, sent)
        relay(thingsee_world, other, message(sensor, temp=1, tsmGw=other))
        relay(thingsee_world, gateway, message(sensor, temp=2), received=NOW + timedelta(minutes=5))
        assert [each["temp"] for each in messages_of(thingsee_world, sensor)] == [2, 1]

    @pytest.mark.parametrize(("ts", "shown"), [(AT - 0.0000005, AT - 1), (AT - 1 + 0.9999995, AT - 1), (0.9999999, 0), (AT - 1, AT - 1)])
    def test_a_fraction_never_makes_the_next_second(self, thingsee_world: ThingseeWorld, ts: float, shown: int) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, ts=ts))
        assert [each["tsmTs"] for each in messages_of(thingsee_world, sensor, to=str(shown))] == [shown]
        assert thing_information(thingsee_world, sensor)["timestamp"] == shown

    def test_one_from_a_clock_that_is_ahead_is_kept_once_within_a_week_at_its_first_time(self, thingsee_world: ThingseeWorld) -> None:
        gateway, other, sensor = thingsee_world.gateway(), thingsee_world.gateway(), thingsee_world.sensor()
        ahead = message(sensor, ts=AT + 10 * 365 * 86400, temp=1)
        for later in (0, 20, 600, 7 * 86400 - 1):
            relay(thingsee_world, (gateway, other)[later % 40 == 0], ahead, received=NOW + timedelta(seconds=later))
        assert [each["tsmTs"] for each in messages_of(thingsee_world, sensor)] == [AT]
        assert thing_information(thingsee_world, sensor)["timestamp"] == AT
        relay(thingsee_world, gateway, {**ahead, "temp": 2}, received=NOW + timedelta(seconds=30))
        relay(thingsee_world, gateway, ahead, received=NOW + timedelta(days=7))
        assert [(each["tsmTs"], each["temp"]) for each in messages_of(thingsee_world, sensor)] == [
            (AT + 7 * 86400, 1),
            (AT + 30, 2),
            (AT, 1),
        ]

    def test_a_last_will_is_one_for_each_loss_and_the_same_in_the_same_envelope(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        will = message(gateway, 1000, 18, None)
        for later, id in ((0, 1), (9, 1), (60, 2)):
            received = NOW + timedelta(seconds=later)
            members = {"messageId": f"00000000-0000-4000-8000-{id:012d}"}
            assert deliver(receive, things_message(thingsee_world.hardware[gateway], will, received, **members)) == []
        assert [each["tsmTs"] for each in messages_of(thingsee_world, gateway)] == [AT + 60, AT]

    def test_messages_of_one_time_are_shown_as_they_came_newest_first(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, n=1), message(sensor, n=2))
        relay(thingsee_world, gateway, message(sensor, n=3), received=NOW + timedelta(seconds=1))
        assert [each["n"] for each in messages_of(thingsee_world, sensor)] == [3, 2, 1]
        assert [each["n"] for each in messages_of(thingsee_world, sensor, limit="1")] == [3]

    def test_a_message_is_gone_after_ninety_days(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor))
        with time_machine.travel(NOW + timedelta(days=90, seconds=-1), tick=False):
            assert len(messages_of(thingsee_world, sensor)) == 1
        with time_machine.travel(NOW + timedelta(days=90), tick=False):
            assert messages_of(thingsee_world, sensor) == []

    def test_a_typical_message_costs_five_write_units(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(status="installed"), thingsee_world.sensor(status="installed")
        relay(thingsee_world, gateway, message(sensor, tsmGw=gateway, temp=21.3, humd=41, airp=101320.4, lght=12))
        with Meter() as meter:
            later = message(sensor, ts=AT + 60, tsmGw=gateway, temp=21.4, humd=41, airp=101320.4, lght=12)
            relay(thingsee_world, gateway, later, received=NOW + timedelta(minutes=1))
        assert meter.writes == 5
        assert sorted(meter.requests) == ["BatchGetItem"] * 2 + ["PutItem"] * 5


class TestRefusing:
    @pytest.mark.parametrize(
        ("name", "value", "shown"),
        [
            ("tsmId", "12100", "(text, 5)"),
            ("tsmId", 100000, "(number)"),
            ("tsmId", -1, "(number)"),
            ("tsmId", True, True),
            ("tsmId", 1.0, "(number)"),
            ("tsmEv", 1000, "(number)"),
            ("tsmEv", None, None),
            ("tsmTs", None, None),
            ("tsmTs", "1767607800", "(text, 10)"),
            ("tsmTs", True, True),
            ("tsmTs", -1, "(number)"),
            ("tsmTuid", 7, "(number)"),
            ("tsmTuid", "tspd04a1b2c3d4e05", "(text, 17)"),
            ("tsmGw", 5, "(number)"),
        ],
    )
    def test_a_message_without_a_header_is_put_aside_alone(self, thingsee_world: ThingseeWorld, name: str, value: Any, shown: Any) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        bad = {**message(sensor, n=0), name: value}
        relay(thingsee_world, gateway, *(message(sensor, n=n) for n in (1, 2, 3)), bad, *(message(sensor, n=n) for n in range(4, 10)))
        assert aside() == {"malformed": [message(sensor) | {name: shown, "(others)": 1}]}
        assert stored(thingsee_world, sensor) == list(range(1, 10))
        assert thing_information(thingsee_world, sensor)["timestamp"] == AT

    @pytest.mark.parametrize("messages", [[], None, "text", 7])
    def test_what_is_no_array_of_messages_is_malformed(self, thingsee_world: ThingseeWorld, messages: Any) -> None:
        deliver(receive, things_message(thingsee_world.hardware[thingsee_world.gateway()], messages))
        assert [each["reason"] for each in dead_letters()] == ["malformed"]

    def test_a_number_that_json_cannot_hold_is_malformed(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        good = things_message(thingsee_world.hardware[gateway], [message(sensor, n=1), message(sensor, temp=5)])
        deliver(receive, sign(thingsee_world.hardware[gateway], good.body.replace('"temp": 5', '"temp": 1e999')))
        assert [each["reason"] for each in dead_letters()] == ["malformed"]
        assert stored(thingsee_world, sensor) == [1]

    def test_a_hundred_messages_are_taken_and_one_more_is_not(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, *(message(sensor, n=n) for n in range(100)))
        assert len(messages_of(thingsee_world, sensor)) == 100
        deliver(receive, things_message(thingsee_world.hardware[gateway], [message(sensor, n=n) for n in range(101)]))
        assert [each["reason"] for each in dead_letters()] == ["malformed"]

    @pytest.mark.parametrize(
        ("entry", "shown"), [(7, "(number)"), ("text", "(text, 4)"), (None, None), ([], "(list, 0)"), ([[]], "(list, 1)")], ids=repr
    )
    def test_what_is_no_message_is_put_aside_alone(self, thingsee_world: ThingseeWorld, entry: Any, shown: Any) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, entry, message(sensor, n=1))
        assert aside() == {"malformed": [shown]}
        assert stored(thingsee_world, sensor) == [1]

    def test_one_that_names_another_gateway_is_put_aside_alone(self, thingsee_world: ThingseeWorld) -> None:
        gateway, other, sensor = thingsee_world.gateway(), thingsee_world.gateway(), thingsee_world.sensor()
        bad = message(sensor, tsmGw=other)
        relay(thingsee_world, gateway, message(sensor, n=1), bad, message(sensor, n=2, tsmGw=gateway))
        assert aside() == {"misaddressed": [message(sensor, tsmGw=f"(text, {len(other)})")]}
        assert stored(thingsee_world, sensor) == [1, 2]

    def test_what_is_put_aside_is_the_rest_of_its_envelope_unsigned_one_for_each_reason(self, thingsee_world: ThingseeWorld) -> None:
        gateway, other, sensor = thingsee_world.gateway(), thingsee_world.gateway(), thingsee_world.sensor()
        bad: list[Any] = [
            message(sensor, tsmGw=other),
            message("TSPD04UNKNOWN0001"),
            7,
            message(sensor, event=1000),
            message(sensor, tsmGw=other, n=2),
        ]
        sent = relay(thingsee_world, gateway, message(sensor, n=1), *bad)
        envelope = json.loads(sent.body)
        elsewhere = message(sensor, tsmGw=f"(text, {len(other)})")
        shown: list[Any] = [elsewhere, bad[1], "(number)", message(sensor) | {"tsmEv": "(number)"}, elsewhere | {"(others)": 1}]
        letters = dead_letters()
        assert [each.keys() for each in letters] == [{"body", "reason"}] * 3
        assert {each["reason"]: json.loads(each["body"]) for each in letters} == {
            reason: {**envelope, "payload": {"messages": [shown[place] for place in places]}}
            for reason, places in {"malformed": (2, 3), "misaddressed": (0, 4), "unknown thing": (1,)}.items()
        }
        assert stored(thingsee_world, sensor) == [1]

    def test_the_sender_stands_in_for_a_gateway_that_is_not_named(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, tsmGw=None))
        assert messages_of(thingsee_world, sensor) == [{**message(sensor), "deploymentGroupId": "unassigned"}]
        (state,) = partition("FleetTable", f"TUID#{sensor}")[-1:]
        assert state["relay"] == {"S": gateway}

    def test_an_envelope_that_comes_again_stores_nothing_twice(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        sent = relay(thingsee_world, gateway, message(sensor, n=1), message(sensor, tsmEv=1000), message("TSPD04UNKNOWN0001"))
        first = sorted(each["body"] for each in dead_letters())
        assert deliver(receive, sent) == []
        assert sorted(each["body"] for each in dead_letters()) == first
        assert stored(thingsee_world, sensor) == [1]

    def test_a_gateway_without_a_tuid_brings_nothing(self, thingsee_world: ThingseeWorld) -> None:
        hardware, sensor = thingsee_world.fleet.hardware(), thingsee_world.sensor()
        thingsee_world.fleet.gateway(thingsee_world.organization, None, hardware)
        deliver(receive, things_message(hardware, message(sensor)))
        assert [each["reason"] for each in dead_letters()] == ["misaddressed"]

    def test_what_another_has_signed_is_forged(self, thingsee_world: ThingseeWorld) -> None:
        gateway, other, sensor = thingsee_world.gateway(), thingsee_world.gateway(), thingsee_world.sensor()
        deliver(receive, sign(thingsee_world.hardware[other], things_message(thingsee_world.hardware[gateway], message(sensor)).body))
        assert [each["reason"] for each in dead_letters()] == ["forged"]

    def test_an_unknown_thing_and_one_of_another_organization_are_put_aside_and_cost_no_other(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor, theirs = thingsee_world.gateway(), thingsee_world.sensor(), ThingseeWorld.of(thingsee_world.fleet)
        foreign = theirs.sensor()
        relay(thingsee_world, gateway, message("TSPD04UNKNOWN0001"), message(foreign), message(sensor))
        assert aside() == {"unknown thing": [message("TSPD04UNKNOWN0001"), message(foreign)]}
        assert len(messages_of(thingsee_world, sensor)) == 1
        assert messages_of(theirs, foreign) == []
        assert thing_information(theirs, foreign)["timestamp"] is None
