"""Creates organizations, each with a data key of its own, and the one that holds what is shared."""

from __future__ import annotations

from contextlib import suppress

from fleet.access import SHARED, Reach
from fleet.aws.reads import fetch
from fleet.errors import Conflict
from fleet.grants import uses
from fleet.ids import new_id
from fleet.tenancy.encryption import new_data_key
from fleet.tenancy.organization import Address, Organization, Plan
from fleet.tenancy.organizations import Organizations


@uses(new_data_key, Organizations.create)
def create(reach: Reach, name: str, slug: str, plan: Plan = "Enterprise", address: Address | None = None) -> Organization:
    """Create an organization, and before the first one the shared one. Conflict when the slug is taken. The reach is everything."""
    ensure_shared(reach)
    id = new_id()
    organization = Organization(id=id, name=name, slug=slug, plan=plan, address=address, data_key=new_data_key(id))
    Organizations.create(reach, organization)
    return organization


@uses(Organizations.by_id, new_data_key, Organizations.create)
def ensure_shared(reach: Reach) -> None:
    """Create the shared organization unless it exists."""
    if fetch(reach, Organizations.by_id(SHARED).optional()) is None:
        with suppress(Conflict):  # created meanwhile
            Organizations.create(reach, Organization(id=SHARED, name="Shared", slug="shared", data_key=new_data_key(SHARED)))
