"""Alerts of things: by their messages, by silence, by their installation, and in the words of two APIs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler as receive
from tests.harness.things import LOST, MISSED, Field
from tests.workers.device import NOW, deliver, letter
from tests.workers.things import (
    AT,
    alerting,
    alerts_of,
    beats,
    bring,
    connection,
    due,
    envelope,
    information,
    message,
    shown,
    sweep,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class TestConnection:
    def test_lost_and_made(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, connection(gateway, 18, AT - 60))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT - 60), None)]}
        assert alerting(field) == [gateway]
        bring(field, gateway, connection(gateway, 17, AT - 10))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT - 60), shown(AT - 10))]}
        assert alerting(field) == []

    def test_a_last_will_starts_it_when_it_comes(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, connection(gateway, 18, None))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT), None)]}

    def test_any_later_message_ends_it(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, connection(gateway, 18, AT - 60))
        bring(field, gateway, message(gateway, 1220, 10, AT - 61))
        assert alerting(field) == [gateway]
        bring(field, gateway, message(gateway, 1220, 10, AT - 30))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT - 60), shown(AT - 30))]}

    def test_a_message_of_a_thing_behind_it_ends_it_too(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, connection(gateway, 18, AT - 60))
        bring(field, gateway, message(sensor, ts=AT - 30))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT - 60), shown(AT - 30))]}

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_in_any_order_and_twice_it_ends_the_same(self, field: Field, order: tuple[int, ...]) -> None:
        gateway = field.gateway()
        events = [connection(gateway, 18, AT - 60), connection(gateway, 17, AT - 40), message(gateway, 1220, 10, AT - 20)]
        letters = [envelope(field.boxes[gateway], event) for event in events]
        for number in order:
            deliver(receive, letters[number], letters[number])
        told = alerts_of(field, gateway)
        assert alerting(field) == []
        assert told in ({}, {LOST: [(shown(AT - 60), shown(AT - 40))]}, {LOST: [(shown(AT - 60), shown(AT - 20))]})
        deliver(receive, *letters)
        assert alerts_of(field, gateway) == told

    def test_at_most_one_is_active(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, connection(gateway, 18, AT - 60), connection(gateway, 18, AT - 50))
        bring(field, gateway, connection(gateway, 18, AT - 40))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT - 60), None)]}

    def test_several_in_one_arrival_are_all_kept(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, *(connection(gateway, event, AT - ago) for event, ago in ((18, 60), (17, 50), (18, 40), (17, 30), (18, 20))))
        assert alerts_of(field, gateway) == {
            LOST: [(shown(AT - 60), shown(AT - 50)), (shown(AT - 40), shown(AT - 30)), (shown(AT - 20), None)]
        }
        assert alerting(field) == [gateway]

    def test_a_gateway_says_nothing_of_anothers_connection_nor_a_sensor_of_its_own(self, field: Field) -> None:
        gateway, other, sensor = field.gateway(), field.gateway(), field.sensor()
        bring(field, gateway, connection(other, 18, AT), connection(sensor, 18, AT))
        assert alerting(field) == []


class TestHeartbeats:
    def test_none_in_all_slots_starts_it_and_one_ends_it(self, field: Field) -> None:
        gateway, silent, lively = field.gateway(), field.sensor(), field.sensor()
        bring(field, gateway, beats(gateway, AT - 60, (silent, 0), (lively, 4)))
        assert alerts_of(field, silent) == {MISSED: [(shown(AT - 60 - 7200), None)]}
        assert alerting(field) == [silent]
        bring(field, gateway, beats(gateway, AT, (silent, 1), event=33))
        assert alerts_of(field, silent) == {MISSED: [(shown(AT - 60 - 7200), shown(AT))]}

    def test_of_one_thing_at_once(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        told = {"tuid": sensor, "slotInterval": 60, "slotBitCount": 10}
        bring(field, gateway, message(gateway, 11201, 10, AT - 60, **told, slotBits=0))
        assert alerts_of(field, sensor) == {MISSED: [(shown(AT - 660), None)]}
        bring(field, gateway, message(gateway, 11201, 10, AT, **told, slotBits=512))
        assert alerting(field) == []

    def test_bits_beyond_the_slots_count_for_nothing(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, beats(gateway, AT, (sensor, 0b110000), count=4))
        assert alerting(field) == [sensor]

    def test_a_later_message_of_the_thing_ends_it_and_an_older_one_does_not(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, beats(gateway, AT - 60, (sensor, 0)))
        bring(field, gateway, message(sensor, ts=AT - 60))
        assert alerting(field) == [sensor]
        bring(field, gateway, message(sensor, ts=AT - 59))
        assert alerts_of(field, sensor) == {MISSED: [(shown(AT - 7260), shown(AT - 59))]}

    def test_what_is_older_than_the_things_own_message_is_only_stored(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, ts=AT))
        bring(field, gateway, beats(gateway, AT - 1, (sensor, 0)))
        assert alerts_of(field, sensor) == {}

    def test_another_organizations_thing_is_left_alone(self, field: Field) -> None:
        theirs = Field.of(field.fleet)
        gateway, sensor = field.gateway(), theirs.sensor()
        bring(field, gateway, beats(gateway, AT, (sensor, 0), ("nonsense", 0)))
        assert alerts_of(theirs, sensor) == {}
        assert alerting(theirs) == []

    @pytest.mark.parametrize(
        "changed",
        [{"slotInterval": "600"}, {"slotBitCount": 0}, {"slotBitCount": 5000}, {"heartbeats": {}}, {"heartbeats": [7, {"tuid": 7}]}],
        ids=repr,
    )
    def test_what_is_not_of_its_form_is_only_kept(self, field: Field, changed: dict[str, Any]) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, {**beats(gateway, AT, (sensor, 0)), **changed})
        assert alerting(field) == []


class TestInstallation:
    def test_retiring_ends_alerts_and_none_starts_until_it_is_otherwise(self, field: Field, clock: time_machine.Traveller) -> None:
        gateway, sensor = field.gateway(), field.sensor(status="installed")
        bring(field, gateway, beats(gateway, AT - 60, (sensor, 0)))
        clock.move_to(NOW + MINUTE, tick=False)
        field.install(sensor, "retired")
        ended = (shown(AT - 7260), shown(AT + 60))
        assert alerts_of(field, sensor) == {MISSED: [ended]}
        assert alerting(field) == []
        bring(field, gateway, beats(gateway, AT, (sensor, 0)))
        sweep(clock, NOW + 9 * HOUR)
        assert alerts_of(field, sensor) == {MISSED: [ended]}
        field.install(sensor, "uninstalled")
        bring(field, gateway, beats(gateway, AT + 32400, (sensor, 0)), received=NOW + 9 * HOUR)
        assert alerts_of(field, sensor) == {MISSED: [ended, (shown(AT + 32400 - 7200), None)]}

    def test_what_is_not_installed_gets_alerts_by_its_messages(self, field: Field) -> None:
        gateway = field.gateway()
        bring(field, gateway, connection(gateway, 18, AT))
        assert alerting(field) == [gateway]

    def test_installing_again_keeps_one_look(self, field: Field, clock: time_machine.Traveller) -> None:
        sensor = field.sensor(status="installed")
        field.install(sensor, "installed", NOW + HOUR)
        assert len(due()) == 1
        sweep(clock, NOW + 2 * HOUR)
        assert alerting(field) == []
        sweep(clock, NOW + 3 * HOUR)
        assert alerting(field) == [sensor]


class TestBothApis:
    """A gateway that the WisDM API knows by its serial number and the Thingsee API by its TUID."""

    SN = "918100A1B2C3D4E5"

    @pytest.fixture
    def gateway(self, field: Field) -> str:
        return field.gateway(sn=self.SN)

    def status(self, field: Field) -> str:
        return fetch(EVERYWHERE, Gateways.by_sn(self.SN)).status(datetime.now(UTC))

    def test_leaving_in_the_words_of_one_is_lost_in_those_of_the_other(self, field: Field, gateway: str) -> None:
        box = field.boxes[gateway]
        deliver(receive, letter(box, "presence", {"connected": True}, seq=1, sent=NOW - 2 * MINUTE))
        assert alerting(field) == []
        deliver(receive, letter(box, "presence", {"connected": False}, seq=2, sent=NOW - MINUTE))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT - 60), None)]}
        deliver(receive, letter(box, "status", {"system": {"cpu": 1}}, seq=3))
        assert alerts_of(field, gateway) == {LOST: [(shown(AT - 60), shown(AT))]}

    def test_a_dying_gasp_is_lost_too(self, field: Field, gateway: str) -> None:
        deliver(receive, letter(field.boxes[gateway], "dyingGasp", {"at": "2026-01-05T10:10:00Z"}))
        assert alerting(field) == [gateway]
        assert information(field, gateway)["timestamp"] is None

    def test_lost_is_offline_and_made_is_online(self, field: Field, gateway: str) -> None:
        box = field.boxes[gateway]
        deliver(receive, letter(box, "presence", {"connected": True}, seq=1, sent=NOW - 9 * MINUTE, received=NOW - 9 * MINUTE))
        assert self.status(field) == "ONLINE"
        lost = envelope(box, connection(gateway, 18, AT - 60), seq=2)
        made = envelope(box, connection(gateway, 17, AT - 30), seq=3)
        deliver(receive, lost)
        assert self.status(field) == "OFFLINE"
        deliver(receive, made)
        assert self.status(field) == "ONLINE"
        deliver(receive, lost)
        assert self.status(field) == "ONLINE"
        assert alerting(field) == []

    def test_any_later_message_of_a_thing_is_online_again(self, field: Field, gateway: str) -> None:
        box, sensor = field.boxes[gateway], field.sensor()
        deliver(receive, envelope(box, connection(gateway, 18, AT - 60), seq=2))
        assert self.status(field) == "OFFLINE"
        deliver(receive, envelope(box, message(sensor, ts=AT - 30), seq=3))
        assert self.status(field) == "ONLINE"

    def test_what_the_other_api_hears_is_no_silence(self, field: Field, gateway: str, clock: time_machine.Traveller) -> None:
        field.install(gateway, "installed")
        deliver(receive, letter(field.boxes[gateway], "status", {"system": {"cpu": 1}}, received=NOW + 5 * HOUR))
        sweep(clock, NOW + 6 * HOUR)
        assert alerting(field) == []
        sweep(clock, NOW + 11 * HOUR)
        assert alerts_of(field, gateway) == {LOST: [(shown(AT + 18000), None)]}
