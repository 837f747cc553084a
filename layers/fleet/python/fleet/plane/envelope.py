"""Messages of gateways: the envelope (device-plane.md 2), validated strictly, and why a message is rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from pydantic_core import from_json

from fleet.aws import queues
from fleet.errors import FleetError
from fleet.marks import Mark
from fleet.plane.status import Count, Reported, Utc, Uuid
from fleet.shown import Shown
from fleet.times import unix_ms

LARGEST = 128 * 1024
"""Bytes that a message may have."""
AHEAD = timedelta(minutes=5)
"""How far a device's clock may be ahead; a time beyond is replaced by that of receipt."""
BEHIND = timedelta(days=1)
"""How long a device may hold a message back. An older time says nothing of the order: the device's clock is behind."""

Reason = Literal[
    "too large", "malformed", "another group", "unknown type", "unknown device", "forged", "misaddressed", "unknown thing", "over quota"
]


class Rejected(FleetError):
    """The message is rejected"""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__()


class Unverified(Rejected):
    """The message is rejected, and nothing proves who sent it"""


@dataclass(frozen=True)
class Queued:
    """A message as the uplink queue delivers it: its text, signature and message group, and when the queue received it."""

    body: str
    signature: str
    group: str
    received: datetime


Sn = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{6,32}$", to_upper=True), Shown()]


class _Claim(Reported):
    """Whose message it says it is."""

    sn: Sn


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

    def made(self, received: datetime) -> datetime:
        """When the message was made, as far as the device's clock can be believed: not ahead of its receipt."""
        return self.sent if self.sent <= received + AHEAD else received

    def is_behind(self, received: datetime) -> bool:
        """Whether the device's clock is so far behind that its times say nothing."""
        return received - self.sent > BEHIND

    def mark(self, received: datetime) -> Mark:
        """Where this message stands among the device's others. One from a clock that is wrong counts by its receipt."""
        return Mark(self.boot, self.seq, unix_ms(received if self.is_behind(received) else self.made(received)), unix_ms(received))


def with_payload(body: str, payload: Mapping[str, Any]) -> str:
    """The text of a message with another payload; nothing signs it."""
    return queues.text({**from_json(body), "payload": payload})


def parse(sent: Queued) -> Envelope:
    """The envelope of a message, not verified yet; or Unverified, also when the message is in another's group.

    The group is compared exactly: with other cases of its letters, one device could be in as many groups as it likes.
    """
    if len(sent.body.encode()) > LARGEST:
        raise Unverified("too large")
    try:
        envelope = Envelope.model_validate(from_json(sent.body, allow_inf_nan=False))
    except ValueError:
        raise Unverified("malformed") from None
    if sent.group != envelope.sn:
        raise Unverified("another group")
    return envelope


def claimed_sn(body: str) -> str:
    """The serial number that a message names, whether it is true or not; "" where it names none, or none that is well-formed."""
    try:
        return _Claim.model_validate(from_json(body)).sn
    except ValueError:
        return ""
