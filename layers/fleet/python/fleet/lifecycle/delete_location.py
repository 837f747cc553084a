"""Deletes locations, and what API keys say of them."""

from __future__ import annotations

from datetime import datetime

from fleet.access import Reach
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.errors import Conflict, NotFound, TooMany
from fleet.grants import uses
from fleet.identity import manage_api_keys
from fleet.registry.location import Location
from fleet.registry.locations import Locations


@uses(Locations.by_id, Locations.delete_writes, manage_api_keys.forget_location)
def delete(reach: Reach, organization: str, id: str, now: datetime) -> None:
    """Delete a location of an organization and take it out of the API keys that are limited to it. Conflict while it has gateways.

    The keys come second: one that still names a location which is gone permits nothing there. NotFound when there is no such
    location; the keys forget it nevertheless, so that deleting again completes what ended half-way.
    """

    def store(location: Location | None) -> bool:
        if location is None:
            return False
        if location.gateways or location.batteries:
            raise Conflict("The location still has gateways: move them first")
        transact(Locations.delete_writes(own, location))
        return True

    own, busy = reach.within(organization), TooMany("The location is being changed too much at once")
    was_there = retrying(own, Locations.by_id(id).optional(), store, busy=busy)
    manage_api_keys.forget_location(own, organization, id, now)
    if not was_there:
        raise NotFound("Location")
