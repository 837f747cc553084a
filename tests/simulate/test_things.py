"""A simulated Thingsee gateway with sensors, and the cloud: from provisioning to an answered command."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients as aws_clients
from fleet.aws import table
from fleet.identity import identify_client
from fleet.outbox.messages import PREFIX
from functions.thingsee.command.send import handler as send
from functions.thingsee.thing.get import handler as get
from functions.thingsee.thing.list_alerting import handler as list_alerting
from functions.thingsee.thing.list_messages import handler as list_messages
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from muster.operator import thing
from muster.operator.keyring import Identity
from muster.simulate.things import ThingGateway
from muster.simulate.wire import Wire
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.messages import NOW, dead_letters, deliver, deliver_rows, take_messages, take_uplink

GATEWAY, SENSORS = "TSGW02A1B2C3D4E01", ["TSPD04A1B2C3D4E05", "TSPD04A1B2C3D4E06"]
pytestmark = pytest.mark.usefixtures("clock")


class SimulatedThings:
    """A provisioned gateway with its sensors, and an API client."""

    def __init__(self, fleet: Fleet) -> None:
        self.world = ThingseeWorld.of(fleet)
        slug = self.world.organization.slug
        provisioned = thing.provision(thing.ThingRequest(GATEWAY, slug, "gateway")).gateway
        assert provisioned is not None
        for tuid in SENSORS:
            thing.provision(thing.ThingRequest(tuid, slug, "sensor"))
        identity = dataclasses.replace(Identity.of(provisioned), things=SENSORS)
        self.log: list[str] = []
        self.gateway = ThingGateway(identity, Wire(identity, aws_clients.sqs()), self.log.append)

    def accept_uplink(self) -> None:
        """Deliver the gateway's uplink messages, none of which is refused."""
        found = take_uplink(datetime.now(UTC))
        assert found
        assert deliver(receive, *found) == []
        assert dead_letters() == []

    def deliver_downlink(self) -> int:
        """Dispatch the outbox and let the gateway handle its messages; returns their number."""
        rows = [dict(row) for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"{PREFIX}{GATEWAY}"})]
        assert deliver_rows(dispatch, rows) == []
        return sum(1 for _ in rows if self.gateway.listen(0))

    def ask(self, entry: Any, tuid: str | None = None, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {identify_client.token_of(self.world.client)}"}
        answer = call(entry, {"tuid": tuid} if tuid else None, headers=headers, **arguments)
        assert answer.status == 200, answer.content
        return answer.json["data"]


@pytest.fixture
def simulated(fleet: Fleet) -> SimulatedThings:
    return SimulatedThings(fleet)


def test_what_its_sensors_measure_is_there(simulated: SimulatedThings) -> None:
    simulated.gateway.start()
    simulated.accept_uplink()
    seen = simulated.ask(get, SENSORS[1])
    assert (seen["battery_level"], seen["gateway_tuid"], seen["version"]) == (81, GATEWAY, "2026.1.0")
    assert seen["location"] == simulated.ask(get, GATEWAY)["location"] is not None
    (measured,) = simulated.ask(list_messages, SENSORS[0], query={"limit": "9", "messageid": "12100"})
    assert {"temp", "humd", "airp", "lght", "deploymentGroupId"} < measured.keys()


def test_settings_that_were_sent_before_anything_was_heard_are_answered(simulated: SimulatedThings, clock: time_machine.Traveller) -> None:
    settings = [{"tsmId": 1500, "tsmEv": 30, "transactionId": 42, "reportInterval": 600}]
    simulated.ask(send, SENSORS[0], body=settings)
    simulated.gateway.start()
    simulated.accept_uplink()
    assert simulated.deliver_downlink() == 1
    clock.shift(1)
    simulated.accept_uplink()
    (answered,) = simulated.ask(list_messages, SENSORS[0], query={"limit": "9", "eventid": "31"})
    assert (answered["tsmId"], answered["transactionId"], answered["reportInterval"]) == (1500, 42, 600)
    assert simulated.log[-1] == f"{GATEWAY} {SENSORS[0]} applied 1500"


def test_of_settings_that_come_out_of_order_the_newest_is_applied(simulated: SimulatedThings, clock: time_machine.Traveller) -> None:
    """The stream shows the rows of a gateway in any order; each kind of setting of each thing has its own."""
    simulated.gateway.start()
    simulated.accept_uplink()
    for id, interval in ((1500, 600), (12200, 1), (1500, 3600)):
        clock.shift(1)
        simulated.ask(send, SENSORS[0], body=[{"tsmId": id, "tsmEv": 30, "reportInterval": interval}])
    rows = [dict(row) for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"{PREFIX}{GATEWAY}"})]
    assert deliver_rows(dispatch, sorted(rows, key=lambda row: json.loads(row["body"]["S"])["number"], reverse=True)) == []
    while simulated.gateway.listen(0):
        clock.shift(1)
    simulated.accept_uplink()
    answered = simulated.ask(list_messages, SENSORS[0], query={"limit": "9", "eventid": "31"})
    assert sorted((each["tsmId"], each["reportInterval"]) for each in answered) == [(1500, 3600), (12200, 1)]


def test_leaving_is_an_alert_and_coming_back_ends_it(simulated: SimulatedThings, clock: time_machine.Traveller) -> None:
    simulated.gateway.start()
    clock.shift(1)
    simulated.gateway.leave("as asked")
    simulated.accept_uplink()
    assert simulated.ask(list_alerting) == {"alerting_tuids": [GATEWAY]}
    clock.shift(1)
    simulated.gateway.start()
    simulated.accept_uplink()
    assert simulated.ask(list_alerting) == {"alerting_tuids": []}


def test_a_sensor_that_falls_silent_is_an_alert_until_it_speaks_again(simulated: SimulatedThings, clock: time_machine.Traveller) -> None:
    simulated.gateway.start()
    simulated.gateway.silent.add(SENSORS[0])
    for alerting in ([SENSORS[0]], []):
        clock.shift(1)
        simulated.gateway.report()
        simulated.accept_uplink()
        assert simulated.ask(list_alerting) == {"alerting_tuids": alerting}
        simulated.gateway.silent.clear()


def test_of_a_sensor_that_never_spoke_the_gateway_says_nothing(simulated: SimulatedThings) -> None:
    simulated.gateway.silent.add(SENSORS[0])
    simulated.gateway.start()
    simulated.accept_uplink()
    assert simulated.ask(list_alerting) == {"alerting_tuids": []}
    assert simulated.ask(list_messages, SENSORS[0], query={"limit": "9"}) == []
    assert simulated.ask(list_messages, SENSORS[1], query={"limit": "9"}) != []


@pytest.mark.parametrize(
    ("ends", "messages"),
    [
        (NOW.timestamp() - 1, [{"tsmId": 1500, "tsmEv": 30, "tsmDstTuid": SENSORS[0]}]),
        (NOW.timestamp() + 60, [{"tsmId": 1500, "tsmDstTuid": "TSPD04OTHER000001"}, 7, {"tsmId": 9, "tsmDstTuid": SENSORS[0]}]),
    ],
    ids=["too late", "for others"],
)
def test_orders_that_are_not_for_now_or_for_others_are_left_alone(simulated: SimulatedThings, ends: float, messages: list[Any]) -> None:
    simulated.gateway.start()
    simulated.accept_uplink()
    queue = simulated.gateway.identity.queue_url
    payload = {"notAfter": ends, "messages": messages}
    body = {"v": 1, "type": "thingsee.commands", "sn": GATEWAY, "messageId": "1", "number": 1, "payload": payload}
    aws_clients.sqs().send_message(QueueUrl=queue, MessageBody=json.dumps(body), MessageGroupId="1", MessageDeduplicationId="1")
    assert simulated.gateway.listen(0)
    assert take_messages(aws_clients.setting("UPLINK_QUEUE")) == []
