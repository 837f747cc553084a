"""Alerts of things: by messages, by silence, by installation status, and as both APIs show them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import restore, snapshot
from tests.harness.thingsee_world import LOST, MISSED, ThingseeWorld
from tests.workers.faults import dying_at
from tests.workers.messages import NOW, deliver, uplink_message
from tests.workers.thing_messages import (
    AT,
    alerting_tuids,
    alerts_of,
    connection_message,
    due_rows,
    evaluate_at,
    heartbeats_message,
    message,
    of_silent_gateway,
    relay,
    thing_information,
    things_message,
    timestamp,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("clock")


class TestConnection:
    def test_lost_and_made(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(thingsee_world, gateway, connection_message(gateway, 18, AT - 60))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT - 60), None)]}
        assert alerting_tuids(thingsee_world) == [gateway]
        relay(thingsee_world, gateway, connection_message(gateway, 17, AT - 10))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT - 60), timestamp(AT - 10))]}
        assert alerting_tuids(thingsee_world) == []

    def test_a_last_will_starts_it_when_it_comes(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(thingsee_world, gateway, connection_message(gateway, 18, None))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT), None)]}

    def test_any_later_message_ends_it(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(thingsee_world, gateway, connection_message(gateway, 18, AT - 60))
        relay(thingsee_world, gateway, message(gateway, 1220, 10, AT - 61))
        assert alerting_tuids(thingsee_world) == [gateway]
        relay(thingsee_world, gateway, message(gateway, 1220, 10, AT - 30))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT - 60), timestamp(AT - 30))]}

    def test_a_message_of_a_thing_behind_it_ends_it_too(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, connection_message(gateway, 18, AT - 60))
        relay(thingsee_world, gateway, message(sensor, ts=AT - 30))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT - 60), timestamp(AT - 30))]}

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_in_any_order_and_twice_it_ends_the_same(self, thingsee_world: ThingseeWorld, order: tuple[int, ...]) -> None:
        gateway = thingsee_world.gateway()
        events = [connection_message(gateway, 18, AT - 60), connection_message(gateway, 17, AT - 40), message(gateway, 1220, 10, AT - 20)]
        messages = [things_message(thingsee_world.hardware[gateway], event) for event in events]
        for number in order:
            deliver(receive, messages[number], messages[number])
        alerts = alerts_of(thingsee_world, gateway)
        assert alerting_tuids(thingsee_world) == []
        assert alerts in ({}, {LOST: [(timestamp(AT - 60), timestamp(AT - 40))]}, {LOST: [(timestamp(AT - 60), timestamp(AT - 20))]})
        deliver(receive, *messages)
        assert alerts_of(thingsee_world, gateway) == alerts

    def test_at_most_one_is_active(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(thingsee_world, gateway, connection_message(gateway, 18, AT - 60), connection_message(gateway, 18, AT - 50))
        relay(thingsee_world, gateway, connection_message(gateway, 18, AT - 40))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT - 60), None)]}

    def test_several_in_one_arrival_are_all_kept(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(
            thingsee_world,
            gateway,
            *(connection_message(gateway, event, AT - ago) for event, ago in ((18, 60), (17, 50), (18, 40), (17, 30), (18, 20))),
        )
        assert alerts_of(thingsee_world, gateway) == {
            LOST: [(timestamp(AT - 60), timestamp(AT - 50)), (timestamp(AT - 40), timestamp(AT - 30)), (timestamp(AT - 20), None)]
        }
        assert alerting_tuids(thingsee_world) == [gateway]

    def test_a_gateway_says_nothing_of_anothers_connection_nor_a_sensor_of_its_own(self, thingsee_world: ThingseeWorld) -> None:
        gateway, other, sensor = thingsee_world.gateway(), thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, connection_message(other, 18, AT), connection_message(sensor, 18, AT))
        assert alerting_tuids(thingsee_world) == []


class TestHeartbeats:
    def test_none_in_all_slots_starts_it_and_one_ends_it(self, thingsee_world: ThingseeWorld) -> None:
        gateway, silent, lively = thingsee_world.gateway(), thingsee_world.sensor(), thingsee_world.sensor()
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT - 60, (silent, 0), (lively, 4)))
        assert alerts_of(thingsee_world, silent) == {MISSED: [(timestamp(AT - 60 - 7200), None)]}
        assert alerting_tuids(thingsee_world) == [silent]
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT, (silent, 1), event=33))
        assert alerts_of(thingsee_world, silent) == {MISSED: [(timestamp(AT - 60 - 7200), timestamp(AT))]}

    def test_of_one_thing_at_once(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        alerts = {"tuid": sensor, "slotInterval": 60, "slotBitCount": 10}
        relay(thingsee_world, gateway, message(gateway, 11201, 10, AT - 60, **alerts, slotBits=0))
        assert alerts_of(thingsee_world, sensor) == {MISSED: [(timestamp(AT - 660), None)]}
        relay(thingsee_world, gateway, message(gateway, 11201, 10, AT, **alerts, slotBits=512))
        assert alerting_tuids(thingsee_world) == []

    def test_bits_beyond_the_slots_count_for_nothing(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT, (sensor, 0b110000), count=4))
        assert alerting_tuids(thingsee_world) == [sensor]

    def test_a_later_message_of_the_thing_ends_it_and_an_older_one_does_not(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT - 60, (sensor, 0)))
        relay(thingsee_world, gateway, message(sensor, ts=AT - 60))
        assert alerting_tuids(thingsee_world) == [sensor]
        relay(thingsee_world, gateway, message(sensor, ts=AT - 59))
        assert alerts_of(thingsee_world, sensor) == {MISSED: [(timestamp(AT - 7260), timestamp(AT - 59))]}

    def test_what_is_older_than_the_things_own_message_is_only_stored(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, ts=AT))
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT - 1, (sensor, 0)))
        assert alerts_of(thingsee_world, sensor) == {}

    def test_another_organizations_thing_is_left_alone(self, thingsee_world: ThingseeWorld) -> None:
        theirs = ThingseeWorld.of(thingsee_world.fleet)
        gateway, sensor = thingsee_world.gateway(), theirs.sensor()
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT, (sensor, 0), ("nonsense", 0)))
        assert alerts_of(theirs, sensor) == {}
        assert alerting_tuids(theirs) == []

    @pytest.mark.parametrize(
        "changed",
        [{"slotInterval": "600"}, {"slotBitCount": 0}, {"slotBitCount": 5000}, {"heartbeats": {}}, {"heartbeats": [7, {"tuid": 7}]}],
        ids=repr,
    )
    def test_what_is_not_of_its_form_is_only_kept(self, thingsee_world: ThingseeWorld, changed: dict[str, Any]) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, {**heartbeats_message(gateway, AT, (sensor, 0)), **changed})
        assert alerting_tuids(thingsee_world) == []


class TestInstallation:
    def test_retiring_ends_alerts_and_none_starts_until_it_is_otherwise(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller
    ) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor(status="installed")
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT - 60, (sensor, 0)))
        clock.move_to(NOW + MINUTE, tick=False)
        thingsee_world.install(sensor, "retired")
        ended = (timestamp(AT - 7260), timestamp(AT + 60))
        assert alerts_of(thingsee_world, sensor) == {MISSED: [ended]}
        assert alerting_tuids(thingsee_world) == []
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT, (sensor, 0)))
        evaluate_at(clock, NOW + 9 * HOUR)
        assert alerts_of(thingsee_world, sensor) == {MISSED: [ended]}
        thingsee_world.install(sensor, "uninstalled")
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT + 32400, (sensor, 0)), received=NOW + 9 * HOUR)
        assert alerts_of(thingsee_world, sensor) == {MISSED: [ended, (timestamp(AT + 32400 - 7200), None)]}

    def test_what_is_not_installed_gets_alerts_by_its_messages(self, thingsee_world: ThingseeWorld) -> None:
        gateway = thingsee_world.gateway()
        relay(thingsee_world, gateway, connection_message(gateway, 18, AT))
        assert alerting_tuids(thingsee_world) == [gateway]

    def test_installing_again_keeps_one_look(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        sensor = thingsee_world.sensor(status="installed")
        thingsee_world.install(sensor, "installed", NOW + HOUR)
        assert len(due_rows()) == 1
        evaluate_at(clock, NOW + 2 * HOUR)
        assert alerting_tuids(thingsee_world) == []
        evaluate_at(clock, NOW + 3 * HOUR)
        assert alerting_tuids(thingsee_world) == [sensor]


class TestBothApis:
    """A gateway with a serial number in the WisDM API and a TUID in the Thingsee API."""

    SN = "918100A1B2C3D4E5"

    @pytest.fixture
    def gateway(self, thingsee_world: ThingseeWorld) -> str:
        return thingsee_world.gateway(sn=self.SN)

    def status(self, thingsee_world: ThingseeWorld) -> str:
        return fetch(EVERYWHERE, Gateways.by_sn(self.SN)).status(datetime.now(UTC))

    def test_leaving_in_the_words_of_one_is_lost_in_those_of_the_other(self, thingsee_world: ThingseeWorld, gateway: str) -> None:
        hardware = thingsee_world.hardware[gateway]
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}, seq=1, sent=NOW - 2 * MINUTE))
        assert alerting_tuids(thingsee_world) == []
        deliver(receive, uplink_message(hardware, "presence", {"connected": False}, seq=2, sent=NOW - MINUTE))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT - 60), None)]}
        deliver(receive, uplink_message(hardware, "status", {"system": {"cpu": 1}}, seq=3))
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT - 60), timestamp(AT))]}

    def test_a_dying_gasp_is_lost_too(self, thingsee_world: ThingseeWorld, gateway: str) -> None:
        deliver(receive, uplink_message(thingsee_world.hardware[gateway], "dyingGasp", {"at": "2026-01-05T10:10:00Z"}))
        assert alerting_tuids(thingsee_world) == [gateway]
        assert thing_information(thingsee_world, gateway)["timestamp"] is None

    def test_lost_is_offline_and_made_is_online(self, thingsee_world: ThingseeWorld, gateway: str) -> None:
        hardware = thingsee_world.hardware[gateway]
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}, seq=1, sent=NOW - 9 * MINUTE, received=NOW - 9 * MINUTE))
        assert self.status(thingsee_world) == "ONLINE"
        lost = things_message(hardware, connection_message(gateway, 18, AT - 60), seq=2)
        made = things_message(hardware, connection_message(gateway, 17, AT - 30), seq=3)
        deliver(receive, lost)
        assert self.status(thingsee_world) == "OFFLINE"
        deliver(receive, made)
        assert self.status(thingsee_world) == "ONLINE"
        deliver(receive, lost)
        assert self.status(thingsee_world) == "ONLINE"
        assert alerting_tuids(thingsee_world) == []

    def test_any_later_message_of_a_thing_is_online_again(self, thingsee_world: ThingseeWorld, gateway: str) -> None:
        hardware, sensor = thingsee_world.hardware[gateway], thingsee_world.sensor()
        deliver(receive, things_message(hardware, connection_message(gateway, 18, AT - 60), seq=2))
        assert self.status(thingsee_world) == "OFFLINE"
        deliver(receive, things_message(hardware, message(sensor, ts=AT - 30), seq=3))
        assert self.status(thingsee_world) == "ONLINE"

    @pytest.mark.parametrize("event", ["before-send", "after-call"])
    def test_the_end_of_a_silence_is_online_wherever_its_message_dies(
        self, thingsee_world: ThingseeWorld, gateway: str, clock: time_machine.Traveller, event: str
    ) -> None:
        hardware, heard = thingsee_world.hardware[gateway], NOW + 6 * HOUR
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}))
        thingsee_world.install(gateway, "installed")
        evaluate_at(clock, heard)
        assert (self.status(thingsee_world), alerting_tuids(thingsee_world)) == ("OFFLINE", [gateway])
        silence, sent = snapshot(), things_message(hardware, message(gateway, ts=heard.timestamp()), received=heard)
        for at in itertools.count(1):
            restore(silence)
            with dying_at(event, at) as seen:
                deliver(receive, sent)
            deliver(receive, sent)
            assert (self.status(thingsee_world), alerting_tuids(thingsee_world)) == ("ONLINE", []), at
            if len(seen) < at:
                break
        assert at > 4

    def test_what_the_other_api_hears_is_no_silence(
        self, thingsee_world: ThingseeWorld, gateway: str, clock: time_machine.Traveller
    ) -> None:
        thingsee_world.install(gateway, "installed")
        deliver(receive, uplink_message(thingsee_world.hardware[gateway], "status", {"system": {"cpu": 1}}, received=NOW + 5 * HOUR))
        evaluate_at(clock, NOW + 6 * HOUR)
        assert alerting_tuids(thingsee_world) == []
        evaluate_at(clock, NOW + 11 * HOUR)
        assert alerts_of(thingsee_world, gateway) == of_silent_gateway((timestamp(AT + 18000), None))
