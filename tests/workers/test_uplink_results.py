"""Results of commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands import run_shell
from fleet.commands.command import Command
from fleet.commands.commands import Commands
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NOW, dead_letters, deliver, uplink_message
from tests.workers.prepared import prepared_gateway

NETSTAT_GREP = [["netstat", "-tln"], ["grep", "-F", "22"]]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """An online gateway."""
    return prepared_gateway(commandable_gateway)


def commandable_gateway(fleet: Fleet) -> Hardware:
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.online(fleet.gateway(organization, fleet.location(organization), hardware))
    return hardware


def send_command(hardware: Hardware, stages: list[list[str]] = NETSTAT_GREP, timeout: int = 60) -> int:
    """Send a command; returns its id."""
    gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(hardware.sn))
    return int(run_shell.run(EVERYWHERE, gateway, earlier, stages, timeout, "tests", NOW).id)


def command_of(hardware: Hardware, id: int) -> Command:
    return fetch(EVERYWHERE, Commands.by_number(hardware.sn, id))


def command_result(id: int, codes: list[int], output: str = "", outcome: str = "EXITED", **fields: Any) -> dict[str, Any]:
    return {
        "commandId": id,
        "outcome": outcome,
        "exitCodes": codes,
        "output": output,
        "truncated": False,
        "finishedAt": "2026-01-05T10:10:09Z",
    } | fields


def outcome_of(hardware: Hardware, stages: list[list[str]], payload: dict[str, Any]) -> tuple[str, str]:
    """Send a command and deliver this result; returns the command's state and result."""
    id = send_command(hardware, stages)
    assert deliver(handler, uplink_message(hardware, "command.result", payload | {"commandId": id})) == []
    command = command_of(hardware, id)
    return command.state, command.result


def test_a_command_that_exits_with_0_succeeds(hardware: Hardware) -> None:
    assert outcome_of(hardware, NETSTAT_GREP, command_result(0, [0, 0], "tcp 0.0.0.0:22\n")) == ("done", "tcp 0.0.0.0:22\n")
    assert fetch(EVERYWHERE, Commands.earlier("shell", hardware.sn)).open == {}


def test_grep_that_finds_nothing_succeeds(hardware: Hardware) -> None:
    assert outcome_of(hardware, NETSTAT_GREP, command_result(0, [0, 1])) == ("done", "")
    assert outcome_of(hardware, NETSTAT_GREP, command_result(0, [0, 1], "a warning")) == ("done", "")
    assert outcome_of(hardware, [["netstat"], ["grep", "-ic", "x"]], command_result(0, [0, 1], "0\n")) == ("done", "0\n")


def test_any_other_code_fails(hardware: Hardware) -> None:
    assert outcome_of(hardware, NETSTAT_GREP, command_result(0, [1, 1], "so far\n")) == ("failed", "so far\n")
    assert outcome_of(hardware, NETSTAT_GREP, command_result(0, [0, 2])) == ("failed", "The command ended with exit code 2 in stage 2")
    assert outcome_of(hardware, [["grep", "x"], ["wc"]], command_result(0, [1, 0])) == (
        "failed",
        "The command ended with exit code 1 in stage 1",
    )
    assert outcome_of(hardware, [["ping", "h"]], command_result(0, [1], "lost")) == ("failed", "lost")
    assert outcome_of(hardware, [["ping", "h"]], command_result(0, [1], "\0")) == ("failed", "The command ended with exit code 1")


def test_refusals_and_time_outs_fail(hardware: Hardware) -> None:
    assert outcome_of(hardware, [["uptime"]], command_result(0, [], outcome="REFUSED")) == ("failed", "The gateway refused the command")
    assert outcome_of(hardware, [["top"]], command_result(0, [], "", "TIMED_OUT")) == ("failed", "The command did not end in time")
    assert outcome_of(hardware, [["top"]], command_result(0, [], "so far", "TIMED_OUT")) == ("failed", "so far")


def test_output_is_as_reported_without_nul(hardware: Hardware) -> None:
    assert outcome_of(hardware, [["ps"]], command_result(0, [0], "a\x00b\x1b[1mç\r\n")) == ("done", "ab\x1b[1mç\r\n")


def test_nothing_is_added_to_an_output_that_the_gateway_cut(hardware: Hardware) -> None:
    assert outcome_of(hardware, [["ps"]], command_result(0, [0], "a", truncated=True)) == ("done", "a")
    assert outcome_of(hardware, [["ps"]], command_result(0, [1], "a", truncated=True)) == ("failed", "a")


@pytest.mark.parametrize(
    ("output", "result"),
    [
        ("x" * 65536, "x" * 65536),
        ("x" * 65537, "x" * 65536),
        ("ä" * 32769, "ä" * 32768),
        ("x" + "ä" * 32768, "x" + "ä" * 32767),
        ("x" * 65533 + "\U0001f600", "x" * 65533),
        ("x" * 130_000, "x" * 65536),
    ],
    ids=[
        "fits",
        "one byte more",
        "two bytes more",
        "inside a character",
        "inside a character of four bytes",
        "as long as a message can be",
    ],
)
def test_output_is_cut_at_64_kib_between_two_characters(hardware: Hardware, output: str, result: str) -> None:
    assert outcome_of(hardware, [["ps"]], command_result(0, [0], output)) == ("done", result)
    assert dead_letters() == []


def test_a_code_for_each_stage(hardware: Hardware) -> None:
    assert outcome_of(hardware, NETSTAT_GREP, command_result(0, [0])) == ("queued", "")
    assert [message["reason"] for message in dead_letters()] == ["malformed"]


def test_the_first_outcome_stays(hardware: Hardware) -> None:
    id = send_command(hardware)
    first = uplink_message(hardware, "command.result", command_result(id, [0, 0], "first"))
    deliver(handler, first, first, uplink_message(hardware, "command.result", command_result(id, [0, 1]), seq=2))
    deliver(handler, uplink_message(hardware, "command.result", command_result(id, [], outcome="REFUSED"), seq=3))
    assert (command_of(hardware, id).state, command_of(hardware, id).result) == ("done", "first")


def test_a_late_report_changes_nothing(hardware: Hardware) -> None:
    id = send_command(hardware, timeout=20)
    with time_machine.travel(NOW + timedelta(seconds=81), tick=False):
        assert deliver(handler, uplink_message(hardware, "command.result", command_result(id, [0, 0], "late"))) == []
    assert command_of(hardware, id).state == "queued"
    assert command_of(hardware, id).at(NOW + timedelta(seconds=81)) == "expired"
    with time_machine.travel(NOW + timedelta(seconds=80), tick=False):
        deliver(handler, uplink_message(hardware, "command.result", command_result(id, [0, 0], "in time")))
    assert command_of(hardware, id).result == "in time"


def test_what_was_read_as_failed_stays_failed(hardware: Hardware) -> None:
    """A report that reached the queue in time but is processed after the deadline is too late."""
    id = send_command(hardware, timeout=20)
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        deliver(
            handler, uplink_message(hardware, "command.result", command_result(id, [0, 0], "late"), received=NOW + timedelta(seconds=30))
        )
    assert command_of(hardware, id).state == "queued"


def test_an_unknown_command_changes_nothing(hardware: Hardware) -> None:
    assert deliver(handler, uplink_message(hardware, "command.result", command_result(12345, [0]))) == []
    assert dead_letters() == []


def test_a_gateway_answers_its_own_commands_only(fleet: Fleet, hardware: Hardware) -> None:
    other = commandable_gateway(fleet)
    id = send_command(hardware)
    deliver(handler, uplink_message(other, "command.result", command_result(id, [0, 0], "mine")))
    assert command_of(hardware, id).state == "queued"


def test_a_command_of_an_earlier_owner_is_not_answered(fleet: Fleet, hardware: Hardware) -> None:
    id = send_command(hardware)
    fleet.change(hardware.sn, organization=fleet.organization().id, location=None)
    deliver(handler, uplink_message(hardware, "command.result", command_result(id, [0, 0], "secret")))
    assert command_of(hardware, id).state == "queued"
