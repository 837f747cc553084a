"""Messages of gateways: the envelope, and for each type its payload (device-plane.md 2 and 3). Both are validated strictly."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import from_json

from fleet.errors import FleetError
from fleet.ids import ANY_UUID
from fleet.marks import Mark
from fleet.plane.config_messages import BatteryReport, ConfigReported
from fleet.plane.radio_messages import ActionResult, Performance
from fleet.plane.status import Count, Level, Reported, Status, Text
from fleet.plane.thing_messages import ThingMessages

LARGEST = 128 * 1024
"""Bytes that a message may have."""
LARGEST_OUTPUT = 64 * 1024
LARGEST_FILE = 50 * 1024 * 1024
AHEAD = timedelta(minutes=5)
"""How far a device's clock may be ahead; a time beyond is replaced by that of receipt."""
_UTC = re.compile(r"(?!0|1[0-8]|19[0-6])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)", re.ASCII)
_PLAIN = re.compile(r"""("(?:key|password|pinCode)"\s*:\s*)"(?!logs/)(?:[^"\\]|\\.)*"?""", re.DOTALL)
"""A secret that a device sent unencrypted, in a text that may be no JSON. The key of a log file is none."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

Reason = Literal["too large", "malformed", "unknown type", "unknown device", "forged", "misaddressed", "unknown thing"]


class Rejected(FleetError):
    """The message is rejected"""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__()


def _utc(text: Any) -> datetime:
    if isinstance(text, str) and _UTC.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    raise ValueError("must be a time in UTC")


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError("must be a date")
    return date.fromisoformat(text).isoformat()


def _short_enough(text: str) -> str:
    if len(text.encode()) > LARGEST_OUTPUT:
        raise ValueError("is too long")
    return text


Utc = Annotated[datetime, BeforeValidator(_utc)]
Uuid = Annotated[str, StringConstraints(pattern=ANY_UUID, to_lower=True)]
Sn = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{6,32}$", to_upper=True)]


class Presence(Reported):
    """The gateway has connected, or disconnects."""

    connected: bool
    reason: Text = ""


class Hello(Reported):
    """A gateway's report on itself after each start."""

    eui: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{16}$", to_lower=True)]
    mac: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")]
    model: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    firmware: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}$")]
    channels: Annotated[int, Field(ge=8, le=16, multiple_of=8)]
    has_modem: bool = Field(alias="hasModem")
    has_battery: bool = Field(alias="hasBattery")
    applied: Count = Field(alias="appliedConfigVersion")


class DyingGasp(Reported):
    """The power is failing."""

    at: Utc
    cause: Text = ""


class CommandResult(Reported):
    """How a command ended. `exit_codes` has one for each stage when it was run to its end."""

    command: Count = Field(alias="commandId")
    outcome: Literal["EXITED", "REFUSED", "TIMED_OUT"]
    exit_codes: list[Level] = Field(default=[], alias="exitCodes", max_length=8)
    output: Annotated[str, AfterValidator(_short_enough)] = ""
    truncated: bool = False
    finished: Utc = Field(alias="finishedAt")


class SyslogRequest(Reported):
    """A gateway wants to store a log file of so many bytes and this SHA-256 (hex)."""

    date: Annotated[str, AfterValidator(_day)]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    size: Annotated[int, Field(alias="sizeBytes", ge=1, le=LARGEST_FILE)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{64}$", to_lower=True)]

    def key(self, sn: str) -> str:
        """Where the file goes."""
        return f"logs/{sn}/{self.date}/{self.name.removesuffix('.gz')}.gz"


class SyslogDone(Reported):
    """A log file is stored. What counts is the notification of the files bucket."""

    key: Annotated[str, StringConstraints(max_length=256)]


PAYLOADS: dict[str, type[Reported]] = {
    "gateway.presence": Presence,
    "gateway.hello": Hello,
    "gateway.status": Status,
    "gateway.battery": BatteryReport,
    "gateway.dyingGasp": DyingGasp,
    "gateway.config.reported": ConfigReported,
    "gateway.command.result": CommandResult,
    "gateway.syslog.request": SyslogRequest,
    "gateway.syslog.done": SyslogDone,
    "thingsee.messages": ThingMessages,
    "gateway.perf": Performance,
    "gateway.action.result": ActionResult,
}


class Envelope(Reported):
    """What every message of a device has."""

    v: Annotated[int, Field(ge=1, le=1)]
    type: Annotated[str, StringConstraints(max_length=64)]
    sn: Sn
    message: Uuid = Field(alias="messageId")
    boot: Uuid = Field(alias="bootId")
    seq: Count
    sent: Utc = Field(alias="sentAt")
    payload: dict[str, Any]

    def mark(self, received: datetime) -> Mark:
        """Where this message stands among the device's others."""
        sent = self.sent if self.sent <= received + AHEAD else received
        return Mark(self.boot, self.seq, _ms(sent), _ms(received))


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def without_secrets(body: str) -> str:
    """A message's text, with secrets replaced that should have been encrypted."""
    return _PLAIN.sub(r'\1"(secret)"', body)


def parse(body: str) -> tuple[Envelope, Reported]:
    """The envelope and the payload of a message's text, neither of them verified yet; or Rejected."""
    if len(body.encode()) > LARGEST:
        raise Rejected("too large")
    try:
        envelope = Envelope.model_validate(from_json(body, allow_inf_nan=False))
        if envelope.type not in PAYLOADS:
            raise Rejected("unknown type")
        return envelope, PAYLOADS[envelope.type].model_validate(envelope.payload)
    except ValueError:
        raise Rejected("malformed") from None
