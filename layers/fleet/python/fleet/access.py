"""Who calls, and what they may see and do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fleet.errors import NotAllowed, NotFound

SHARED = "shared-between-all-users"
"""The organization of what an API shows without one: users' secrets, and objects that all organizations may use. No id is spelled so."""


@dataclass(frozen=True)
class Reach:
    """The organizations that a caller may see and change: some, or every one (`organizations` is None).

    `readable` are those that they may only see, such as SHARED, which nobody changes but those who reach every organization.
    """

    organizations: frozenset[str] | None
    readable: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *organizations: str, reads: Iterable[str] = ()) -> Reach:
        return cls(frozenset(organizations), frozenset(reads))

    def covers(self, organization: str | None) -> bool:
        """Whether what belongs to this organization may be read. What belongs to none is visible to EVERYWHERE only."""
        return self.changes(organization) or organization in self.readable

    def changes(self, organization: str | None) -> bool:
        """Whether what belongs to this organization may be written."""
        return self.organizations is None or organization in self.organizations

    def demand(self, organization: str | None, kind: str) -> None:
        """Before a read: NotFound, with the kind of thing, unless what belongs to this organization may be read."""
        if not self.covers(organization):
            raise NotFound(kind)

    def demand_change(self, organization: str | None, kind: str) -> None:
        """Before a write: NotFound as in `demand`, and NotAllowed for what may be read only."""
        self.demand(organization, kind)
        if not self.changes(organization):
            raise NotAllowed

    def within(self, organization: str) -> Reach:
        """The part of the reach that is in one organization; nothing where it does not cover that."""
        return Reach(frozenset({organization} if self.changes(organization) else ()), self.readable & {organization})

    @property
    def only(self) -> str:
        """The one organization of a caller that has exactly one."""
        (only,) = self.organizations or frozenset()
        return only


EVERYWHERE = Reach(None)
"""For superusers (`fleet.identity.superuser`), workers and the operator. Routes never name it (an architecture test holds that)."""


@runtime_checkable
class Placed(Protocol):
    """Anything that is in a location, or is one."""

    @property
    def place(self) -> str | None: ...


class Unplaced:
    """Marks what is in no location, or is judged with what it belongs to: no location limit of a caller applies to it."""


@dataclass(frozen=True)
class Principal:
    """A caller whose credential has been checked.

    `may` holds the scopes granted, in the words of the credential's own API. `locations` is None for a caller
    that no location limits; an empty set permits nothing. `devices` are the ids of the devices that the caller may see and command, None
    for one that no such list limits. `email` is the address of whom the credential belongs to, where it is known.
    """

    kind: str
    id: str
    reach: Reach
    may: frozenset[str] = frozenset()
    locations: frozenset[str] | None = None
    devices: frozenset[str] | None = None
    email: str | None = None

    @property
    def organization(self) -> str:
        """The one organization of a caller that has exactly one."""
        return self.reach.only

    def permits(self, thing: Placed) -> bool:
        """Whether the caller's location limit, if any, covers where this is."""
        return self.locations is None or thing.place in self.locations
