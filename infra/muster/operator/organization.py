"""Create an organization, and find one by slug, id or UUID."""

from __future__ import annotations

from dataclasses import dataclass

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.errors import FleetError, NotFound, Problem
from fleet.tenancy.encryption import new_data_key
from fleet.tenancy.organization import API_PLANS, Address, Organization, Plan
from fleet.tenancy.organizations import Organizations
from muster.operator import rules

PLANS: tuple[Plan, ...] = ("Free", "On-Demand", "Enterprise")
_SLUG = r"(?![0-9a-f]{24}$)(?![0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?"
"""The form of an organization's slug; it never looks like an id."""


class NoOrganization(FleetError):
    """There is no organization of this slug or id: make one with `muster organization create`"""


@dataclass(frozen=True)
class CreatedOrganization:
    """A new organization. `uuid` is its id as APIs with UUIDs spell it; `api_access` says whether its plan includes the API."""

    id: str
    uuid: str
    slug: str
    name: str
    plan: str
    api_access: bool


def create(name: str, slug: str, plan: Plan = "Enterprise", address: Address | None = None) -> CreatedOrganization:
    """Create an organization with its own data key. Raises Invalid for options that break a rule, and Conflict when the slug is taken."""
    place = address or Address()
    rules.demand(
        rules.text("name", name, 64),
        rules.pattern("slug", slug, _SLUG, "must have 1 to 50 lower-case letters, digits and inner hyphens, and not look like an id"),
        rules.among("plan", plan, PLANS),
        *(
            rules.text(f"address-{part}", value, 128)
            for part in ("country", "line", "city", "state", "zip")
            if (value := getattr(place, part)) is not None
        ),
        rules.number("address-latitude", place.latitude, -90, 90),
        rules.number("address-longitude", place.longitude, -180, 180),
        Problem(("address-latitude",), "must come together with address-longitude")
        if (place.latitude is None) != (place.longitude is None)
        else None,
    )
    id = ids.new_id()
    Organizations.create(EVERYWHERE, Organization(id=id, name=name, slug=slug, plan=plan, address=address, data_key=new_data_key(id)))
    return CreatedOrganization(id, ids.to_uuid(id), slug, name, plan, plan in API_PLANS)


def find(slug_or_id: str) -> Organization:
    """The organization with this slug, id, or UUID spelling of its id. Raises NoOrganization when there is none."""
    try:
        id = ids.from_uuid(slug_or_id) or (slug_or_id.lower() if ids.is_id(slug_or_id.lower()) else None)
        return fetch(EVERYWHERE, Organizations.by_id(id or fetch(EVERYWHERE, Organizations.by_slug(slug_or_id.lower()))))
    except NotFound:
        raise NoOrganization from None
