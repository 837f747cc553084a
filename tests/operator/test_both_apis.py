"""One gateway, registered through the WisDM API and given a TUID by `muster thing provision`: what it says once, both APIs show."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.gateway.list import handler as list_gateways
from functions.wisdm.gateway.register import handler as register
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import call
from tests.harness.fleet import Fleet, Hardware
from tests.harness.thingsee_world import LOST, ThingseeWorld
from tests.operator.console import Console
from tests.workers.messages import NOW, UplinkMessage, deliver, hello, uplink_message
from tests.workers.thing_messages import AT, alerting_tuids, alerts_of, connection_message, evaluate_at, things_message, timestamp

SN, EUI, TUID = "918100A1B2C3D4E501", "ac1f09fffe0a1b2c", "TSGW02A1B2C3D4E01"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Pier:
    """A gateway that an operator provisioned and its owner registered; it has applied its configuration."""

    def __init__(self, muster: Console, fleet: Fleet) -> None:
        self.thingsee_world, self.muster = ThingseeWorld.of(fleet), muster
        self.location = fleet.location(self.thingsee_world.organization)
        self.key = fleet.key(self.thingsee_world.organization)
        provision = ("gateway", "provision", "--sn", SN, "--eui", EUI, "--model", "RAK7268V2", "--mac", "AC:1F:09:0A:1B:2C")
        made = muster(*provision, "--json").json
        answer = call(register, {"locationId": self.location.id}, key=self.key, body={"sn": SN, "eui": EUI})
        assert answer.status == 201
        factory, _ = fetch(EVERYWHERE, Gateways.identity(SN))
        assert factory is not None
        signing, sealing = (base64.b64decode(made[name]) for name in ("privateSigningKey", "privateSealingKey"))
        self.hardware = Hardware(factory, Ed25519PrivateKey.from_private_bytes(signing), X25519PrivateKey.from_private_bytes(sealing))
        self.says("hello", hello(self.hardware), 1, NOW - timedelta(minutes=9))

    def gets_a_tuid(self) -> None:
        slug = self.thingsee_world.organization.slug
        done = self.muster("thing", "provision", "--tuid", TUID, "--organization", slug, "--kind", "gateway", "--sn", SN)
        assert done.code == 0, done

    def says(self, type: str, payload: Any, seq: int, at: datetime) -> UplinkMessage:
        """In the words of the WisDM API."""
        return self.brings(uplink_message(self.hardware, type, payload, seq=seq, sent=at, received=at))

    def tells(self, event: int, ts: int, seq: int) -> UplinkMessage:
        """In the words of the Thingsee API."""
        return self.brings(things_message(self.hardware, connection_message(TUID, event, ts), seq=seq))

    def brings(self, told: UplinkMessage) -> UplinkMessage:
        assert deliver(receive, told) == []
        return told

    @property
    def seen(self) -> tuple[str, list[str]]:
        """Its status in the one API, alone and in the list of its location, and the things that alert in the other."""
        status = call(get_status, {"sn": SN}, key=self.key).json["status"]
        (listed,) = call(list_gateways, {"locationId": self.location.id}, key=self.key).json["gateways"]
        assert listed["status"] == status
        return status, alerting_tuids(self.thingsee_world)


@pytest.fixture
def pier(muster: Console, fleet: Fleet) -> Pier:
    return Pier(muster, fleet)


def test_a_presence_of_the_one_api_is_an_alert_of_the_other(pier: Pier) -> None:
    pier.gets_a_tuid()
    assert pier.seen == ("ONLINE", [])
    left = pier.says("presence", {"connected": False}, 2, NOW - timedelta(minutes=5))
    assert pier.seen == ("OFFLINE", [TUID])
    assert alerts_of(pier.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), None)]}
    back = pier.says("presence", {"connected": True}, 3, NOW - timedelta(minutes=2))
    for again in (left, back, left):
        pier.brings(again)
    assert pier.seen == ("ONLINE", [])
    assert alerts_of(pier.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT - 120))]}


def test_a_last_will_of_the_other_is_offline_in_the_one(pier: Pier) -> None:
    pier.gets_a_tuid()
    lost = pier.tells(18, AT - 300, 2)
    assert pier.seen == ("OFFLINE", [TUID])
    back = pier.tells(17, AT - 120, 3)
    for again in (lost, back, lost):
        pier.brings(again)
    assert pier.seen == ("ONLINE", [])
    assert alerts_of(pier.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT - 120))]}


@pytest.mark.parametrize(("type", "payload"), [("presence", {"connected": False}), ("dyingGasp", {"at": "2026-01-05T10:05:00Z"})])
def test_one_that_had_left_when_it_got_its_tuid_has_its_alert_at_once(pier: Pier, type: str, payload: Any) -> None:
    pier.says(type, payload, 2, NOW - timedelta(minutes=5))
    pier.gets_a_tuid()
    assert pier.seen == ("OFFLINE", [TUID])
    assert alerts_of(pier.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), None)]}
    pier.gets_a_tuid()
    pier.says("presence", {"connected": True}, 3, NOW)
    assert pier.seen == ("ONLINE", [])
    assert alerts_of(pier.thingsee_world, TUID) == {LOST: [(timestamp(AT - 300), timestamp(AT))]}


def test_what_it_said_before_counts_as_heard(pier: Pier, clock: time_machine.Traveller) -> None:
    """Six hours from the hello, not from the installation, which makes the alert begin there."""
    pier.gets_a_tuid()
    pier.thingsee_world.install(TUID, "installed")
    evaluate_at(clock, NOW + timedelta(hours=6))
    assert alerts_of(pier.thingsee_world, TUID) == {LOST: [(timestamp(AT - 540), None)]}
    assert pier.seen == ("OFFLINE", [TUID])
