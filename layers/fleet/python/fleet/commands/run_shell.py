"""Has gateways run diagnostic commands, and interprets what they report (wisdm.md 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from fleet.access import Reach
from fleet.aws.reads import Read, both
from fleet.commands.accept import Decision, accept, check_configured
from fleet.commands.command import Command, Outcome
from fleet.commands.commands import Commands, Earlier
from fleet.commands.kinds import message
from fleet.grants import uses
from fleet.outbox.message import next_number
from fleet.registry.gateway import Gateway
from fleet.registry.gateways import Gateways

LONGEST = 300
"""The most seconds that a command may take (wisdm.md 6.1)."""
GRACE = 60
"""Seconds beyond its time-out after which a command without a report has failed (wisdm.md 6.3)."""


class Report(Protocol):
    """How the stages of a command ended on the gateway."""

    @property
    def outcome(self) -> str: ...
    @property
    def exit_codes(self) -> Sequence[int]: ...
    @property
    def output(self) -> str: ...


@uses(Gateways.by_sn, Commands.earlier)
def addressed(sn: str) -> Read[tuple[Gateway, Earlier]]:
    """The gateway that a command is for, and its earlier ones."""
    return both(Gateways.by_sn(sn), Commands.earlier("shell", sn))


@uses(accept)
def run(reach: Reach, gateway: Gateway, earlier: Earlier, stages: Sequence[Sequence[str]], timeout: int, by: str, now: datetime) -> Command:
    """Have a gateway run the stages of a pipeline. Unreachable while the gateway is PROVISIONING, TooMany with ten unfinished.

    The command's id is the Unix second, raised until no earlier command of the gateway has it.
    """
    check_configured(gateway, now)
    card = gateway.card

    def decide(earlier: Earlier) -> Decision:
        command = Command(
            id=str(max(int(now.timestamp()), earlier.number + 1)),
            device=card.id,
            address=card.sn,
            organization=card.organization,
            kind="shell",
            payload={"stages": [list(stage) for stage in stages], "timeout": timeout},
            by=by,
            accepted=now,
            expires=now + timedelta(seconds=timeout + GRACE),
            number=next_number(),
        )
        return Decision(command, earlier, message(command))

    busy = "The gateway is being sent too many commands at once"
    return accept(reach, Commands.earlier("shell", card.sn), decide, first=earlier, busy=busy).command


def outcome_of(command: Command, report: Report) -> tuple[Outcome, str]:
    """State and result of a command: its output; of a failure without any, why it failed (wisdm.md 6.3)."""
    output = report.output.replace("\0", "")
    last = command.payload["stages"][-1]
    if report.outcome == "EXITED":
        if not any(report.exit_codes):
            return "done", output
        if last[0] == "grep" and report.exit_codes[-1] == 1 and not any(report.exit_codes[:-1]):
            counts = any(word.startswith("-") and "c" in word for word in last[1:])
            return "done", output if counts else ""
    return "failed", output or _complaint(report)


def _complaint(report: Report) -> str:
    if report.outcome == "REFUSED":
        return "The gateway refused the command"
    if report.outcome == "TIMED_OUT":
        return "The command did not end in time"
    stage, code = next((stage, code) for stage, code in enumerate(report.exit_codes, 1) if code)
    return f"The command ended with exit code {code}" + (f" in stage {stage}" if len(report.exit_codes) > 1 else "")
