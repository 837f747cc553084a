"""Messages of things, as their gateways bring them (device-plane.md 3): a header, and whatever their profile has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from fleet.plane.envelope import AHEAD, BEHIND, Envelope, Reason
from fleet.plane.status import Reported, Text
from fleet.shown import Shown
from fleet.telemetry.message import Message
from fleet.telemetry.messages import LARGEST

TIMELESS = 18
"""The event whose message may come without a time: the network reports a lost connection."""

Tuid = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{6,32}$"), Shown()]


class Header(Reported):
    """What every message of a thing has."""

    id: Annotated[int, Field(alias="tsmId", ge=0, le=99999)]
    event: Annotated[int, Field(alias="tsmEv", ge=0, le=999)]
    ts: Annotated[float, Field(ge=0)] | None = Field(default=None, alias="tsmTs")
    tuid: Tuid = Field(alias="tsmTuid")
    gateway: Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, alias="tsmGw")

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if self.ts is None and self.event != TIMELESS:
            raise ValueError("has no time")
        return self


class Software(Reported):
    """The version in a message 1100."""

    version: Text = Field(alias="swVersion")


class Binary(Reported):
    """The version in a message 1312."""

    version: Text = Field(alias="binaryVersion")


class Heartbeat(Reported):
    """Whether a thing was heard, in a message 11200 or 11201: a bit for each slot."""

    tuid: Tuid
    bits: Annotated[int, Field(alias="slotBits", ge=0)]


def _as_list(messages: Any) -> Any:
    return [messages] if isinstance(messages, dict) else messages


@dataclass(frozen=True)
class Judged:
    """The messages of an envelope in their order, and those of them that are refused, by reason."""

    messages: Sequence[Message]
    refused: Mapping[Reason, Sequence[Any]] = field(default_factory=dict)

    def refuse(self, reason: Reason, is_bad: Callable[[Message], bool]) -> Judged:
        """The same with those messages refused for this reason that are bad."""
        bad = [message.body for message in self.messages if is_bad(message)]
        good = [message for message in self.messages if not is_bad(message)]
        return Judged(good, {**self.refused, reason: bad}) if bad else self


class ThingMessages(Reported):
    """The messages that a gateway brings: one, or up to a hundred. Each is judged by itself."""

    messages: Annotated[list[Annotated[Any, Shown(Header)]], BeforeValidator(_as_list), Field(min_length=1, max_length=100)]

    def judge(self, envelope: Envelope, received: datetime, principal: str) -> Judged:
        """The messages that the gateway `principal` brought, with times that can be; refused are those that are no messages, name
        another gateway as the one that sends, or are larger than an item can be.
        """
        times = _times(envelope, received)
        read = [(body, _read(body, number, times)) for number, body in enumerate(self.messages)]
        malformed: list[Any] = [body for body, message in read if message is None]
        judged = Judged([message for _, message in read if message], {"malformed": malformed} if malformed else {})
        judged = judged.refuse("misaddressed", lambda message: message.gateway not in (None, principal))
        return judged.refuse("too large", lambda message: message.size > LARGEST)


@dataclass(frozen=True)
class _Times:
    """When an envelope was received, and the first and last time that a message in it can have (Unix seconds)."""

    received: float
    first: float
    last: float

    def credible(self, ts: float | None) -> float | None:
        return ts if ts is not None and self.first <= ts <= self.last else None


def _times(envelope: Envelope, received: datetime) -> _Times:
    """Where the gateway's clock is right, or behind by no more than a gateway may hold messages back, theirs can be of any past."""
    first = (received - BEHIND).timestamp() if envelope.is_behind(received) else 0
    return _Times(received.timestamp(), first, (received + AHEAD).timestamp())


def _read(body: Any, number: int, times: _Times) -> Message | None:
    """The message of this number in its envelope; None where it has no valid header, or a number that JSON cannot hold."""
    try:
        header = Header.model_validate(body)
        ts = times.credible(header.ts)
        arrival = int(times.received * 1000) * 1000 + number
        own = header.tuid, header.id, header.event, header.ts, header.gateway
        message = Message(*own, body, times.received if ts is None else ts, arrival, ts is not None)
        return message if message.size else None
    except ValueError:
        return None
