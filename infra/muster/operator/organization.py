"""Create, show, rename, disable, enable and delete organizations, change their plans, and find one by slug, id or UUID."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from fleet import ids
from fleet.access import EVERYWHERE, SHARED
from fleet.aws.reads import every, fetch
from fleet.errors import FleetError, NotFound, Problem
from fleet.identity import manage_organizations
from fleet.tenancy import create_organization
from fleet.tenancy.organization import Address, Organization, Plan
from fleet.tenancy.organizations import Disabled, Organizations
from muster.operator import rules
from muster.operator.author import author

OPERATOR = "operator"
"""Who is responsible for an installation status that an operator sets."""
PLANS: tuple[Plan, ...] = ("Free", "On-Demand", "Enterprise")
_SLUG = r"(?![0-9a-f]{24}$)(?![0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?"
"""The form of an organization's slug; it never looks like an id."""


class NoOrganization(FleetError):
    """There is no organization of this slug or id: see `muster organization list`, or make one with `muster organization create`"""


@dataclass(frozen=True)
class OrganizationState:
    """An organization. `uuid` is its id as APIs with UUIDs spell it; `api_access` says whether its plan includes the API."""

    id: str
    uuid: str
    slug: str
    name: str
    plan: str
    api_access: bool
    active: bool

    @classmethod
    def of(cls, stored: Organization) -> Self:
        return cls(stored.id, ids.to_uuid(stored.id), stored.slug, stored.name, stored.plan, stored.api_access, stored.active)


def create(name: str, slug: str, plan: Plan = "Enterprise", address: Address | None = None) -> OrganizationState:
    """Create an organization with its own data key. Raises Invalid for options that break a rule, and Conflict when the slug is taken."""
    place = address or Address()
    rules.demand(
        _name(name),
        rules.pattern("slug", slug, _SLUG, "must have 1 to 50 lower-case letters, digits and inner hyphens, and not look like an id"),
        rules.among("plan", plan, PLANS),
        *(
            rules.text(f"address-{part}", value, 128)
            for part in ("country", "line", "city", "state", "zip")
            if (value := getattr(place, part)) is not None
        ),
        rules.number("address-latitude", place.latitude, -90, 90),
        rules.number("address-longitude", place.longitude, -180, 180),
        Problem(("address-latitude",), "must come with --address-longitude")
        if (place.latitude is None) != (place.longitude is None)
        else None,
    )
    return OrganizationState.of(create_organization.create(EVERYWHERE, name, slug, plan, address))


def _name(name: str) -> Problem | None:
    return rules.text("name", name, 64)


def find(slug_or_id: str) -> Organization:
    """The organization with this slug, id, or UUID spelling of its id. Raises NoOrganization when there is none."""
    try:
        found = fetch(EVERYWHERE, Organizations.by_id(id_of(slug_or_id) or fetch(EVERYWHERE, Organizations.by_slug(slug_or_id.lower()))))
    except NotFound:
        raise NoOrganization from None
    if found.id == SHARED:
        raise NoOrganization
    return found


def id_of(text: str) -> str | None:
    """The id that a text spells, in either form; None for a slug."""
    return ids.from_uuid(text) or (text.lower() if ids.is_id(text.lower()) else None)


def names(of: Iterable[str]) -> dict[str, Organization]:
    """The organizations with these ids, without those that are gone."""
    found = fetch(EVERYWHERE, every({id: Organizations.by_id(id).optional() for id in of}))
    return {id: each for id, each in found.items() if each}


def find_active(slug_or_id: str) -> Organization:
    """An organization that something is to come into. Raises NoOrganization and Disabled."""
    found = find(slug_or_id)
    if not found.active:
        raise Disabled("The organization is disabled: enable it first with `muster organization enable`")
    return found


def list_all() -> Sequence[OrganizationState]:
    """All organizations, oldest first."""
    return [OrganizationState.of(each) for each in manage_organizations.list_organizations(EVERYWHERE)]


def show(slug_or_id: str) -> OrganizationState:
    return OrganizationState.of(find(slug_or_id))


def rename(slug_or_id: str, name: str) -> OrganizationState:
    """Give an organization another name. Raises Invalid for one that breaks a rule."""
    rules.demand(_name(name))
    return OrganizationState.of(manage_organizations.rename(EVERYWHERE, find(slug_or_id).id, name))


def set_active(slug_or_id: str, active: bool) -> OrganizationState:
    """Disable an organization, so that its API keys, access tokens, clients and members are refused from the next request on, or enable
    it again.

    Raises Conflict when somebody else does the opposite at the same time.
    """
    return OrganizationState.of(manage_organizations.set_active(EVERYWHERE, find(slug_or_id).id, active, author()))


def set_plan(slug_or_id: str, plan: Plan) -> OrganizationState:
    """Give an organization another plan, which holds for its API keys from the next request on. Raises Conflict as `set_active` does."""
    return OrganizationState.of(manage_organizations.set_plan(EVERYWHERE, find(slug_or_id).id, plan, author()))


def delete(slug_or_id: str) -> OrganizationState:
    """Delete an organization; the answer is what it was. Raises Conflict unless it is disabled, and nothing is left in it."""
    found = find(slug_or_id)
    manage_organizations.delete(EVERYWHERE, found.id)
    return OrganizationState.of(found)
