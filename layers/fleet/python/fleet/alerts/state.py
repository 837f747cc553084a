"""What is known of a thing from its messages."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fleet.alerts.alert import Type, Watch
from fleet.values import Value

Name = Literal["battery", "software", "binary", "location", "relay"]


class Reading(Value):
    """A value, the time of the message that had it (Unix seconds), and that message's place in the order of arrival."""

    ts: float
    arrival: int
    value: Any


class ThingState(Value):
    """A thing's state. `heard` is when something was last received from it or through it (Unix ms, 0 for never).

    `newest` is the time of its newest event, `due` when to check whether it is silent (Unix seconds).
    The reading `relay` is the gateway that brought its newest message: tuid and sn.
    `released`: the commands that waited for its first message have been sent.
    """

    version: int = 0
    heard: int = 0
    newest: float | None = None
    due: int | None = None
    readings: dict[Name, Reading] = Field(default_factory=dict)
    watches: dict[Type, Watch] = Field(default_factory=dict)
    released: bool = False

    def watch(self, type: Type) -> Watch:
        return self.watches.get(type) or Watch()

    def with_watch(self, type: Type, **fields: Any) -> ThingState:
        """The same with these fields of a watch changed."""
        return self.changed(watches={**self.watches, type: self.watch(type).changed(**fields)})

    def reading(self, name: Name) -> Any:
        """The newest value of a kind, or None."""
        return self.readings[name].value if name in self.readings else None

    def with_reading(self, name: Name, ts: float, arrival: int, value: Any) -> ThingState:
        """The same with this value, unless it is known from a newer message; of two with one time the one that came later counts."""
        known = self.readings.get(name)
        if known and (known.ts, known.arrival) >= (ts, arrival):
            return self
        return self.changed(readings={**self.readings, name: Reading(ts=ts, arrival=arrival, value=value)})
