"""Messages to a thing (thingsee.md 4)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from edge.shape import Strict
from edge.sizes import fill
from fleet.access import Reach
from fleet.aws.reads import Read, both, of_reach
from fleet.commands.command import Command
from fleet.commands.send_messages import MESSAGES, Addressed, addressed
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from thingsee.shapes.paths import ThingPath
from thingsee.shapes.query import Filter, Integer, cap
from thingsee.shapes.times import UnixTime

LARGEST = 8 * 1024
"""Bytes of a message as JSON."""
_EXAMPLE: dict[str, Any] = {
    "tsmId": 1500,
    "tsmEv": 30,
    "tsmTs": 1767609600,
    "tsmDstTuid": "TSPD04A1B2C3D4E05",
    "transactionId": 42,
    "measurementInterval": 300,
    "reportInterval": 3600,
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_MOST_ATTRIBUTES = 50


def _check_id(id: int) -> int:
    if id not in MESSAGES:
        raise ValueError(f"must be one of {', '.join(map(str, sorted(MESSAGES)))}")
    return id


def _refuse(_: Any) -> Any:
    raise ValueError("must be left out")


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(map(_is_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or math.isfinite(value)


LeftOut = Annotated[None, BeforeValidator(_refuse)]


class CommandIn(Strict):
    """One message. Attributes that are not named here go to the thing as they are."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[int, AfterValidator(_check_id)] = Field(alias="tsmId")
    event: Annotated[int, Field(ge=0, le=999)] = Field(alias="tsmEv")
    destination: str | None = Field(None, alias="tsmDstTuid")
    time: Any = Field(None, alias="tsmTs", exclude=True)
    tuid: LeftOut = Field(None, alias="tsmTuid")
    gateway: LeftOut = Field(None, alias="tsmGw")
    transaction: Annotated[int, Field(ge=0, le=2147483647)] | None = Field(None, alias="transactionId")

    @model_validator(mode="after")
    def _check_message(self) -> Self:
        others = self.model_extra or {}
        if len(others) > _MOST_ATTRIBUTES:
            raise ValueError(f"must have at most {_MOST_ATTRIBUTES} other attributes")
        if not all(map(_NAME.fullmatch, others)):
            raise ValueError("has an attribute whose name is not of the right form")
        if not _is_finite(others):
            raise ValueError("has a number that is too large")
        if len(json.dumps(self.message, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST:
            raise ValueError(f"must have at most {LARGEST} bytes")
        return self

    @property
    def message(self) -> dict[str, Any]:
        """The message as it is sent to the thing, without the members that the server adds."""
        header = {"tsmId": self.id, "tsmEv": self.event, "transactionId": self.transaction}
        return {name: value for name, value in header.items() if value is not None} | (self.model_extra or {})


class CommandsIn(RootModel[Annotated[list[CommandIn], Field(min_length=1, max_length=20)]]):
    """The messages of one request, in their order."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        defer_build=True,
        json_schema_extra={
            "examples": [[{"tsmId": 1500, "tsmEv": 30, "transactionId": 42, "measurementInterval": 300, "reportInterval": 3600}]]
        },
    )

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [each.message for each in self.root]


class CommandsQuery(Filter):
    """A `limit` of 0 counts as absent: then all are shown."""

    limit: Annotated[Integer, Field(ge=0)] | None = None

    @property
    def most(self) -> int | None:
        """The most entries of the answer; None for any number."""
        return cap(self.limit) if self.limit else None


class Accepted(Strict):
    responsible: str
    commands: list[dict[str, Any]]


class AcceptedOut(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": {"responsible": "field-app-7", "commands": [_EXAMPLE]}}]})

    data: Accepted

    @classmethod
    def of(cls, command: Command) -> Self:
        return cls(data=Accepted(responsible=command.by, commands=command.payload["messages"]))


class CommandShown(Strict):
    tuid: str
    timestamp: UnixTime
    responsible: str
    command: dict[str, Any]

    @classmethod
    def of(cls, command: Command, message: dict[str, Any]) -> Self:
        return cls(tuid=command.address, timestamp=int(command.id) // 1000, responsible=command.by, command=message)


class CommandsOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"data": [{"tuid": "TSPD04A1B2C3D4E05", "timestamp": 1767609600, "responsible": "field-app-7", "command": _EXAMPLE}]}
            ]
        }
    )

    data: list[CommandShown]

    @classmethod
    def of(cls, newest: Iterable[tuple[Command, dict[str, Any]]], most: int | None) -> Self:
        """The newest messages that fit into one answer, at most so many, oldest first."""
        return cls(data=fill((CommandShown.of(*each) for each in newest), most)[0][::-1])


@uses(addressed)
def thing_and_relay(path: ThingPath, body: CommandsIn) -> Read[Addressed]:
    """The thing of the path, and the gateway that relays to it. Messages to another thing are Invalid, whether or not this one exists."""

    def check(reach: Reach) -> None:
        wrong = [number for number, each in enumerate(body.root) if each.destination not in (None, path.tuid)]
        if wrong:
            raise Invalid(*(Problem((number, "tsmDstTuid"), "must be the TUID of the path") for number in wrong))

    return both(of_reach(check), addressed(path.tuid)).map(lambda parts: parts[1])
