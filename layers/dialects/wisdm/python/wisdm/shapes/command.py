"""Asynchronous commands (contract, 6)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from edge.shape import Shape, broken
from fleet.errors import Invalid, NotFound, Unreachable
from fleet.model.command import Command
from fleet.model.gateway import Gateway
from fleet.services import grammar
from wisdm.shapes.fields import WisdmShape

Arguments = Annotated[str, Field(max_length=256)]


class Pipe(Shape):
    """A filter. It has no other members than these."""

    model_config = ConfigDict(extra="forbid")

    command: str
    args: Arguments = ""


class CommandIn(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"command": "ping", "args": "-c 3 gw.example", "pipes": [{"command": "tail", "args": "-n 2"}], "timeout": 20}]
        }
    )

    command: str
    args: Arguments = ""
    pipes: Annotated[list[Pipe], Field(max_length=3)] = []
    timeout: Annotated[int, Field(ge=1, le=300)] = 60

    @model_validator(mode="after")
    def _allowed(self) -> Self:
        try:
            self.stages()
        except Invalid as error:
            raise broken(*((problem.field, problem.message) for problem in error.details)) from None
        return self

    def stages(self) -> grammar.Stages:
        """The command as arrays of arguments, one a stage."""
        return grammar.parse(self.command, self.args, [(pipe.command, pipe.args) for pipe in self.pipes])


class CommandAccepted(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"commandId": 1767609600}]})

    command_id: int


class CommandOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sn": "918100A1B2C3D4E501", "commandId": "1767609600", "status": "SUCCESS", "result": "tcp LISTEN"}]}
    )

    sn: str
    command_id: str
    status: Literal["PENDING", "SUCCESS", "FAILED"]
    result: str

    @classmethod
    def of(cls, gateway: Gateway, command: Command, now: datetime) -> Self:
        """NotFound a day after acceptance; Unreachable while it waits for a gateway that is offline."""
        if command.forgotten(now):
            raise NotFound("Command")
        state, result = command.at(now)
        if state == "PENDING" and gateway.status(now) == "OFFLINE":
            raise Unreachable("The gateway is offline; the command waits for it")
        return cls(sn=gateway.card.sn, command_id=str(command.id), status=state, result=result)
