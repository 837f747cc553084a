"""Creates and renames locations. Deleting one concerns other rooms too (`fleet.lifecycle`)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fleet.access import Reach
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, transact
from fleet.errors import Conflict, TooMany
from fleet.grants import uses
from fleet.registry.location import Location
from fleet.registry.locations import CHANGED, Locations
from fleet.tenancy import encryption


def bound_to(id: str) -> str:
    """What a location's encrypted credentials are bound to."""
    return f"LOCATION#{id}"


@uses(Locations.create_writes, encryption.encrypt_at_rest)
def create(reach: Reach, location: Location, credentials: Mapping[str, str]) -> Location:
    """Store a new location, the credentials that its gateways share encrypted. Conflict when WisDM has one of this name."""
    if credentials and location.wisdm:
        secret = json.dumps(dict(credentials)).encode()
        sealed = encryption.encrypt_at_rest(reach, location.organization, bound_to(location.id), secret)
        location = location.changed(wisdm=location.wisdm.changed(sealed=sealed))
    try:
        transact(Locations.create_writes(reach, location))
    except Refused:
        raise _taken() from None
    return location


@uses(Locations.by_id, Locations.rename_writes)
def rename(reach: Reach, id: str, name: str) -> Location:
    """Give a location another name; nothing changes when it has that one. Conflict when WisDM has another one of this name."""

    def store(before: Location) -> Location:
        after = before if before.name == name else before.next(name=name)
        if after is not before:
            transact(Locations.rename_writes(reach, before, after))
        return after

    try:
        return retrying(reach, Locations.by_id(id), store, on={CHANGED}, busy=TooMany("The location is being changed too much at once"))
    except Refused:
        raise _taken() from None


def _taken() -> Conflict:
    return Conflict("A location with this name exists: choose another")
