"""Groups of devices."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

from pydantic import Field

from fleet.values import Value

UNASSIGNED = "unassigned"
"""The group that always exists, and holds what is in no other (thingsee.md 1.3)."""
_DEPLOYMENT = re.compile(r"(?!(?i:unassigned)$)[A-Za-z0-9._-]{1,64}")
"""The names of groups that are ids in the Thingsee API (thingsee.md 1.3)."""


def unassigned(organization: str) -> str:
    """The internal id of the group that always exists. It is not stored, and its devices are not counted."""
    return f"{UNASSIGNED}-{organization}"


def is_deployment(name: str) -> bool:
    """Whether the Thingsee API shows a group of this name. It shows the things of any other as `unassigned`."""
    return _DEPLOYMENT.fullmatch(name) is not None


class Group(Value):
    """A group. Its id never changes; what the Thingsee API calls its id is the name. Any text can be a name.

    `others` are the ids of groups whose things belong to the built-in one for the Thingsee API, which cannot show their names.
    """

    id: str
    organization: str
    name: str
    description: str = ""
    others: tuple[str, ...] = Field(default=(), exclude=True)

    @classmethod
    def built_in(cls, organization: str, others: Iterable[str] = ()) -> Self:
        """The group `unassigned` of an organization."""
        return cls(id=unassigned(organization), organization=organization, name=UNASSIGNED, others=tuple(sorted(others)))

    @property
    def deployment(self) -> str:
        """The id under which the Thingsee API shows what is in it."""
        return self.name if is_deployment(self.name) else UNASSIGNED
