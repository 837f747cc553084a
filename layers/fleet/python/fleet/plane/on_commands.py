"""Handles the results of commands."""

from __future__ import annotations

from fleet.aws.reads import Read
from fleet.commands import run_shell
from fleet.commands.command import Command
from fleet.commands.commands import Commands
from fleet.grants import uses
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.envelope import Rejected
from fleet.plane.gateway_messages import CommandResult
from fleet.plane.uplink import uplink


@uses(Commands.by_number)
def _command(sn: str, payload: CommandResult) -> Read[Command | None]:
    return Commands.by_number(sn, payload.command).optional()


@uplink("gateway.command.result", CommandResult, reads=_command)
@uses(Commands.finish)
def result(arrival: Arrival, payload: CommandResult, command: Command | None) -> Receipt:
    """Close a command, where it is unfinished and its deadline has not passed."""
    if command is None or command.device != arrival.card.id:
        return Receipt("Ignored", "unknown command")
    if payload.outcome == "EXITED" and len(payload.exit_codes) != len(command.payload["stages"]):
        raise Rejected("malformed")
    if command.at(arrival.now) == "expired":
        return Receipt("Ignored", "too late")
    return TAKEN if Commands.finish(arrival.reach, command, *run_shell.outcome_of(command, payload)) else STALE
