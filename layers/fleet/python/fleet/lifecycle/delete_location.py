"""Deletes locations, and what API keys say of them."""

from __future__ import annotations

from datetime import datetime

from fleet.access import Reach
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.errors import Conflict, TooMany
from fleet.grants import uses
from fleet.identity import manage_api_keys
from fleet.registry.location import Location
from fleet.registry.locations import Locations


@uses(retrying, Locations.delete_writes, manage_api_keys.forget_location)
def delete(reach: Reach, id: str, now: datetime) -> None:
    """Delete a location and take it out of the API keys that are limited to it. Conflict while it has gateways.

    The keys come second: one that still names a location which is gone permits nothing there. Deleting again completes it.
    """

    def store(location: Location) -> str:
        if location.gateways or location.batteries:
            raise Conflict("The location still has gateways: move them first")
        transact(Locations.delete_writes(reach, location))
        return location.organization

    organization = retrying(reach, Locations.by_id(id), store, busy=TooMany("The location is being changed too much at once"))
    manage_api_keys.forget_location(reach, organization, id, now)
