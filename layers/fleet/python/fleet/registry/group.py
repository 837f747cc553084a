"""Groups that devices are deployed in."""

from __future__ import annotations

import re
from typing import Self

from fleet.values import Value

UNASSIGNED = "unassigned"
"""The group that always exists, and holds what is in no other (thingsee.md 1.3)."""
GROUP_NAME = re.compile(r"(?!(?i:unassigned)$)[A-Za-z0-9._-]{1,64}")
"""What a group may be called (thingsee.md 1.3)."""


def unassigned(organization: str) -> str:
    """The internal id of the group that always exists. It is not stored, and its things are not counted."""
    return f"{UNASSIGNED}-{organization}"


class Group(Value):
    """A deployment group. Its id never changes; what the API calls its id is the name."""

    id: str
    organization: str
    name: str
    description: str = ""

    @classmethod
    def built_in(cls, organization: str) -> Self:
        """The group `unassigned` of an organization."""
        return cls(id=unassigned(organization), organization=organization, name=UNASSIGNED)
