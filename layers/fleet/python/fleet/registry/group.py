"""Groups of devices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from fleet.names import is_visible, normalized
from fleet.values import Value

UNASSIGNED = "unassigned"
"""The group that always exists, and holds what is in no other (thingsee.md 1.3)."""
LONGEST = 64
"""Characters (code points in NFC) of a name."""
LONGEST_TYPED = 4 * LONGEST
"""Code points with which a name may be typed: NFC makes one of at most four."""


def unassigned(organization: str) -> str:
    """The internal id of the group that always exists. It is not stored, and its devices are not counted."""
    return f"{UNASSIGNED}-{organization}"


def is_deployment(name: str) -> bool:
    """Whether the Thingsee API shows a group of this name, in NFC (thingsee.md 1.3). It shows the things of any other as `unassigned`.

    `.` and `..` would be steps in the path of a URL.
    """
    fits = 1 <= len(name) <= LONGEST and name not in (".", "..", UNASSIGNED)
    return fits and is_visible(name) and not any(character.isspace() or character == "/" for character in name)


class Group(Value):
    """A group. Its id never changes; what the Thingsee API calls its id is the name. Any text can be a name; it is stored in NFC.

    `others` are the ids of groups whose things belong to the built-in one for the Thingsee API, which cannot show their names.
    """

    id: str
    organization: str
    name: Annotated[str, AfterValidator(normalized)]
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
