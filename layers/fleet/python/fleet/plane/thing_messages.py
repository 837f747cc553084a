"""Messages of things, as their gateways bring them (device-plane.md 3): a header, and whatever their profile has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from fleet.plane.status import Reported
from fleet.telemetry.message import Message

AHEAD = timedelta(seconds=300)
"""How far a thing's clock may be ahead; a time beyond is replaced by that of receipt."""
TIMELESS = 18
"""The event whose message may come without a time: the network reports a lost connection."""

Tuid = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{6,32}$")]


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


def _as_list(messages: Any) -> Any:
    return [messages] if isinstance(messages, dict) else messages


def _readable(body: dict[str, Any]) -> dict[str, Any]:
    """A message with a header, and no number that JSON cannot hold."""
    Header.model_validate(body)
    json.dumps(body, allow_nan=False)
    return body


class ThingMessages(Reported):
    """The messages that a gateway brings: one, or up to a hundred."""

    messages: Annotated[
        list[Annotated[dict[str, Any], BeforeValidator(_readable)]], BeforeValidator(_as_list), Field(min_length=1, max_length=100)
    ]

    def read(self, received: datetime) -> Iterator[Message]:
        """The messages in their order, with times that can be."""
        now = received.timestamp()
        for number, body in enumerate(self.messages):
            header = Header.model_validate(body)
            dated = header.ts is not None and header.ts <= now + AHEAD.total_seconds()
            ts = header.ts if dated and header.ts is not None else now
            arrival = int(now * 1000) * 1000 + number
            yield Message(header.tuid, header.id, header.event, header.ts, header.gateway, body, ts, arrival, dated)
