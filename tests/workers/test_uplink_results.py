"""How a command's outcome comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.commands import accept
from fleet.commands.command import Command
from fleet.commands.commands import Commands
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NOW, dead_letters, deliver, uplink_message
from tests.workers.prepared import standing

NETSTAT_GREP = [["netstat", "-tln"], ["grep", "-F", "22"]]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway that takes commands."""
    return standing(taking)


def taking(fleet: Fleet) -> Hardware:
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.online(fleet.gateway(organization, fleet.location(organization), hardware))
    return hardware


def sent(hardware: Hardware, stages: list[list[str]] = NETSTAT_GREP, timeout: int = 60) -> int:
    """Send a command; its id."""
    gateway, head = fetch(EVERYWHERE, accept.addressed(hardware.sn))
    return accept.accept(EVERYWHERE, gateway, head, stages, timeout, NOW).id


def stored(hardware: Hardware, id: int) -> Command:
    return fetch(EVERYWHERE, Commands.by_id(hardware.sn, id))


def result(id: int, codes: list[int], output: str = "", outcome: str = "EXITED", **fields: Any) -> dict[str, Any]:
    return {
        "commandId": id,
        "outcome": outcome,
        "exitCodes": codes,
        "output": output,
        "truncated": False,
        "finishedAt": "2026-01-05T10:10:09Z",
    } | fields


def ended(hardware: Hardware, stages: list[list[str]], told: dict[str, Any]) -> tuple[str, str]:
    """Send a command and have it answered so; its state and result."""
    id = sent(hardware, stages)
    assert deliver(handler, uplink_message(hardware, "command.result", told | {"commandId": id})) == []
    command = stored(hardware, id)
    return command.state, command.result


def test_a_command_that_exits_with_0_succeeds(hardware: Hardware) -> None:
    assert ended(hardware, NETSTAT_GREP, result(0, [0, 0], "tcp 0.0.0.0:22\n")) == ("SUCCESS", "tcp 0.0.0.0:22\n")
    assert fetch(EVERYWHERE, Commands.head(hardware.sn)).open == {}


def test_grep_that_finds_nothing_succeeds(hardware: Hardware) -> None:
    assert ended(hardware, NETSTAT_GREP, result(0, [0, 1])) == ("SUCCESS", "")
    assert ended(hardware, NETSTAT_GREP, result(0, [0, 1], "a warning")) == ("SUCCESS", "")
    assert ended(hardware, [["netstat"], ["grep", "-ic", "x"]], result(0, [0, 1], "0\n")) == ("SUCCESS", "0\n")


def test_any_other_code_fails(hardware: Hardware) -> None:
    assert ended(hardware, NETSTAT_GREP, result(0, [1, 1], "so far\n")) == (
        "FAILED",
        "The command ended with exit code 1 in stage 1\nso far\n",
    )
    assert ended(hardware, NETSTAT_GREP, result(0, [0, 2])) == ("FAILED", "The command ended with exit code 2 in stage 2")
    assert ended(hardware, [["grep", "x"], ["wc"]], result(0, [1, 0])) == ("FAILED", "The command ended with exit code 1 in stage 1")
    assert ended(hardware, [["ping", "h"]], result(0, [1], "lost")) == ("FAILED", "The command ended with exit code 1\nlost")


def test_refusals_and_time_outs_fail(hardware: Hardware) -> None:
    assert ended(hardware, [["uptime"]], result(0, [], outcome="REFUSED")) == ("FAILED", "The gateway refused the command")
    assert ended(hardware, [["top"]], result(0, [], "so far", "TIMED_OUT")) == ("FAILED", "The command did not end in time\nso far")


def test_output_is_as_reported_without_nul(hardware: Hardware) -> None:
    assert ended(hardware, [["ps"]], result(0, [0], "a\x00b\x1b[1mç\r\n")) == ("SUCCESS", "ab\x1b[1mç\r\n")


def test_a_cut_is_noted(hardware: Hardware) -> None:
    assert ended(hardware, [["ps"]], result(0, [0], "a", truncated=True)) == ("SUCCESS", "a\n(the output was cut off here)")


def test_output_has_at_most_64_kib(hardware: Hardware) -> None:
    assert ended(hardware, [["ps"]], result(0, [0], "x" * 65536)) == ("SUCCESS", "x" * 65536)
    assert ended(hardware, [["ps"]], result(0, [0], "ä" * 32769)) == ("PENDING", "")
    assert [message["reason"] for message in dead_letters()] == ["malformed"]


def test_a_code_for_each_stage(hardware: Hardware) -> None:
    assert ended(hardware, NETSTAT_GREP, result(0, [0])) == ("PENDING", "")
    assert [message["reason"] for message in dead_letters()] == ["malformed"]


def test_the_first_outcome_stays(hardware: Hardware) -> None:
    id = sent(hardware)
    first = uplink_message(hardware, "command.result", result(id, [0, 0], "first"))
    deliver(handler, first, first, uplink_message(hardware, "command.result", result(id, [0, 1]), seq=2))
    deliver(handler, uplink_message(hardware, "command.result", result(id, [], outcome="REFUSED"), seq=3))
    assert (stored(hardware, id).state, stored(hardware, id).result) == ("SUCCESS", "first")


def test_a_late_report_changes_nothing(hardware: Hardware) -> None:
    id = sent(hardware, timeout=20)
    with time_machine.travel(NOW + timedelta(seconds=81), tick=False):
        assert deliver(handler, uplink_message(hardware, "command.result", result(id, [0, 0], "late"))) == []
    assert stored(hardware, id).state == "PENDING"
    assert stored(hardware, id).at(NOW + timedelta(seconds=81))[0] == "FAILED"
    with time_machine.travel(NOW + timedelta(seconds=80), tick=False):
        deliver(handler, uplink_message(hardware, "command.result", result(id, [0, 0], "in time")))
    assert stored(hardware, id).result == "in time"


def test_what_was_read_as_failed_stays_failed(hardware: Hardware) -> None:
    """A report that the queue took in time, but that is looked at after the deadline, comes too late."""
    id = sent(hardware, timeout=20)
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        deliver(handler, uplink_message(hardware, "command.result", result(id, [0, 0], "late"), received=NOW + timedelta(seconds=30)))
    assert stored(hardware, id).state == "PENDING"


def test_an_unknown_command_changes_nothing(hardware: Hardware) -> None:
    assert deliver(handler, uplink_message(hardware, "command.result", result(12345, [0]))) == []
    assert dead_letters() == []


def test_a_gateway_answers_its_own_commands_only(fleet: Fleet, hardware: Hardware) -> None:
    other = taking(fleet)
    id = sent(hardware)
    deliver(handler, uplink_message(other, "command.result", result(id, [0, 0], "mine")))
    assert stored(hardware, id).state == "PENDING"


def test_a_command_of_an_earlier_owner_is_not_answered(fleet: Fleet, hardware: Hardware) -> None:
    id = sent(hardware)
    gateway = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn))
    transact(Gateways.placing(EVERYWHERE, gateway, gateway.card.changed(organization=fleet.organization().id, version=2)))
    deliver(handler, uplink_message(hardware, "command.result", result(id, [0, 0], "secret")))
    assert stored(hardware, id).state == "PENDING"
