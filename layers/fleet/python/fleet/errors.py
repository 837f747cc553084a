"""What can go wrong in the fleet, without a word of HTTP.

FleetError
├── Invalid          input that breaks a rule; `details` names each failing field
├── Unauthenticated  no credential, or one that is unknown, disabled, expired or deleted
├── NotAllowed       a good credential that may not do this
├── NotFound         nothing there, or nothing that the caller's reach covers
├── Conflict         the state of the object forbids it
│   └── Stale        someone else changed the object in between
├── WrongMode        the object exists, but is not of the kind that this asks for
├── TooMany          a limit is reached; `retry_after` says in how many seconds to come back
├── Unreachable      the device cannot be reached now, or not yet
└── Unexpected       a fault of ours
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str | int, ...]
"""Where something is in a document: names of members and indices of entries, outermost first. Empty for the whole document."""


@dataclass(frozen=True)
class Problem:
    """One rule that input breaks.

    `kind` names the rule: `rule` for one with a `message` of its own, or one of the kinds in `edge.words`, which needs
    `context` (`max_length`, `expected`) to be put into words. No message holds what the caller sent.
    """

    place: Place
    message: str = ""
    kind: str = "rule"
    context: Mapping[str, Any] = field(default_factory=dict)


class FleetError(Exception):
    """What the core raises. The message is for a person and never holds a secret or a caller's value."""

    def __init__(self, message: str = "") -> None:
        self.message = message or (self.__doc__ or "").strip()
        super().__init__(self.message)


class Invalid(FleetError):
    """Invalid parameters"""

    def __init__(self, *details: Problem, message: str = "") -> None:
        self.details = details
        super().__init__(message)


class Unauthenticated(FleetError):
    """Credentials are missing or not valid"""


class NotAllowed(FleetError):
    """Action is not allowed"""


class NotFound(FleetError):
    """Resource not found"""

    def __init__(self, kind: str = "Resource") -> None:
        self.kind = kind
        super().__init__(f"{kind} not found")


class Conflict(FleetError):
    """Conflicts with what is there"""


class Stale(Conflict):
    """Changed by someone else meanwhile: read it again and repeat"""


class WrongMode(FleetError):
    """Not of the kind that this asks for"""


class TooMany(FleetError):
    """Too many requests"""

    def __init__(self, message: str = "", retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Unreachable(FleetError):
    """The device cannot be reached"""


class Unexpected(FleetError):
    """Internal server error"""
