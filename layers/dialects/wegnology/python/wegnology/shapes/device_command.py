"""Commands that were sent to a device (wegnology.md 8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, RootModel

from edge.sizes import fill
from fleet.commands.device_command import DeviceCommand
from fleet.times import iso_text
from wegnology.shapes.fields import Time, WegnologyQuery, WegnologyShape

MOST = 1000
_EXAMPLE: dict[str, Any] = {"name": "open", "time": "2026-01-05T10:10:00.000Z", "payload": {"valve": 2}}
_INTEGER = re.compile(r"-?[0-9]{1,18}")


def _digits(blank: int) -> BeforeValidator:
    """Decimal digits as an integer; blank counts as this one."""
    return BeforeValidator(
        lambda given: blank if given == "" else int(given) if isinstance(given, str) and _INTEGER.fullmatch(given) else given
    )


class DeviceCommandsQuery(WegnologyQuery):
    """How many commands, and since when (Unix ms). Limits above 1000 count as 1000."""

    limit: Annotated[int, _digits(1), Field(default=1, ge=1)]
    since: Annotated[int, _digits(0), Field(default=0, ge=0)]


class DeviceCommandOut(WegnologyShape):
    name: str
    time: Time
    payload: Any

    @classmethod
    def of(cls, command: DeviceCommand) -> Self:
        return cls(name=command.name, time=iso_text(command.time), payload=command.payload)


class DeviceCommandsOut(RootModel[list[DeviceCommandOut]]):
    """Commands, the newest last: as many of the newest as fit into an answer."""

    model_config = ConfigDict(frozen=True, defer_build=True, json_schema_extra={"examples": [[_EXAMPLE]]})

    @classmethod
    def of(cls, newest_first: Iterable[DeviceCommand]) -> Self:
        return cls(fill(map(DeviceCommandOut.of, newest_first))[0][::-1])
