"""Locations: the object, its directory row in the order of names, and the row that keeps its name unique."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Conflict
from fleet.grants import needs
from fleet.registry.location import Location


def key(id: str) -> table.Key:
    return f"LOCATION#{id}", "LOCATION"


_END = "\x1f"
"""Terminates a name in a key. It sorts before every character of a name, so that a name comes before longer ones that begin with it."""


_ITEMS = Items(Location, "Location", beside=("gateways", "batteries"))


class Locations:
    """Locations (access-patterns.md L1 to L4)."""

    @staticmethod
    def by_id(id: str) -> Read[Location]:
        """L1: one location, with the credential. The counts of its gateways and batteries are attributes of their own."""
        return _ITEMS.one(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def names(reach: Reach, organization: str) -> Iterator[tuple[str, str]]:
        """L2: (id, name) of an organization's locations, by name without regard to case, then id."""
        for row in table.query(reach, organization, "Organization", "pk = :pk", {"pk": f"ORG#{organization}#LOCATIONS"}):
            yield row["id"]["S"], row["name"]["S"]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create(reach: Reach, location: Location) -> None:
        """L3: a new location; Conflict when its organization has one of that name."""
        name = location.name.casefold()
        directory = {"id": {"S": location.id}, "name": {"S": location.name}}
        try:
            transact(
                [
                    Write.put((f"UNIQUE#{location.organization}#LOCATION#{name}", "UNIQUE"), {"id": {"S": location.id}}),
                    _ITEMS.create(reach, key(location.id), location),
                    Write.put((f"ORG#{location.organization}#LOCATIONS", f"{name}{_END}{location.id}"), directory),
                ]
            )
        except Refused:
            raise Conflict("A location with this name exists: choose another") from None

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def count_writes(reach: Reach, location: Location, change: int) -> list[Write]:
        """L4: the writes that count gateways in or out, for the transaction that moves them."""
        reach.demand(location.organization, "Location")
        return [Write.update(key(location.id), "ADD gateways :change", change={"N": str(change)})]
