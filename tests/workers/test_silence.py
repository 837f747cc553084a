"""The scheduled worker: alerts of silent things, and of no others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.alerts.states import States
from fleet.aws import clients
from fleet.aws.writes import Write, transact
from fleet.errors import TooMany
from fleet.registry.device import Installation
from fleet.registry.things import state_key
from functions.thingsee.thing.count_alerting import handler as count_alerting
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import call
from tests.harness.interference import before_first_request, refused_transactions
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder
from tests.harness.thingsee_world import LOST, MISSED, ThingseeWorld
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
    timestamp,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("clock")


class TestSilence:
    @pytest.mark.parametrize(("kind", "limit", "types"), [("sensor", 2, [MISSED]), ("gateway", 6, [LOST, MISSED])])
    def test_a_thing_that_was_never_heard_counts_from_its_installation(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller, kind: str, limit: int, types: list[str]
    ) -> None:
        tuid = getattr(thingsee_world, kind)(status="installed")
        evaluate_at(clock, NOW + limit * HOUR - timedelta(seconds=1))
        assert alerting_tuids(thingsee_world) == []
        evaluate_at(clock, NOW + limit * HOUR)
        assert alerts_of(thingsee_world, tuid) == {type: [("1970-01-01T00:00:00", None)] for type in types}
        assert alerting_tuids(thingsee_world) == [tuid]

    def test_one_that_was_heard_counts_from_then(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        gateway, sensor = thingsee_world.gateway(status="installed"), thingsee_world.sensor(status="installed")
        relay(thingsee_world, gateway, message(sensor, ts=AT + 3000), received=NOW + 50 * MINUTE)
        evaluate_at(clock, NOW + 2 * HOUR)
        assert alerting_tuids(thingsee_world) == []
        evaluate_at(clock, NOW + 2 * HOUR + 49 * MINUTE)
        assert alerting_tuids(thingsee_world) == []
        evaluate_at(clock, NOW + 2 * HOUR + 50 * MINUTE)
        assert alerts_of(thingsee_world, sensor) == {MISSED: [(timestamp(AT + 3000), None)]}
        evaluate_at(clock, NOW + 6 * HOUR + 50 * MINUTE)
        assert alerts_of(thingsee_world, gateway) == of_silent_gateway((timestamp(AT + 3000), None))
        assert alerting_tuids(thingsee_world) == sorted([gateway, sensor])

    def test_a_message_ends_it_and_the_thing_is_looked_at_again(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor(status="installed")
        evaluate_at(clock, NOW + 2 * HOUR)
        assert due_rows() == []
        relay(thingsee_world, gateway, message(sensor, ts=AT + 7300), received=NOW + 2 * HOUR + 2 * MINUTE)
        assert alerts_of(thingsee_world, sensor) == {MISSED: [("1970-01-01T00:00:00", timestamp(AT + 7300))]}
        evaluate_at(clock, NOW + 4 * HOUR + 2 * MINUTE)
        assert alerts_of(thingsee_world, sensor)[MISSED][1] == (timestamp(AT + 7320), None)

    def test_heartbeats_are_heard(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor(status="installed")
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT + 6000, (sensor, 1)), received=NOW + 100 * MINUTE)
        evaluate_at(clock, NOW + 2 * HOUR)
        assert alerting_tuids(thingsee_world) == []
        evaluate_at(clock, NOW + 100 * MINUTE + 2 * HOUR)
        assert alerting_tuids(thingsee_world) == [sensor]

    def test_a_message_does_not_move_what_is_due(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor(status="installed")
        before = due_rows()
        relay(thingsee_world, gateway, message(sensor, ts=AT + 60), received=NOW + MINUTE)
        assert len(before) == 1
        assert due_rows() == before

    def test_one_that_has_an_alert_already_gets_no_second(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor(status="installed")
        relay(thingsee_world, gateway, heartbeats_message(gateway, AT, (sensor, 0)))
        assert due_rows() == []
        evaluate_at(clock, NOW + 7 * HOUR)
        assert alerts_of(thingsee_world, sensor) == {MISSED: [(timestamp(AT - 7200), None)]}

    @pytest.mark.parametrize("status", ["new", "uninstalled", "quarantine", "retired"])
    def test_only_what_is_installed_is_looked_at(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller, status: Installation
    ) -> None:
        sensor = thingsee_world.sensor(status="installed")
        thingsee_world.install(sensor, status)
        assert due_rows() == []
        evaluate_at(clock, NOW + 3 * HOUR)
        assert alerting_tuids(thingsee_world) == []

    def test_an_evaluation_may_come_late_twice_and_again(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        sensors = [thingsee_world.sensor(status="installed") for _ in range(5)]
        for _ in range(3):
            evaluate_at(clock, NOW + timedelta(days=3))
        assert alerting_tuids(thingsee_world) == sorted(sensors)
        assert [alerts_of(thingsee_world, sensor) for sensor in sensors] == [{MISSED: [("1970-01-01T00:00:00", None)]}] * 5

    def test_an_evaluation_that_dies_half_way_is_made_up_for(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        sensors = [thingsee_world.sensor(status="installed") for _ in range(6)]
        done = []

        def die(**_: Any) -> None:
            done.append(1)
            if len(done) == 3:
                raise SystemExit

        events = clients.dynamodb().meta.events
        events.register("before-send.dynamodb.TransactWriteItems", die)
        try:
            with pytest.raises(SystemExit):
                evaluate_at(clock, NOW + 2 * HOUR)
        finally:
            events.unregister("before-send.dynamodb.TransactWriteItems", die)
        assert len(alerting_tuids(thingsee_world)) == 2
        evaluate_at(clock, NOW + 2 * HOUR + MINUTE)
        assert alerting_tuids(thingsee_world) == sorted(sensors)
        assert all(alerts_of(thingsee_world, sensor) == {MISSED: [("1970-01-01T00:00:00", None)]} for sensor in sensors)

    def test_one_that_is_throttled_keeps_none_of_the_others_waiting(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sensors = sorted(thingsee_world.sensor(status="installed") for _ in range(6))
        with refused_transactions("ThrottlingError", naming=sensors[2]), pytest.raises(ExceptionGroup) as failed:
            evaluate_at(clock, NOW + 2 * HOUR)
        assert [type(each) for each in failed.value.exceptions] == [TooMany]
        assert '"SilenceFailed":[1.0]' in capsys.readouterr().out
        assert alerting_tuids(thingsee_world) == sensors[:2] + sensors[3:]
        evaluate_at(clock, NOW + 2 * HOUR + MINUTE)
        assert alerting_tuids(thingsee_world) == sensors

    def test_one_whose_state_cannot_be_read_keeps_none_of_the_others_waiting(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller
    ) -> None:
        sensors = sorted(thingsee_world.sensor(status="installed") for _ in range(6))
        transact([Write.update(state_key(sensors[2]), "SET body = :body", body={"S": "{"})])
        with pytest.raises(ExceptionGroup) as failed:
            evaluate_at(clock, NOW + 2 * HOUR)
        assert len(failed.value.exceptions) == 1
        assert alerting_tuids(thingsee_world) == sensors[:2] + sensors[3:]

    @pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
    def test_a_shard_that_cannot_be_read_keeps_none_of_the_others_waiting(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller, operation: str
    ) -> None:
        sensors = [thingsee_world.sensor(status="installed") for _ in range(12)]
        with before_first_request(operation, _fail), pytest.raises(ExceptionGroup):
            evaluate_at(clock, NOW + 2 * HOUR)
        assert 0 < len(alerting_tuids(thingsee_world)) < len(sensors)
        evaluate_at(clock, NOW + 2 * HOUR + MINUTE)
        assert alerting_tuids(thingsee_world) == sorted(sensors)

    def test_what_is_heard_while_it_is_looked_at_gets_no_alert(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor(status="installed")
        with before_first_request(
            "TransactWriteItems", lambda: relay(thingsee_world, gateway, message(sensor, ts=AT + 7200), received=NOW + 2 * HOUR)
        ):
            evaluate_at(clock, NOW + 2 * HOUR)
        assert alerting_tuids(thingsee_world) == []
        evaluate_at(clock, NOW + 2 * HOUR + MINUTE)
        assert alerts_of(thingsee_world, sensor) == {}
        assert len(due_rows()) == 1

    def test_two_evaluations_at_once_start_one_alert(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        sensors = [thingsee_world.sensor(status="installed") for _ in range(3)]
        with before_first_request("TransactWriteItems", lambda: evaluate_at(clock, NOW + 2 * HOUR)):
            evaluate_at(clock, NOW + 2 * HOUR)
        assert alerting_tuids(thingsee_world) == sorted(sensors)
        assert all(alerts_of(thingsee_world, sensor) == {MISSED: [("1970-01-01T00:00:00", None)]} for sensor in sensors)

    def test_what_is_retired_while_it_is_looked_at_gets_no_alert(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller
    ) -> None:
        sensor = thingsee_world.sensor(status="installed")
        with before_first_request("TransactWriteItems", lambda: thingsee_world.install(sensor, "retired")):
            evaluate_at(clock, NOW + 2 * HOUR)
        assert (alerting_tuids(thingsee_world), due_rows()) == ([], [])

    def test_it_asks_once_a_shard_when_nothing_is_due(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller, aws_requests: Recorder
    ) -> None:
        for _ in range(10):
            thingsee_world.sensor(status="installed")
        aws_requests.clear()
        evaluate_at(clock, NOW + HOUR)
        assert aws_requests.requests == ["dynamodb:Query"] * 4

    def test_a_row_that_no_thing_knows_of_is_dropped(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> None:
        sensor = thingsee_world.sensor(status="installed")
        known, gone = thingsee_world.thing(sensor), thingsee_world.thing(sensor).changed(tuid="TSPD04GONE0000001")
        transact(
            [
                *States.reschedule_writes(EVERYWHERE, gone, None, AT),
                *States.reschedule_writes(EVERYWHERE, known, None, 1),
            ]
        )
        assert len(due_rows()) == 3
        evaluate_at(clock, NOW + 2 * HOUR)
        assert due_rows() == []
        assert alerting_tuids(thingsee_world) == [sensor]


class TestGateway:
    """A silent gateway has both alerts, as the vendor's sample shows for one TUID."""

    @pytest.fixture
    def gateway(self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller) -> str:
        """A gateway that has been silent since its installation."""
        gateway = thingsee_world.gateway(status="installed")
        evaluate_at(clock, NOW + 6 * HOUR)
        assert alerts_of(thingsee_world, gateway) == of_silent_gateway(("1970-01-01T00:00:00", None))
        return gateway

    def test_is_counted_and_listed_once_and_checked_no_more(self, thingsee_world: ThingseeWorld, gateway: str) -> None:
        assert alerting_tuids(thingsee_world) == [gateway]
        assert call(count_alerting, headers=thingsee_world.bearer).json == {"data": {"alert_count": "1"}}
        assert due_rows() == []

    @pytest.mark.parametrize("sender", ["itself", "a sensor", "the other API"])
    def test_both_end_when_it_is_back(
        self, thingsee_world: ThingseeWorld, gateway: str, clock: time_machine.Traveller, sender: str
    ) -> None:
        back = NOW + 6 * HOUR + MINUTE
        clock.move_to(back, tick=False)
        if sender == "the other API":
            deliver(receive, uplink_message(thingsee_world.hardware[gateway], "status", {"system": {"cpu": 1}}, sent=back, received=back))
        else:
            tuid = gateway if sender == "itself" else thingsee_world.sensor()
            relay(thingsee_world, gateway, message(tuid, ts=back.timestamp()), received=back)
        ended = [("1970-01-01T00:00:00", timestamp(back.timestamp()))]
        assert alerts_of(thingsee_world, gateway) == of_silent_gateway(*ended)
        assert alerting_tuids(thingsee_world) == []
        assert len(due_rows()) == 1
        evaluate_at(clock, back + 6 * HOUR)
        again = [*ended, (timestamp(back.timestamp()), None)]
        assert alerts_of(thingsee_world, gateway) == of_silent_gateway(*again)

    def test_one_whose_connection_was_lost_gets_the_other_when_it_stays_away(
        self, thingsee_world: ThingseeWorld, clock: time_machine.Traveller
    ) -> None:
        gateway = thingsee_world.gateway(status="installed")
        relay(thingsee_world, gateway, connection_message(gateway, 18, AT + 60), received=NOW + MINUTE)
        evaluate_at(clock, NOW + 6 * HOUR)
        assert alerts_of(thingsee_world, gateway) == {LOST: [(timestamp(AT + 60), None)]}
        for _ in range(2):
            evaluate_at(clock, NOW + 6 * HOUR + MINUTE)
            assert alerts_of(thingsee_world, gateway) == of_silent_gateway((timestamp(AT + 60), None))
        assert due_rows() == []

    def test_retiring_ends_both(self, thingsee_world: ThingseeWorld, gateway: str) -> None:
        thingsee_world.install(gateway, "retired", NOW + 7 * HOUR)
        ended = [("1970-01-01T00:00:00", timestamp(AT + 7 * 3600))]
        assert alerts_of(thingsee_world, gateway) == of_silent_gateway(*ended)
        assert (alerting_tuids(thingsee_world), due_rows()) == ([], [])


@pytest.mark.parametrize(("kind", "limit", "start", "end"), [("sensor", 2, 10, (0, 7)), ("gateway", 6, 14, (4, 15))])
def test_what_it_costs(
    thingsee_world: ThingseeWorld, clock: time_machine.Traveller, kind: str, limit: int, start: int, end: tuple[int, int]
) -> None:
    """`end`: requests and write units beyond those of the next message; a gateway's say that it is online, and since when."""
    tuid, relaying, silent = getattr(thingsee_world, kind)(status="installed"), thingsee_world.gateway(), limit * HOUR
    gateway = tuid if kind == "gateway" else relaying
    relay(thingsee_world, gateway, message(tuid, ts=AT))
    with Meter() as meter:
        evaluate_at(clock, NOW + silent)
    assert sorted(meter.requests) == ["BatchGetItem", *["Query"] * 4, "TransactWriteItems"]
    assert meter.writes == start
    with Meter() as back:
        relay(thingsee_world, gateway, message(tuid, ts=AT + silent.total_seconds()), received=NOW + silent)
    with Meter() as later:
        relay(thingsee_world, gateway, message(tuid, ts=AT + silent.total_seconds() + 60), received=NOW + silent + MINUTE)
    assert [each.requests.count("TransactWriteItems") for each in (back, later)] == [1, 0]
    assert (len(back.requests) - len(later.requests), back.writes - later.writes) == end


def _fail() -> None:
    raise ConnectionError
