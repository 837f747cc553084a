"""Reports of gateways on themselves, on commands and log files, and states of devices (device-plane.md 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from fleet.ids import ANY_HEX_ID
from fleet.plane.status import Count, Firmware, Level, Note, Reported, Utc
from fleet.shown import Shown
from fleet.telemetry.report_state import MOST_REPORTS

_LARGEST_OUTPUT = 64 * 1024
_LARGEST_FILE = 50 * 1024 * 1024
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError("must be a date")
    return date.fromisoformat(text).isoformat()


def _cut(output: str) -> str:
    return output.encode()[:_LARGEST_OUTPUT].decode(errors="ignore")


class Presence(Reported):
    """The gateway has connected, or disconnects."""

    connected: bool
    reason: Note = ""


class Hello(Reported):
    """A gateway's report on itself after each start."""

    eui: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{16}$", to_lower=True), Shown()]
    mac: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"), Shown()]
    model: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    firmware: Firmware
    channels: Annotated[int, Field(ge=8, le=16, multiple_of=8)]
    has_modem: bool = Field(alias="hasModem")
    has_battery: bool = Field(alias="hasBattery")
    applied: Count = Field(alias="appliedConfigVersion")


class DyingGasp(Reported):
    """The power is failing."""

    at: Utc
    cause: Note = ""


class CommandResult(Reported):
    """How a command ended. `exit_codes` has one for each stage when it was run to its end; `output` is cut at 64 KiB of UTF-8, between two
    characters.
    """

    command: Count = Field(alias="commandId")
    outcome: Literal["EXITED", "REFUSED", "TIMED_OUT"]
    exit_codes: list[Level] = Field(default=[], alias="exitCodes", max_length=8)
    output: Annotated[str, AfterValidator(_cut)] = ""
    truncated: bool = False
    finished: Utc = Field(alias="finishedAt")


class SyslogRequest(Reported):
    """A gateway wants to store a log file of so many bytes and this SHA-256 (hex)."""

    date: Annotated[str, AfterValidator(_day)]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    size: Annotated[int, Field(alias="sizeBytes", ge=1, le=_LARGEST_FILE)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{64}$", to_lower=True)]

    def key(self, sn: str) -> str:
        """Where the file goes."""
        return f"logs/{sn}/{self.date}/{self.name.removesuffix('.gz')}.gz"


class SyslogDone(Reported):
    """A log file is stored. What counts is the notification of the files bucket."""

    key: Annotated[str, StringConstraints(max_length=256)]


class ReportedState(Reported):
    """Values of a device's attributes at one time; without an id of the gateway itself, without a time of the message's."""

    device: Annotated[str, StringConstraints(pattern=ANY_HEX_ID, to_lower=True), Shown()] | None = Field(default=None, alias="deviceId")
    time: Utc | None = None
    data: Mapping[str, str | int | float | bool]


class ReportedStates(Reported):
    """The states in a message, as they came: each is judged by itself."""

    states: Annotated[list[Annotated[Any, Shown(ReportedState)]], Field(max_length=MOST_REPORTS)]
