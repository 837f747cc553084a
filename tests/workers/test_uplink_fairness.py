"""A device sends in its own message group, and what nobody is proven to have sent fills no dead letters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Fleet, Hardware
from tests.harness.recorder import Recorder
from tests.harness.template import resources
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.messages import NOW, SENDER, UplinkMessage, dead_letters, deliver, sign, uplink_message
from tests.workers.thing_messages import message, things_message

PRESENCE = {"connected": True, "reason": "started"}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def reasons(*messages: UplinkMessage) -> list[str]:
    """Deliver messages, none of which is to come again; returns why those were refused that were put aside."""
    assert deliver(handler, *messages) == []
    return [each["reason"] for each in dead_letters()]


class TestGroups:
    @pytest.mark.parametrize("group", ["", "SOMEONE1", "{sn} ", "{small}"])
    def test_what_comes_in_another_group_is_refused_unread(self, hardware: Hardware, aws_requests: Recorder, group: str) -> None:
        """Also in its own in other letters: one device could else be in as many groups as it likes."""
        sent = replace(uplink_message(hardware, "presence", PRESENCE), group=group.format(sn=hardware.sn, small=hardware.sn.lower()))
        aws_requests.clear()
        assert reasons(sent, sent) == ["another group"]
        assert "dynamodb:BatchGetItem" not in aws_requests.requests
        assert fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).reports.known == {}

    def test_a_serial_number_in_small_letters_is_sent_in_the_group_in_capitals(self, hardware: Hardware) -> None:
        assert reasons(uplink_message(hardware, "presence", PRESENCE, sn=hardware.sn.lower())) == []
        assert fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).reports.connected


def junk(hardware: Hardware, reason: str) -> UplinkMessage:
    """A message that nobody is proven to have sent, to be refused for this reason."""
    true = uplink_message(hardware, "presence", PRESENCE)
    return {
        "another group": replace(true, group=""),
        "forged": replace(true, signature="AAAA"),
        "malformed": replace(true, body="{"),
        "too large": replace(true, body="x" * (128 * 1024 + 1)),
        "unknown device": uplink_message(hardware, "presence", PRESENCE, sn="NOSUCHGATEWAY"),
    }[reason]


class TestSamples:
    @pytest.mark.parametrize("reason", ["another group", "forged", "malformed", "too large", "unknown device"])
    def test_of_what_nobody_is_proven_to_have_sent_one_a_minute_is_put_aside(
        self, hardware: Hardware, capsys: pytest.CaptureFixture[str], reason: str
    ) -> None:
        flood = [junk(hardware, reason) for _ in range(25)]
        assert reasons(*flood) == [reason]
        assert counted(capsys.readouterr().out, f"UplinkRejected{reason.title().replace(' ', '')}") == 25
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            assert reasons(*flood) == [reason]

    @pytest.mark.parametrize(("type", "payload", "reason"), [("presence", {}, "malformed"), ("teleport", {}, "unknown type")])
    def test_whoever_signs_has_each_message_put_aside(
        self, fleet: Fleet, hardware: Hardware, type: str, payload: dict[str, str], reason: str
    ) -> None:
        signed = [uplink_message(hardware, type, payload) for _ in range(3)]
        assert reasons(*signed) == [reason] * 3
        other = fleet.hardware()
        assert reasons(*(replace(each, signature=sign(other, each.body).signature) for each in signed)) == ["forged"]
        assert reasons(*(uplink_message(other, type, payload, sn="NOSUCHGATEWAY") for _ in signed)) == ["unknown device"]

    def test_so_does_whoever_brings_messages_of_unknown_things(self, thingsee_world: ThingseeWorld) -> None:
        hardware = thingsee_world.hardware[thingsee_world.gateway()]
        sent = [things_message(hardware, message("TSPD04UNKNOWN0001")) for _ in range(3)]
        assert reasons(*sent) == ["unknown thing"] * 3


def counted(output: str, name: str) -> float:
    """The value of a metric in what a function printed."""
    return sum(sum(value) for line in output.splitlines() for value in [json.loads(line).get(name, [])])


class TestLog:
    def test_a_refusal_is_traced_to_its_device_and_its_sender(self, hardware: Hardware, caplog: pytest.LogCaptureFixture) -> None:
        deliver(handler, junk(hardware, "forged"))
        (line,) = [vars(each) for each in caplog.records if each.message == "uplink"]
        assert (line["outcome"], line["reason"], line["sn"], line["sender"]) == ("Rejected", "forged", hardware.sn, SENDER)

    @pytest.mark.parametrize("sn", ["../../etc", "", None, 7, "X" * 33])
    def test_what_is_no_serial_number_is_not_logged(self, hardware: Hardware, caplog: pytest.LogCaptureFixture, sn: object) -> None:
        deliver(handler, uplink_message(hardware, "presence", PRESENCE, sn=sn))
        (line,) = [vars(each) for each in caplog.records if each.message == "uplink"]
        assert (line["reason"], line["sn"]) == ("malformed", "")

    def test_the_saved_query_asks_for_what_is_logged(self, hardware: Hardware, caplog: pytest.LogCaptureFixture) -> None:
        query = resources("generated/api")["RefusedMessages"]["Properties"]["QueryString"]
        found = re.search(r" by ([\w, ]+) \|", query)
        assert found
        deliver(handler, junk(hardware, "malformed"))
        (line,) = [vars(each) for each in caplog.records if each.message == "uplink"]
        assert set(found[1].split(", ")) <= line.keys()
