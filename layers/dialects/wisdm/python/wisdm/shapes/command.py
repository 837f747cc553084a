"""Asynchronous commands (wisdm.md 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from edge.shape import Strict
from fleet.commands import allow_list
from fleet.commands.command import Command, CommandState
from fleet.commands.kinds import is_forgotten
from fleet.errors import NotFound, Unreachable
from fleet.registry.gateway import Gateway
from wisdm.shapes.fields import WisdmShape

Arguments = Annotated[str, Field(max_length=256)]
Status = Literal["PENDING", "SUCCESS", "FAILED"]
_STATUS: Mapping[CommandState, Status] = {
    "queued": "PENDING",
    "sent": "PENDING",
    "done": "SUCCESS",
    "failed": "FAILED",
    "expired": "FAILED",
}
_WAITS = "Waiting for the gateway's result"
_RESULT: Mapping[CommandState, str] = {"queued": _WAITS, "sent": _WAITS, "expired": "The gateway sent no result in time"}


def _check_command(rules: Mapping[str, allow_list.Rule]) -> AfterValidator:
    def check(command: str) -> str:
        if command not in rules:
            raise ValueError("is not a command that is allowed here")
        return command

    return AfterValidator(check)


def _check_arguments(rules: Mapping[str, allow_list.Rule]) -> AfterValidator:
    """Checks arguments by the rule of the command beside them, or, if that is not allowed itself, by what every command may have."""

    def check(args: str, of: ValidationInfo) -> str:
        tokens = allow_list.arguments(rules[of.data["command"]], args) if "command" in of.data else allow_list.tokens(args)
        if tokens is None:
            raise ValueError("has something that this command is not allowed")
        return args

    return AfterValidator(check)


class Pipe(Strict):
    """A filter. It has no other members than these."""

    model_config = ConfigDict(extra="forbid", validate_default=True)

    command: Annotated[str, _check_command(allow_list.FILTERS)]
    args: Annotated[Arguments, _check_arguments(allow_list.FILTERS)] = ""


class CommandIn(WisdmShape):
    model_config = ConfigDict(
        validate_default=True,
        json_schema_extra={
            "examples": [{"command": "ping", "args": "-c 3 gw.example", "pipes": [{"command": "tail", "args": "-n 2"}], "timeout": 20}]
        },
    )

    command: Annotated[str, _check_command(allow_list.FIRST)]
    args: Annotated[Arguments, _check_arguments(allow_list.FIRST)] = ""
    pipes: list[Pipe] = Field(default=[], max_length=3)
    timeout: Annotated[int, Field(ge=1, le=300)] = 60

    def stages(self) -> allow_list.Stages:
        """The command and its pipes as arrays of arguments, one a stage."""
        return allow_list.parse(self.command, self.args, [(pipe.command, pipe.args) for pipe in self.pipes])


class CommandAccepted(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"commandId": 1767609600}]})

    command_id: int


class CommandOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"sn": "918100A1B2C3D4E501", "commandId": "1767609600", "status": "SUCCESS", "result": "tcp LISTEN"}]
        }
    )

    sn: str
    command_id: str
    status: Status
    result: str

    @classmethod
    def of(cls, gateway: Gateway, command: Command, now: datetime) -> Self:
        """NotFound a day after acceptance, and for another device's; Unreachable while it waits for a gateway that is offline."""
        if is_forgotten(command, now) or command.device != gateway.card.id:
            raise NotFound("Command")
        state = command.at(now)
        status = _STATUS[state]
        if status == "PENDING" and gateway.status(now) == "OFFLINE":
            raise Unreachable("The gateway is offline; the command waits for it")
        return cls(sn=gateway.card.sn, command_id=command.id, status=status, result=_RESULT.get(state, command.result))
