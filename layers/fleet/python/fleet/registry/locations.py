"""Locations: the object, its directory row in the order of names, and the row that keeps the name of one with gateways unique."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, impossible, reads_rows
from fleet.aws.writes import Write, unchanged
from fleet.grants import ANY, needs
from fleet.ids import ANY_ID, ANY_ID_AS_UUID, is_uuid
from fleet.names import compared
from fleet.registry.location import Location

GONE, CHANGED, IN_USE = "location-gone", "location-changed", "location-in-use"
"""Conditions: the location is there; it is as it was read; nothing is in it."""
_END = "\x1f"
"""Terminates a name in a key. It sorts before every character of a name, so that a name comes before longer ones that begin with it."""
_ITEMS = Items(Location, "Location", beside=("gateways", "batteries"))


def key(id: str) -> table.Key:
    return f"LOCATION#{id}", "LOCATION"


def _name(organization: str, name: str) -> table.Key:
    return f"UNIQUE#{organization}#LOCATION#{compared(name)}", "UNIQUE"


def _name_of(location: Location) -> table.Key:
    return _name(location.organization, location.name)


def _directory(organization: str) -> str:
    return f"ORG#{organization}#LOCATIONS"


def _place(location: Location) -> table.Key:
    return _directory(location.organization), f"{compared(location.name)}{_END}{location.id}"


class Locations:
    """Locations (access-patterns.md L1 to L5). Names are unique in WisDM alone: in an organization, regardless of case."""

    @staticmethod
    @reads_rows(key(ANY_ID_AS_UUID))
    def by_id(id: str) -> Read[Location]:
        """L1: one location, with the credential. The counts of its gateways and batteries are attributes of their own."""
        return _ITEMS.one(key(id)) if is_uuid(id) else impossible("Location")

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_directory(ANY)])
    def names(reach: Reach, organization: str) -> Iterator[tuple[str, str]]:
        """L2: (id, name) of an organization's locations, by name without regard to case, then id."""
        for row in table.query(reach, organization, "Organization", "pk = :pk", {"pk": _directory(organization)}):
            yield row["id"]["S"], row["name"]["S"]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY_ID_AS_UUID), _directory(ANY), _name(ANY_ID, ANY)])
    def create_writes(reach: Reach, location: Location) -> list[Write]:
        """L3: the writes of a new location. They fail when WisDM has one of its name."""
        return [*_unique_writes(location), _ITEMS.create(reach, key(location.id), location), _listing(location)]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[key(ANY_ID_AS_UUID)])
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", keys=[_directory(ANY), _name(ANY_ID, ANY)])
    def rename_writes(reach: Reach, before: Location, after: Location) -> list[Write]:
        """L4: the writes that give a location another name. They fail when it was CHANGED meanwhile, or WisDM has one of that name."""
        reach.demand_change(before.organization, "Location")
        own = {name: value for name, value in _ITEMS.attributes(reach, after).items() if name in ("body", "version")}
        unique = [*_unique_writes(after), *_forget_unique_writes(before)] if _name_of(before) != _name_of(after) else []
        moved = [Write.delete(_place(before), None)] if _place(before) != _place(after) else []
        values = {**own, **unchanged(before.version)}
        named = Write.update(key(after.id), "SET body = :body, version = :version", named=CHANGED, **values)
        return [named, *unique, *moved, _listing(after)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY_ID_AS_UUID), _directory(ANY), _name(ANY_ID, ANY)])
    def delete_writes(reach: Reach, location: Location) -> list[Write]:
        """L5: the writes that delete a location. They fail when it was renamed meanwhile, or is IN_USE."""
        reach.demand_change(location.organization, "Location")
        empty = "version = :before AND gateways = :none AND batteries = :none"
        values = {"before": {"N": str(location.version)}, "none": {"N": "0"}}
        return [
            Write.delete(key(location.id), empty, named=IN_USE, **values),
            Write.delete(_place(location), None),
            *_forget_unique_writes(location),
        ]


def _listing(location: Location) -> Write:
    return Write.put(_place(location), {"id": {"S": location.id}, "name": {"S": location.name}}, None)


def _unique_writes(location: Location) -> list[Write]:
    return [Write.put(_name_of(location), {"id": {"S": location.id}})] if location.wisdm else []


def _forget_unique_writes(location: Location) -> list[Write]:
    return [Write.delete(_name_of(location), None)] if location.wisdm else []
