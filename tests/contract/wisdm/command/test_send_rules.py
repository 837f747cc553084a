"""POST /v4/gateway/{sn}/async-cmd: what it refuses (wisdm.md 6.1 and 6.2). Nothing of this is stored or sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.wisdm.command import send
from tests.contract.wisdm.answers import invalid_fields
from tests.contract.wisdm.stored import unchanged
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.harness.call import Response, call


@pytest.fixture(autouse=True)
def _unchanged(gateways: TenantWithGateways) -> Iterator[None]:
    """A refused command leaves nothing behind."""
    with unchanged():
        yield


def send_command(tenant: TenantWithGateways, body: Any) -> Response:
    """Send a command to a gateway that accepts every valid one."""
    return call(send.handler, {"sn": tenant.online.sn}, key=tenant.key, body=body)


BODIES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["command"]), ({"command": None}, ["command"]), ({"command": 5}, ["command"]), ({"command": ""}, ["command"]),
    ({"command": "reboot"}, ["command"]), ({"command": "UPTIME"}, ["command"]), ({"command": "/bin/ping"}, ["command"]),
    ({"command": "grep"}, ["command"]),
    ({"command": "reboot", "args": "; x"}, ["command", "args"]), ({"command": "sh", "args": "-c reboot"}, ["command"]),
    ({"command": "sh", "args": "a" * 65}, ["command", "args"]), ({"command": "sh", "args": "a " * 17}, ["command", "args"]),
    ({"command": "uptime", "args": 5}, ["args"]), ({"command": "uptime", "args": ["-a"]}, ["args"]),
    ({"command": "uptime", "args": "-a"}, ["args"]),
    ({"command": "ip"}, ["args"]), ({"command": "logread"}, ["args"]), ({"command": "nslookup", "args": "a" * 257}, ["args"]),
    ({"command": "uptime", "args": " " * 257}, ["args"]),
    ({"command": "uptime", "timeout": 0}, ["timeout"]), ({"command": "uptime", "timeout": 301}, ["timeout"]),
    ({"command": "uptime", "timeout": "60"}, ["timeout"]), ({"command": "uptime", "timeout": 60.0}, ["timeout"]),
    ({"command": "uptime", "timeout": True}, ["timeout"]), ({"command": "uptime", "timeout": -1}, ["timeout"]),
    ({"command": "uptime", "pipes": {}}, ["pipes"]), ({"command": "uptime", "pipes": "grep"}, ["pipes"]),
    ({"command": "uptime", "pipes": [{"command": "wc"}] * 4}, ["pipes"]), ({"command": "uptime", "pipes": [None]}, ["pipes.0"]),
    ({"command": "uptime", "pipes": ["wc"]}, ["pipes.0"]), ({"command": "uptime", "pipes": [{}]}, ["pipes.0.command"]),
    ({"command": "uptime", "pipes": [{"command": "uptime"}]}, ["pipes.0.command"]),
    ({"command": "uptime", "pipes": [{"command": "wc"}, {"command": "sh"}]}, ["pipes.1.command"]),
    ({"command": "uptime", "pipes": [{"command": "sh", "args": "`x`"}]}, ["pipes.0.command", "pipes.0.args"]),
    ({"command": "uptime", "pipes": [{"command": "grep"}]}, ["pipes.0.args"]),
    ({"command": "uptime", "pipes": [{"command": "head", "args": "/etc/passwd"}]}, ["pipes.0.args"]),
    ({"command": "uptime", "pipes": [{"command": "wc", "file": "x"}]}, ["pipes.0.file"]),
]  # fmt: skip


def test_bodies(gateways: TenantWithGateways) -> None:
    for body, fields in BODIES:
        assert invalid_fields(send_command(gateways, body)) == fields, body


def test_characters_outside_the_list(gateways: TenantWithGateways) -> None:
    for character in "\"';&|<>$(){}[]\\~#!?*^`\t\n\r\x00\x7fé∕\u2028":
        assert invalid_fields(send_command(gateways, {"command": "nslookup", "args": f"a{character}b"})) == ["args"], ascii(character)


def test_characters_outside_the_list_in_a_filter(gateways: TenantWithGateways) -> None:
    for character in "\"';&|<>$()`\n\x00é":
        body = {"command": "uptime", "pipes": [{"command": "grep", "args": f"a{character}b"}]}
        assert invalid_fields(send_command(gateways, body)) == ["pipes.0.args"], ascii(character)


OPTIONS = [
    ("ping", "-c3 a.example"), ("ping", "-f a.example"), ("ping", "--count 3 a.example"), ("ping", "-c -c a.example"),
    ("ping", "-- a.example"),
    ("ping", "-4c 3 a.example"), ("netstat", "-c"), ("netstat", "-apn -T/etc"), ("traceroute", "-i eth0 a.example"),
    ("date", "-f /etc/shadow"),
    ("nslookup", "-type=any a.example"), ("top", "-bn 1"), ("logread", "-l 5 -F /tmp/x"), ("df", "/proc/1/root"),
    ("ip", "-b /etc/shadow"),
]  # fmt: skip


def test_other_options_and_operands(gateways: TenantWithGateways) -> None:
    for command, args in OPTIONS:
        assert invalid_fields(send_command(gateways, {"command": command, "args": args})) == ["args"], (command, args)


FILTERS = [
    ("grep", "-f/etc/shadow"), ("grep", "-r root"), ("grep", "root /etc/shadow"), ("grep", "-if a"), ("grep", "-e -i"),
    ("sort", "-o/etc/x"),
    ("sort", "-no x"), ("sort", "--files0-from=x"), ("sort", "-T/tmp"), ("head", "-n5"), ("tail", "-F /etc/x"), ("uniq", "-c /etc/x"),
    ("wc", "--files0-from=x"),
]  # fmt: skip


def test_other_options_and_files_of_a_filter(gateways: TenantWithGateways) -> None:
    for command, args in FILTERS:
        body = {"command": "uptime", "pipes": [{"command": command, "args": args}]}
        assert invalid_fields(send_command(gateways, body)) == ["pipes.0.args"], (command, args)


def test_every_failing_field_is_told_in_the_order_of_the_document(gateways: TenantWithGateways) -> None:
    body = {"timeout": 0, "pipes": [{"args": "a b", "command": "grep"}, {"command": "x"}], "args": "$(x)", "command": "ping"}
    assert invalid_fields(send_command(gateways, body)) == ["timeout", "pipes.0.args", "pipes.1.command", "args"]


def test_no_message_holds_what_was_sent(gateways: TenantWithGateways) -> None:
    body = {"command": "traceroute", "args": "hidden-value.example;", "pipes": [{"command": "concealed"}], "timeout": 98765}
    text = send_command(gateways, body).content.decode()
    assert not [value for value in ("traceroute", "hidden-value", "concealed", "98765") if value in text]


def test_a_command_that_could_be_two_is_refused(gateways: TenantWithGateways) -> None:
    assert invalid_fields(send_command(gateways, {"command": "uptime", "args": "; reboot"})) == ["args"]
