"""What is put aside holds no secret, wherever a device has put one: it is rebuilt of known names and harmless values."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.configuration.configuration import SECTIONS
from fleet.configuration.configurations import Configurations
from functions.workers.uplink.receive import TRIES, handler
from tests.harness.aws import forget, stream_images
from tests.harness.canary import MARK, PIN, contains_secret
from tests.harness.fleet import Hardware
from tests.harness.template import resources
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.messages import NOW, UplinkMessage, dead_letters, deliver, sign, take_messages, uplink_message
from tests.workers.thing_messages import message, things_message

STATUS: dict[str, Any] = {"system": {"cpu": 21, "memory": 47}, "network": {"lan": {"wifi": {"ssid": "pier", "key": MARK, "hidden": False}}}}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def config(**payload: Any) -> Callable[[Hardware], UplinkMessage]:
    """A report without a version, which is malformed."""
    return lambda hardware: uplink_message(hardware, "config.reported", payload)


def envelope(**members: Any) -> Callable[[Hardware], UplinkMessage]:
    """A presence with other members in its envelope."""

    def build(hardware: Hardware) -> UplinkMessage:
        plain = json.loads(uplink_message(hardware, "presence", {"connected": True}).body)
        return sign(hardware, json.dumps(plain | members))

    return build


def raw(change: Callable[[str], str]) -> Callable[[Hardware], UplinkMessage]:
    """A report with a text changed."""
    return lambda hardware: sign(hardware, change(config(lan={"wifi": {"key": MARK}})(hardware).body))


def result(**members: Any) -> Callable[[Hardware], UplinkMessage]:
    """A result without an outcome, which is malformed."""
    return lambda hardware: uplink_message(hardware, "command.result", {"commandId": 1, "output": f"psk={MARK}\n", **members})


SHAPES: dict[str, Callable[[Hardware], UplinkMessage]] = {
    "a Wi-Fi key": config(lan={"wifi": {"key": MARK}}),
    "a password": config(wan={"ethernet": {"enabled": True, "pppoe": {"password": MARK}}}),
    "a PIN as a text": config(wan={"cellular": {"enabled": True, "pinCode": PIN}}),
    "a PIN as a number": config(wan={"cellular": {"enabled": True, "pinCode": int(PIN)}}),
    "a PIN as a number beyond a field's limit": config(syslog={"shareLogs": "wisdm", "wisdmLogsRotationCycle": int(PIN)}),
    "keys in an array": config(lan={"wifi": {"key": [MARK, MARK]}}),
    "a key in an object": config(lan={"wifi": {"key": {"clear": MARK}}}),
    "a box of another kind": config(lan={"wifi": {"key": {"box": MARK}}}),
    "a section as an array": config(lan=[{"wifi": {"key": MARK}}]),
    "psk": config(lan={"wifi": {"psk": MARK}}),
    "passphrase": config(passphrase=MARK),
    "apn, username": config(wan={"cellular": {"enabled": True, "apn": MARK, "username": MARK}}),
    "the name of a member": config(lan={MARK: 1}),
    "the reason of an error": config(errors=[{"section": "lan", "message": f"bad key {MARK}"}]),
    "the section of an error": config(errors=[{"section": MARK, "message": ""}]),
    "a text where a choice is": config(priority=MARK, syslog={"shareLogs": MARK}),
    "an escaped name": raw(lambda body: body.replace('"key"', '"k\\u0065y"')),
    "escaped characters": raw(lambda body: body.replace(MARK, "".join(f"\\u{ord(each):04x}" for each in MARK))),
    "the same name twice": raw(lambda body: body.replace('"key"', f'"key": "{MARK}", "key"')),
    "no end": raw(lambda body: body[:-1]),
    "a text": raw(lambda body: json.dumps(MARK)),
    "an array": raw(lambda body: f"[{body}]"),
    "output of a malformed result": result(),
    "exit codes of a malformed result": result(outcome="EXITED", exitCodes=[MARK], finishedAt="2026-01-05T10:10:00Z"),
    "base64": config(lan={"wifi": {"key": base64.b64encode(MARK.encode()).decode()}}),
    "an unknown type": lambda hardware: uplink_message(hardware, "teleport", {"key": MARK}),
    "the name of an unknown type": envelope(type=MARK),
    "the serial number": envelope(sn=MARK),
    "an id": envelope(messageId=MARK, bootId=MARK),
    "the time": envelope(sentAt=MARK),
    "a number": envelope(seq=MARK, v=MARK),
    "another member of the envelope": lambda hardware: uplink_message(hardware, "presence", {}, token=MARK),
    "the payload": envelope(payload=MARK),
    "the payload as an array": envelope(payload=[MARK]),
    "the name of a log file": lambda hardware: uplink_message(hardware, "syslog.request", {"date": MARK, "name": MARK, "sizeBytes": 1}),
    "the key of a log file": lambda hardware: uplink_message(hardware, "syslog.done", {"key": f"logs/X/{MARK}"}),
    "the signature": lambda hardware: replace(uplink_message(hardware, "presence", {"connected": True}), signature=MARK),
    "the message of an action": lambda hardware: uplink_message(hardware, "action.result", {"action": "password", "message": MARK}),
    "a model": lambda hardware: uplink_message(hardware, "hello", {"model": MARK, "mac": MARK, "eui": MARK, "firmware": MARK}),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_no_secret_is_in_what_is_put_aside(hardware: Hardware, shape: Callable[[Hardware], UplinkMessage]) -> None:
    assert deliver(handler, shape(hardware)) == []
    (letter,) = dead_letters()
    assert letter.keys() == {"body", "reason"}
    assert not contains_secret(json.dumps(letter).encode())
    assert not contains_secret(letter["body"].encode().decode("unicode_escape").encode())


THINGS: dict[str, Any] = {
    "a member": message("TSPD04UNKNOWN0001", key=MARK),
    "a member within": message("TSPD04UNKNOWN0001", settings=[{"psk": MARK}]),
    "the name of a member": message("TSPD04UNKNOWN0001", **{MARK: 1}),
    "a number": message("TSPD04UNKNOWN0001", pin=int(PIN)),
    "the gateway": message("TSPD04UNKNOWN0001", tsmGw=MARK),
    "the thing": message(MARK),
    "no message": MARK,
}


@pytest.mark.parametrize("entry", THINGS.values(), ids=THINGS)
@pytest.mark.parametrize("alone", [True, False])
def test_nor_in_what_is_put_aside_of_things(thingsee_world: ThingseeWorld, entry: Any, alone: bool) -> None:
    hardware = thingsee_world.hardware[thingsee_world.gateway()]
    assert deliver(handler, things_message(hardware, entry if alone else [entry])) == []
    (letter,) = dead_letters()
    assert not contains_secret(json.dumps(letter).encode())


def test_known_names_and_harmless_values_are_shown(hardware: Hardware) -> None:
    """So that an operator finds what is wrong."""
    wan = {"active": "ETH", "cellular": {"imsi": "2620", "rssi": -71, "priority": 9, "sim_present": "yes", "more": 1}}
    payload = {**STATUS, "gps": {"state": "FIXED", "latitude": 47.5, "longitude": 181}, "lora": None, "pin": 1, "psk": 2}
    sent = uplink_message(hardware, "status", {**payload, "network": {**STATUS["network"], "wan": wan}})
    deliver(handler, sent)
    (letter,) = dead_letters()
    assert json.loads(letter["body"]) == {
        **json.loads(sent.body),
        "payload": {
            "system": {"cpu": 21, "memory": 47},
            "gps": {"state": "FIXED", "latitude": 47.5, "longitude": "(number)"},
            "network": {
                "lan": {"wifi": {"ssid": "(text, 4)", "key": f"(text, {len(MARK)})", "hidden": False}},
                "wan": {
                    "active": "ETH",
                    "cellular": {"imsi": "(text, 4)", "rssi": -71, "priority": "(number)", "sim_present": "(text, 3)", "(others)": 1},
                },
            },
            "lora": None,
            "(others)": 2,
        },
    }


def test_a_long_list_is_cut(hardware: Hardware) -> None:
    deliver(handler, uplink_message(hardware, "perf", {"samples": [{"uplink": 1, "rssiAvg": MARK}] * 1000}))
    (letter,) = dead_letters()
    samples = json.loads(letter["body"])["payload"]["samples"]
    assert samples == [{"uplink": 1, "rssiAvg": "(text, 11)"}] * 150 + ["(850 more)"]


class TestFailed:
    """A message that cannot be processed, as the series table is missing."""

    @pytest.fixture
    def failing(self, hardware: Hardware) -> UplinkMessage:
        clients.dynamodb().delete_table(TableName=clients.setting("SERIES_TABLE"))
        forget()
        return uplink_message(hardware, "status", STATUS)

    def test_it_is_tried_again_for_eight_hours(self, failing: UplinkMessage) -> None:
        assert deliver(handler, replace(failing, tries=TRIES - 1)) == [failing.id]
        assert failed() == dead_letters() == []

    def test_the_worker_then_puts_it_aside_without_its_secrets(
        self, failing: UplinkMessage, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        assert deliver(handler, replace(failing, tries=TRIES)) == []
        (letter,) = failed()
        wifi = {"ssid": "(text, 4)", "key": f"(text, {len(MARK)})", "hidden": False}
        payload = {**STATUS, "network": {"lan": {"wifi": wifi}}}
        assert (letter["reason"], json.loads(letter["body"])) == ("failed", {**json.loads(failing.body), "payload": payload})
        assert dead_letters() == []
        assert "UplinkFailed" in capsys.readouterr().out
        assert json.loads(failing.body)["sn"] in [vars(record).get("sn") for record in caplog.records]

    def test_the_queue_itself_does_so_later_than_the_worker_and_to_the_same_place(self) -> None:
        uplink = resources("queues")["UplinkQueue"]["Properties"]
        assert uplink["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["UplinkFailedDeadLetters", "Arn"]}
        assert uplink["RedrivePolicy"]["maxReceiveCount"] >= TRIES + 10
        assert TRIES * uplink["VisibilityTimeout"] == 8 * 3600


def failed() -> list[dict[str, Any]]:
    """Receive and delete the messages that failed."""
    return take_messages(clients.setting("UPLINK_FAILED_DEAD_LETTERS"))


@pytest.mark.parametrize("section", [*SECTIONS, "server", MARK])
def test_the_text_of_an_error_of_the_configuration_is_not_stored(hardware: Hardware, section: str) -> None:
    error = {"section": section, "message": f"cannot use {MARK}"}
    assert deliver(handler, uplink_message(hardware, "config.reported", {"version": 1, "errors": [error]})) == []
    assert dead_letters() == []
    name = section if section in SECTIONS else "location"
    reported = fetch(EVERYWHERE, Configurations.by_sn(hardware.sn)).section(name).reported
    assert reported is not None
    assert reported.error == "(not stored: a text of 22 characters)"
    assert not contains_secret(str(stream_images()).encode())
