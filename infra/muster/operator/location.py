"""Locations: lists, renames and deletes them. The WisDM API creates them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.errors import FleetError, NotFound, Problem
from fleet.lifecycle import delete_location
from fleet.registry import manage_locations
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from muster.operator import organization, rules


class NoLocation(FleetError):
    """There is no location with this id: list those of an organization with `muster location list`"""


@dataclass(frozen=True)
class LocationView:
    """A location, and how many gateways and batteries WisDM's lists of it show."""

    id: str
    name: str
    organization: str
    gateways: int
    batteries: int

    @classmethod
    def of(cls, location: Location) -> LocationView:
        return cls(location.id, location.name, location.organization, location.gateways, location.batteries)


def of_organization(slug_or_id: str) -> Iterator[LocationView]:
    """The locations of an organization, by name."""
    for id, _ in Locations.names(EVERYWHERE, organization.find(slug_or_id).id):
        if (location := fetch(EVERYWHERE, Locations.by_id(id).optional())) is not None:
            yield LocationView.of(location)


def find(id: str) -> Location:
    """The location with this id. Raises NoLocation."""
    try:
        return fetch(EVERYWHERE, Locations.by_id(id))
    except NotFound:
        raise NoLocation from None


def rename(id: str, name: str) -> LocationView:
    """Give a location another name. Raises Invalid for one that WisDM would not take, NoLocation, and Conflict when it is taken."""
    rules.demand(rules.text("name", name, 50), Problem(("name",), "must have at least 4 characters") if len(name) < 4 else None)
    return LocationView.of(manage_locations.rename(EVERYWHERE, find(id).id, name))


def delete(id: str, slug_or_id: str | None = None) -> LocationView:
    """Delete a location, and take it out of the API keys that are limited to it. Raises NoLocation, and Conflict while it has gateways.

    With the organization, its API keys forget a location that is gone, too: a deletion that ended half-way is completed.
    """
    now = datetime.now(UTC)
    try:
        location = find(id)
    except NoLocation:
        if slug_or_id is not None:
            with suppress(NotFound):
                delete_location.delete(EVERYWHERE, organization.find(slug_or_id).id, id, now)
        raise
    delete_location.delete(EVERYWHERE, location.organization, id, now)
    return LocationView.of(location)


def in_words(location: LocationView) -> str:
    """A location as one line of text."""
    return f"{location.id} {location.name}, {location.gateways} gateways, {location.batteries} batteries"
