"""A message of a thing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_HEADER = frozenset({"tsmId", "tsmEv", "tsmTs", "tsmTuid", "tsmGw"})


@dataclass(frozen=True)
class Message:
    """One message, of a thing's profile `id` and `event`.

    `own_ts` is the time in the message, if it has one, and `ts` the time that it counts as sent at (Unix seconds). `body` holds its
    members as they came; `arrival` is its place in the order of arrival. `gateway` is the one that it names, if any.
    """

    tuid: str
    id: int
    event: int
    own_ts: float | None
    gateway: str | None
    body: dict[str, Any]
    ts: float
    arrival: int
    dated: bool = True
    """Whether `ts` is the time in the message; otherwise it is that of receipt."""

    @cached_property
    def text(self) -> str:
        """The message as it is stored: JSON. ValueError for a number that JSON cannot hold."""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @property
    def size(self) -> int:
        """The bytes of its text. A number can be longer there than it was in the gateway's: `1e15` is written as `1000000000000000.0`."""
        return len(self.text.encode())

    @property
    def digest(self) -> str:
        """The same for the same message, whichever gateway brought it."""
        return self.digest_at(self.ts)

    def digest_at(self, when: float | str) -> str:
        """The same for the same message of this time, or of whatever else stands for its time."""
        payload = {name: value for name, value in self.body.items() if name not in _HEADER}
        text = json.dumps([self.tuid, self.id, self.event, when, payload], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]
