"""Messages of things through the uplink: what is kept, what it says of the thing, and what is not believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.model.thing import HeldCommands
from fleet.store import table
from fleet.store.thing_commands import ThingCommands
from functions.workers.uplink.receive import handler as receive
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter
from tests.harness.things import Field
from tests.workers.device import NOW, dead, deliver, letter, outbox, sign
from tests.workers.things import AT, bring, envelope, information, message, messages_of


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def field(fleet: Fleet) -> Field:
    return Field.of(fleet)


class TestKeeping:
    def test_a_message_is_kept_as_it_came(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        sent = message(sensor, tsmGw=gateway, temp=21.3, humd=41, airp=101320.4, lght=12, odd=None, nested={"a": [1, 2.5, "ä"]})
        bring(field, gateway, sent)
        assert messages_of(field, sensor) == [{**sent, "deploymentGroupId": "unassigned"}]

    def test_one_object_is_an_array_of_one(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        assert deliver(receive, envelope(field.boxes[gateway], message(sensor))) == []
        assert messages_of(field, sensor) == [{**message(sensor), "deploymentGroupId": "unassigned"}]

    def test_a_fraction_of_a_second_is_cut_off_and_kept_inside(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, ts=AT - 0.2, n=2), message(sensor, ts=AT - 0.7, n=1))
        assert [(each["tsmTs"], each["n"]) for each in messages_of(field, sensor)] == [(AT - 1, 2), (AT - 1, 1)]
        assert information(field, sensor)["timestamp"] == AT - 1

    def test_a_time_too_far_ahead_is_that_of_receipt(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, ts=AT + 301), message(sensor, ts=AT + 300))
        assert [each["tsmTs"] for each in messages_of(field, sensor)] == [AT + 300, AT]

    def test_a_last_will_has_no_time(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, message(gateway, 1000, 18, None))
        assert messages_of(field, gateway) == [{**message(gateway, 1000, 18), "deploymentGroupId": "unassigned"}]

    def test_the_same_message_is_kept_once(self, field: Field) -> None:
        gateway, other, sensor = field.gateway(), field.gateway(), field.sensor()
        sent = bring(field, gateway, message(sensor, temp=1))
        deliver(receive, sent, sent)
        bring(field, other, message(sensor, temp=1, tsmGw=other))
        bring(field, gateway, message(sensor, temp=2), received=NOW + timedelta(minutes=5))
        assert [each["temp"] for each in messages_of(field, sensor)] == [2, 1]

    def test_messages_of_one_time_are_shown_as_they_came_newest_first(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, n=1), message(sensor, n=2))
        bring(field, gateway, message(sensor, n=3), received=NOW + timedelta(seconds=1))
        assert [each["n"] for each in messages_of(field, sensor)] == [3, 2, 1]
        assert [each["n"] for each in messages_of(field, sensor, limit="1")] == [3]

    def test_a_message_is_gone_after_ninety_days(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor))
        with time_machine.travel(NOW + timedelta(days=90, seconds=-1), tick=False):
            assert len(messages_of(field, sensor)) == 1
        with time_machine.travel(NOW + timedelta(days=90), tick=False):
            assert messages_of(field, sensor) == []

    def test_a_typical_message_costs_three_write_units(self, field: Field) -> None:
        gateway, sensor = field.gateway(status="installed"), field.sensor(status="installed")
        bring(field, gateway, message(sensor, tsmGw=gateway, temp=21.3, humd=41, airp=101320.4, lght=12))
        with Meter() as meter:
            later = message(sensor, ts=AT + 60, tsmGw=gateway, temp=21.4, humd=41, airp=101320.4, lght=12)
            bring(field, gateway, later, received=NOW + timedelta(minutes=1))
        assert meter.writes == 3
        assert sorted(meter.requests) == ["BatchGetItem", "BatchGetItem", "PutItem", "PutItem", "PutItem"]


class TestRefusing:
    @pytest.mark.parametrize(
        "changed",
        [
            {"tsmId": "12100"},
            {"tsmId": 100000},
            {"tsmId": -1},
            {"tsmId": True},
            {"tsmId": 1.0},
            {"tsmEv": 1000},
            {"tsmEv": None},
            {"tsmTs": None},
            {"tsmTs": "1767607800"},
            {"tsmTs": True},
            {"tsmTs": -1},
            {"tsmTuid": 7},
            {"tsmTuid": "tspd04a1b2c3d4e05"},
            {"tsmGw": 5},
        ],
        ids=repr,
    )
    def test_a_message_without_a_header_is_malformed(self, field: Field, changed: dict[str, Any]) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        assert deliver(receive, envelope(field.boxes[gateway], [message(sensor), {**message(sensor), **changed}])) == []
        assert [each["reason"] for each in dead()] == ["malformed"]
        assert messages_of(field, sensor) == []

    @pytest.mark.parametrize("messages", [[], None, "text", [[]], [7], 7])
    def test_what_is_no_array_of_messages_is_malformed(self, field: Field, messages: Any) -> None:
        deliver(receive, envelope(field.boxes[field.gateway()], messages))
        assert [each["reason"] for each in dead()] == ["malformed"]

    def test_a_number_that_json_cannot_hold_is_malformed(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        good = envelope(field.boxes[gateway], [message(sensor, temp=5)])
        deliver(receive, sign(field.boxes[gateway], good.body.replace('"temp": 5', '"temp": 1e999')))
        assert [each["reason"] for each in dead()] == ["malformed"]

    def test_a_hundred_messages_are_taken_and_one_more_is_not(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, *(message(sensor, n=n) for n in range(100)))
        assert len(messages_of(field, sensor)) == 100
        deliver(receive, envelope(field.boxes[gateway], [message(sensor, n=n) for n in range(101)]))
        assert [each["reason"] for each in dead()] == ["malformed"]

    def test_another_gateway_is_misaddressed(self, field: Field) -> None:
        gateway, other, sensor = field.gateway(), field.gateway(), field.sensor()
        bring(field, gateway, message(sensor), message(sensor, tsmGw=other))
        assert [each["reason"] for each in dead()] == ["misaddressed"]
        assert messages_of(field, sensor) == []

    def test_a_gateway_without_a_tuid_brings_nothing(self, field: Field) -> None:
        box, sensor = field.fleet.box(), field.sensor()
        field.fleet.gateway(field.organization, None, box)
        deliver(receive, envelope(box, message(sensor)))
        assert [each["reason"] for each in dead()] == ["misaddressed"]

    def test_what_another_has_signed_is_forged(self, field: Field) -> None:
        gateway, other, sensor = field.gateway(), field.gateway(), field.sensor()
        deliver(receive, sign(field.boxes[other], envelope(field.boxes[gateway], message(sensor)).body))
        assert [each["reason"] for each in dead()] == ["forged"]

    def test_an_unknown_thing_and_one_of_another_organization_are_put_aside_and_cost_no_other(self, field: Field) -> None:
        gateway, sensor, theirs = field.gateway(), field.sensor(), Field.of(field.fleet)
        foreign = theirs.sensor()
        sent = bring(field, gateway, message("TSPD04UNKNOWN0001"), message(foreign), message(sensor))
        assert [(each["reason"], each["body"]) for each in dead()] == [("unknown thing", sent.body)]
        assert len(messages_of(field, sensor)) == 1
        assert messages_of(theirs, foreign) == []
        assert information(theirs, foreign)["timestamp"] is None


class TestInformation:
    def test_a_thing_that_was_never_heard(self, field: Field) -> None:
        nothing = {"battery_level": None, "timestamp": None, "location": None, "gateway_tuid": None, "version": None}
        assert information(field, field.sensor()) == information(field, field.gateway()) == nothing

    def test_the_newest_of_each_kind_counts(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        newest = [
            message(sensor, 1110, 10, AT - 5, batl=85.6),
            message(sensor, 1100, 11, AT - 4, swVersion="2025.11.3_pod4"),
            message(sensor, 1210, 10, AT - 3, lat=60.17, lon=24.94, lacr=5),
        ]
        older = [
            message(sensor, 1110, 101, AT - 10, batl=99),
            message(sensor, 1100, 33, AT - 10, swVersion="old"),
            message(sensor, 1210, 10, AT - 10, lat=1, lon=2),
        ]
        bring(field, gateway, *newest)
        bring(field, gateway, *older)
        assert information(field, sensor) == {
            "battery_level": 86,
            "timestamp": AT - 3,
            "location": {"lat": 60.17, "lon": 24.94},
            "gateway_tuid": gateway,
            "version": "2025.11.3_pod4",
        }

    def test_the_version_of_a_binary_counts_until_there_is_another(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, 1312, 33, AT, binaryType=1, binaryVersion="b7"))
        assert information(field, sensor)["version"] == "b7"
        bring(field, gateway, message(sensor, 1100, 11, AT - 60, swVersion="s1"))
        assert information(field, sensor)["version"] == "s1"

    @pytest.mark.parametrize(
        "sent",
        [
            {"id": 1110, "event": 11, "batl": 5},
            {"id": 1110, "batl": "5"},
            {"id": 1110, "batl": True},
            {"id": 1110},
            {"id": 1100, "event": 10, "swVersion": "x"},
            {"id": 1100, "event": 11, "swVersion": 7},
            {"id": 1210, "lat": 91, "lon": 0},
            {"id": 1210, "lat": 1},
            {"id": 1210, "lat": "60.1", "lon": "24.9"},
            {"id": 1312, "binaryVersion": 3},
        ],
        ids=repr,
    )
    def test_what_is_not_of_its_form_is_only_kept(self, field: Field, sent: dict[str, Any]) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, **sent))
        nothing = {"battery_level": None, "location": None, "version": None}
        assert {name: information(field, sensor)[name] for name in nothing} == nothing
        assert len(messages_of(field, sensor)) == 1

    @pytest.mark.parametrize(("told", "shown"), [(74, 74), (34.4, 34), (34.5, 35), (0, 0), (74.0, 74)])
    def test_a_battery_is_shown_as_a_whole_number(self, field: Field, told: float, shown: int) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, 1110, batl=told))
        level = information(field, sensor)["battery_level"]
        assert (level, type(level)) == (shown, int)
        assert messages_of(field, sensor)[0]["batl"] == told

    def test_a_thing_without_a_place_is_where_its_gateway_is(self, field: Field) -> None:
        gateway, other, sensor = field.gateway(), field.gateway(), field.sensor()
        bring(field, gateway, message(gateway, 1210, lat=60, lon=24))
        bring(field, other, message(other, 1210, lat=61, lon=25))
        bring(field, gateway, message(sensor, ts=AT - 9))
        assert information(field, sensor)["location"] == {"lat": 60, "lon": 24}
        bring(field, other, message(sensor, ts=AT - 8))
        assert (information(field, sensor)["location"], information(field, sensor)["gateway_tuid"]) == ({"lat": 61, "lon": 25}, other)
        bring(field, gateway, message(sensor, 1210, ts=AT - 20, lat=1, lon=2))
        assert information(field, sensor)["location"] == {"lat": 1, "lon": 2}
        assert information(field, sensor)["gateway_tuid"] == other

    def test_a_gateway_has_no_gateway(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, message(gateway, 1110, batl=50))
        assert information(field, gateway) == {
            "battery_level": 50,
            "timestamp": AT,
            "location": None,
            "gateway_tuid": None,
            "version": None,
        }


class TestHeldCommands:
    def hold(self, field: Field, sensor: str, at: int, until: int) -> None:
        held = HeldCommands(organization=field.organization.id, tuid=sensor, at=at, messages=[{"tsmId": 1500, "n": at}], until=until)
        table.transact(ThingCommands.holding(EVERYWHERE, held))

    def test_what_waits_is_sent_in_order_when_the_thing_is_first_heard(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        self.hold(field, sensor, 2, AT + 60)
        self.hold(field, sensor, 1, AT + 60)
        self.hold(field, sensor, 3, AT)
        sent = bring(field, gateway, message(sensor))
        deliver(receive, sent)
        bring(field, gateway, message(sensor, ts=AT + 5))
        rows = [json.loads(row["body"]["S"]) for row in outbox(field.boxes[gateway])]
        assert sorted(row["payload"]["messages"][0]["n"] for row in rows) == [1, 2]
        assert {row["type"] for row in rows} == {"thingsee.commands"}
        assert {row["payload"]["gateway"] for row in rows} == {gateway}
        assert list(ThingCommands.held(EVERYWHERE, field.organization.id, sensor)) == []

    def test_a_thing_that_was_heard_holds_nothing(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor))
        with pytest.raises(table.Refused):
            self.hold(field, sensor, 1, AT + 60)


def test_messages_of_the_wisdm_api_say_nothing_of_its_things(field: Field) -> None:
    gateway = field.gateway(sn="918100A1B2C3D4E5")
    deliver(receive, letter(field.boxes[gateway], "status", {"system": {"cpu": 1}}))
    assert information(field, gateway)["timestamp"] is None
