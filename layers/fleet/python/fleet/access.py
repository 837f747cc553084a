"""Who calls, and what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fleet.errors import NotFound


@dataclass(frozen=True)
class Reach:
    """The organizations that a caller may see: some, or every one (`organizations` is None)."""

    organizations: frozenset[str] | None

    @classmethod
    def of(cls, *organizations: str) -> Reach:
        return cls(frozenset(organizations))

    def covers(self, organization: str | None) -> bool:
        """Whether what belongs to this organization may be seen. What belongs to none is visible to EVERYWHERE only."""
        return self.organizations is None or organization in self.organizations

    def demand(self, organization: str | None, kind: str) -> None:
        """NotFound, with the kind of thing, unless what belongs to this organization may be seen."""
        if not self.covers(organization):
            raise NotFound(kind)

    def within(self, organization: str) -> Reach:
        """The part of the reach that is in one organization; nothing where it does not cover that."""
        return Reach.of(*([organization] if self.covers(organization) else []))

    @property
    def only(self) -> str:
        """The one organization of a caller that has exactly one."""
        (only,) = self.organizations or frozenset()
        return only


EVERYWHERE = Reach(None)
"""For superusers, workers and the operator. Routes never name it (an architecture test holds that)."""


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
    that no location limits; an empty set permits nothing.
    """

    kind: str
    id: str
    reach: Reach
    may: frozenset[str] = frozenset()
    locations: frozenset[str] | None = None

    @property
    def organization(self) -> str:
        """The one organization of a caller that has exactly one."""
        return self.reach.only

    def permits(self, thing: Placed) -> bool:
        """Whether the caller's location limit, if any, covers where this is."""
        return self.locations is None or thing.place in self.locations
