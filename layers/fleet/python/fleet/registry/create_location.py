"""Creates locations, with the credentials that their gateways share."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fleet.access import Reach
from fleet.grants import uses
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.tenancy import encryption


def bound_to(id: str) -> str:
    """What a location's encrypted credentials are bound to."""
    return f"LOCATION#{id}"


@uses(Locations.create, encryption.encrypt_at_rest)
def create(reach: Reach, location: Location, credentials: Mapping[str, str]) -> Location:
    """Store a new location, its credentials encrypted. Conflict when its name is taken."""
    if credentials:
        secret = json.dumps(dict(credentials)).encode()
        sealed = encryption.encrypt_at_rest(reach, location.organization, bound_to(location.id), secret)
        location = location.changed(sealed=sealed)
    Locations.create(reach, location)
    return location
