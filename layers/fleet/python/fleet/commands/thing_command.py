"""Messages to things: accepted ones, and those that wait until a gateway hears the thing."""

from __future__ import annotations

from typing import Any

from fleet.values import Value

COMMANDS = frozenset({1500, 1501, 12200, 13200, 17110})
"""The ids of messages that may be sent to things: the vendor's list, and the one that its samples have (thingsee.md 4)."""


class ThingCommand(Value):
    """A message to a thing as it was accepted at `at` (Unix ms, unique for the thing), the `number`th of its request."""

    organization: str
    tuid: str
    at: int
    number: int
    responsible: str
    message: dict[str, Any]


class HeldCommands(Value):
    """The messages of one request to a thing that no gateway has heard yet. After `until` (Unix seconds) they are not sent."""

    organization: str
    tuid: str
    at: int
    messages: list[dict[str, Any]]
    until: int
