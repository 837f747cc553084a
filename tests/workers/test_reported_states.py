"""States that gateways report of themselves and of devices that they speak for (device-plane.md 3, `device.state`)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from fleet.telemetry.counts import Counts
from fleet.telemetry.device_state import StateValue
from fleet.telemetry.device_states import EVER, DeviceStates
from functions.workers.uplink.receive import handler
from tests.faults.device_places import speaking_through
from tests.harness.fleet import Fleet, Hardware
from tests.harness.recorder import Recorder
from tests.workers.messages import NOW, dead_letters, deliver, stamp, state_message

MS = int(NOW.timestamp() * 1000)
ATTRIBUTES = [{"name": "flow", "data_type": "number"}, {"name": "door", "data_type": "boolean"}]
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def card(hardware: Hardware) -> Card:
    """A gateway that has attributes itself."""
    found = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
    before = fetch(EVERYWHERE, Devices.by_id(found.id))
    transact(Devices.store_writes(EVERYWHERE, before, before.edited(NOW, attributes=ATTRIBUTES)))
    return found


@pytest.fixture
def pump(card: Card) -> Device:
    return speaking_through(card, ATTRIBUTES)


def says(hardware: Hardware, *states: Any, **settings: Any) -> None:
    assert deliver(handler, state_message(hardware, {"states": list(states)}, **settings)) == []


def state(id: str) -> dict[str, StateValue]:
    return DeviceStates.newest(EVERYWHERE, "0" * 24, {id: ["flow", "door"]}, 1, EVER)[id]


def refused() -> dict[str, list[Any]]:
    return {letter["reason"]: json.loads(letter["body"])["payload"]["states"] for letter in dead_letters()}


def test_its_own_and_those_of_others(hardware: Hardware, card: Card, pump: Device) -> None:
    says(
        hardware, {"data": {"flow": 1}}, {"deviceId": pump.id.upper(), "data": {"flow": 2.5, "door": True}, "time": "2026-01-05T10:00:00Z"}
    )
    assert state(card.id) == {"flow": StateValue(1, MS)}
    assert state(pump.id) == {"flow": StateValue(2.5, MS - 600_000), "door": StateValue(True, MS - 600_000)}
    assert refused() == {}


def test_they_are_counted_once(hardware: Hardware, pump: Device) -> None:
    message = state_message(hardware, {"states": [{"deviceId": pump.id, "data": {"flow": number}} for number in range(3)]})
    for _ in range(2):
        assert deliver(handler, message) == []
    counted = Counts.between(EVERYWHERE, "0" * 24, pump.id, NOW, NOW)
    assert (counted["deviceState"], counted["mqttIn"]) == (3, 1)
    assert state(pump.id)["flow"].value == 2


def test_late_and_again(hardware: Hardware, pump: Device) -> None:
    new = state_message(hardware, {"states": [{"deviceId": pump.id, "data": {"flow": 2}}]}, seq=2)
    early, now = NOW - timedelta(minutes=5), {"deviceId": pump.id, "data": {"flow": 1}}
    old = state_message(hardware, {"states": [now]}, seq=1, sent=early, received=NOW + timedelta(minutes=1))
    for message in (new, old, new):
        assert deliver(handler, message) == []
    assert state(pump.id) == {"flow": StateValue(2, MS)}


def test_of_one_millisecond_the_greater_number_counts(hardware: Hardware, pump: Device) -> None:
    both = [state_message(hardware, {"states": [{"deviceId": pump.id, "data": {"flow": seq}}]}, seq=seq) for seq in (2, 1)]
    for message in (*both, *both):
        assert deliver(handler, message) == []
    assert state(pump.id)["flow"].value == 2


def test_a_time_ahead_is_that_of_the_message(hardware: Hardware, card: Card) -> None:
    says(hardware, {"data": {"flow": 1}, "time": stamp(NOW + timedelta(days=3))})
    assert state(card.id) == {"flow": StateValue(1, MS)}


class TestRefused:
    def test_each_alone_with_its_reason(self, hardware: Hardware, card: Card, pump: Device, fleet: Fleet) -> None:
        organization = fleet.organization()
        theirs = speaking_through(fleet.gateway(organization, None), ATTRIBUTES)
        other = speaking_through(fleet.gateway(type("Owner", (), {"id": card.organization})(), None), ATTRIBUTES)
        good = {"deviceId": pump.id, "data": {"flow": 1}}
        cases: dict[str, list[Any]] = {
            "unknown thing": [{"deviceId": "f" * 24, "data": {}}, {"deviceId": theirs.id, "data": {}}],
            "misaddressed": [{"deviceId": other.id, "data": {"flow": 3}}],
            "malformed": [
                {"deviceId": pump.id, "data": {"flow": "1"}},
                {"deviceId": "x", "data": {}},
                {"data": [1]},
                {"data": {}, "time": 5},
            ],
        }
        says(hardware, *cases["unknown thing"], *cases["malformed"], good, *cases["misaddressed"])
        assert {reason: len(states) for reason, states in refused().items()} == {reason: len(states) for reason, states in cases.items()}
        assert state(pump.id) == {"flow": StateValue(1, MS)}
        assert state(other.id) == state(theirs.id) == {}

    @pytest.mark.parametrize("payload", [{}, {"states": {}}, {"states": [{"data": {}}] * 101}], ids=lambda each: repr(each)[:20])
    def test_as_a_whole(self, hardware: Hardware, payload: Any) -> None:
        assert deliver(handler, state_message(hardware, payload)) == []
        (letter,) = dead_letters()
        assert letter["reason"] == "malformed"


def test_it_costs_four_requests(hardware: Hardware, pump: Device, aws_requests: Recorder) -> None:
    says(hardware, {"deviceId": pump.id, "data": {"flow": 1}})
    expected = ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem"]
    assert aws_requests.requests == expected


def test_what_it_has_not_is_left_out(hardware: Hardware, pump: Device, clock: time_machine.Traveller) -> None:
    says(hardware, {"deviceId": pump.id, "data": {"other": "x", "door": False}})
    assert state(pump.id) == {"door": StateValue(False, MS)}
