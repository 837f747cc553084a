"""Things: sensors and gateways under their TUID, the groups they are deployed in, and who may ask for them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal, Self

from fleet.values import Entity, Value

Kind = Literal["sensor", "gateway"]
Installation = Literal["new", "installed", "uninstalled", "quarantine", "retired"]
TUID = re.compile(r"[A-Z0-9]{6,32}")
"""What a TUID is (Thingsee contract, 1.3)."""
UNASSIGNED = "unassigned"
"""The group that is always there, and holds what is in no other (1.3)."""
COMMANDS = frozenset({1500, 1501, 12200, 13200, 17110})
"""The ids of messages that may be sent to things: the vendor's list, and the one that its samples have (4)."""
GROUP_NAME = re.compile(r"(?!(?i:unassigned)$)[A-Za-z0-9._-]{1,64}")
"""What a group may be called (1.3)."""


def unassigned(organization: str) -> str:
    """The internal id of the group that is always there. It is not stored, and its things are not counted."""
    return f"{UNASSIGNED}-{organization}"


class Thing(Entity):
    """A device under its TUID. `sn` is what the device plane calls a gateway; a sensor has none.

    `group` is the internal id of its group, `status` its installation status, `installed` when it was last set `installed`.
    """

    tuid: str
    kind: Kind
    sn: str | None = None
    group: str
    status: Installation = "new"
    installed: datetime | None = None

    def installing(self, status: Installation, now: datetime) -> Self:
        """The next version, with this installation status."""
        return self.next(status=status, installed=now if status == "installed" else self.installed)


class InstallationEntry(Value):
    """One entry of a thing's installation history: which status was set, when, and by whom."""

    tuid: str
    status: Installation
    at: datetime
    responsible: str


class Group(Value):
    """A deployment group. Its id never changes; what the API calls its id is the name."""

    id: str
    organization: str
    name: str
    description: str = ""


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


class Client(Entity):
    """Who may ask for tokens. Its id is unique among all. A token of another generation is dead."""

    secret_hash: str
    generation: int = 1
    enabled: bool = True
    read_only: bool = False
    created: datetime

    def disabled(self) -> Self:
        """The next version, which no token opens, not even after it is enabled again."""
        return self.next(enabled=False, generation=self.generation + 1)

    def rotated(self, secret_hash: str) -> Self:
        """The next version, with another secret."""
        return self.next(secret_hash=secret_hash, generation=self.generation + 1)
