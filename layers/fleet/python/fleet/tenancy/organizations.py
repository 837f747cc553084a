"""Organizations: one item each, and one that holds its slug."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, item
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Conflict
from fleet.grants import needs
from fleet.tenancy.organization import Organization


def _key(id: str) -> table.Key:
    return f"ORG#{id}", "ORG"


def _slug_key(slug: str) -> table.Key:
    return f"UNIQUE#ORG#{slug}", "UNIQUE"


_ITEMS = Items(Organization, "Organization")


class Organizations:
    """Organizations (access-patterns.md O1 to O3)."""

    @staticmethod
    def by_id(id: str) -> Read[Organization]:
        """O1: one organization, with the credential."""
        return _ITEMS.one(_key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create(reach: Reach, organization: Organization) -> None:
        """O2: a new organization; Conflict when the slug is taken. For the operator, whose reach is everything."""
        reach.demand_change(organization.id, "Organization")
        own = {"org": {"S": organization.id}}
        writes = [
            Write.put(_key(organization.id), {**_ITEMS.attributes(reach, organization), **own}),
            Write.put(_slug_key(organization.slug), {"id": {"S": organization.id}, **own}),
        ]
        try:
            transact(writes)
        except Refused:
            raise Conflict("An organization with this slug exists: choose another") from None

    @staticmethod
    def by_slug(slug: str) -> Read[str]:
        """O3: the id of the organization that has a slug. For the operator."""
        return item(_slug_key(slug), "Organization").map(lambda row: row["id"]["S"])
