"""Locations: making them, with the credentials that their gateways share."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fleet.access import Reach
from fleet.grants import uses
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.tenancy import sealing


def sealed_in(id: str) -> str:
    """What a location's sealed credentials are bound to."""
    return f"LOCATION#{id}"


@uses(Locations.create, sealing.seal)
def create(reach: Reach, location: Location, credentials: Mapping[str, str]) -> Location:
    """Keep a new location; Conflict when its name is taken. Credentials are sealed before they are kept."""
    if credentials:
        secret = json.dumps(dict(credentials)).encode()
        sealed = sealing.seal(reach, location.organization, sealed_in(location.id), secret)
        location = location.changed(sealed=sealed)
    Locations.create(reach, location)
    return location
