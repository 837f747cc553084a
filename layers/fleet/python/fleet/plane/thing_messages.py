"""Messages of things, as their gateways bring them (Thingsee contract, 7.1): a header, and whatever their profile has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from fleet.plane.status import Reported

AHEAD = timedelta(seconds=300)
"""How far a thing's clock may be ahead; a time beyond is replaced by that of receipt."""
TIMELESS = 18
"""The event whose message may come without a time: what the network says when a connection is lost."""
_HEADER = frozenset({"tsmId", "tsmEv", "tsmTs", "tsmTuid", "tsmGw"})

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


@dataclass(frozen=True)
class Message:
    """One message: its header, its text's members as they came, when it counts as made, and its place in the order of arrival."""

    header: Header
    body: dict[str, Any]
    ts: float
    arrival: int
    dated: bool = True
    """It counts as made when it says; otherwise when it was received."""

    @property
    def digest(self) -> str:
        """The same for the same message, whichever gateway brought it."""
        return self.digest_at(self.ts)

    def digest_at(self, when: float | str) -> str:
        """The same for the same message of this time, or of whatever else tells when it was made."""
        header = self.header
        payload = {name: value for name, value in self.body.items() if name not in _HEADER}
        told = json.dumps([header.tuid, header.id, header.event, when, payload], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


def _readable(body: dict[str, Any]) -> dict[str, Any]:
    """A message with a header, and no number that JSON cannot hold."""
    Header.model_validate(body)
    json.dumps(body, allow_nan=False)
    return body


class ThingMessages(Reported):
    """What a gateway brings: a message, or up to a hundred."""

    messages: Annotated[
        list[Annotated[dict[str, Any], BeforeValidator(_readable)]], BeforeValidator(_listed), Field(min_length=1, max_length=100)
    ]

    def read(self, received: datetime) -> Iterator[Message]:
        """The messages in their order, with times that can be."""
        now = received.timestamp()
        for number, body in enumerate(self.messages):
            header = Header.model_validate(body)
            dated = header.ts is not None and header.ts <= now + AHEAD.total_seconds()
            ts = header.ts if dated and header.ts is not None else now
            yield Message(header, body, ts, int(now * 1000) * 1000 + number, dated)
