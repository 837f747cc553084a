"""Organizations: one item each, and a row that holds the slug."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.errors import Conflict, NotFound
from fleet.grants import needs
from fleet.tenancy.organization import Organization


def _key(id: str) -> table.Key:
    return f"ORG#{id}", "ORG"


def _slug_key(slug: str) -> table.Key:
    return f"UNIQUE#ORG#{slug}", "UNIQUE"


class Organizations:
    """The tenants (access-patterns.md O1 to O3)."""

    @staticmethod
    def by_id(id: str) -> Ask[Organization]:
        """O1: one organization, with the credential."""

        def read(reach: Reach, found: Found) -> Organization:
            if not reach.covers(id) or _key(id) not in found:
                raise NotFound("Organization")
            return Organization.model_validate_json(found[_key(id)]["body"]["S"])

        return Ask([_key(id)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create(reach: Reach, organization: Organization) -> None:
        """O2: a new organization; Conflict when the slug is taken. For the operator, whose reach is everything."""
        if not reach.covers(organization.id):
            raise NotFound("Organization")
        row = {"body": {"S": organization.model_dump_json(exclude_none=True)}}
        slug = table.put(_slug_key(organization.slug), {"id": {"S": organization.id}})
        try:
            table.transact([table.put(_key(organization.id), row), slug])
        except table.Refused:
            raise Conflict("An organization with this slug exists: choose another") from None

    @staticmethod
    def by_slug(slug: str) -> Ask[str]:
        """O3: the id of the organization that has a slug. For the operator."""

        def read(reach: Reach, found: Found) -> str:
            id = table.text(found.get(_slug_key(slug), {}), "id")
            if id is None or not reach.covers(id):
                raise NotFound("Organization")
            return id

        return Ask([_slug_key(slug)], read)
