"""Organizations: one item each, one that holds its slug, and a row of the directory of them all."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import SHARED, Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, impossible, item, reads_rows
from fleet.aws.writes import Refused, Write, transact, unchanged
from fleet.errors import Conflict
from fleet.grants import ANY, needs
from fleet.ids import ANY_ID, is_id
from fleet.tenancy.organization import Organization

STANDING = "organization-standing"
"""The condition that an organization is there, and active or disabled, with a plan or without the API, as it was expected to be."""
CONTENTS = {
    "devices": "DEVICES",
    "deleted devices": "DELETED",
    "locations": "LOCATIONS",
    "groups": "GROUPS",
    "members": "MEMBERS",
    "API keys": "APIKEYS",
    "clients": "CLIENTS",
    "access tokens": "TOKENS",
}
"""What keeps an organization from being deleted, and the last part of the key of the partition that lists it.

Devices are listed in directories (`fleet.registry.device_row`). Before there were any, they were in these partitions, which
`muster doctor registry --repair` deletes.
"""
_DIRECTORY = "ORGS"


class Disabled(Conflict):
    """The organization is disabled, or was deleted meanwhile: enable it first"""


def _key(id: str) -> table.Key:
    return f"ORG#{id}", "ORG"


def hierarchy_key(id: str) -> table.Key:
    """The key of the row that counts the moves of its systems (`fleet.edits.hierarchies`), which goes with it."""
    return f"ORG#{id}#HIERARCHY", "HIERARCHY"


def _listing(id: str, name: str) -> str:
    return f"ORG#{id}#{name}"


def _slug_key(slug: str) -> table.Key:
    return f"UNIQUE#ORG#{slug}", "UNIQUE"


_ITEMS = Items(Organization, "Organization")


def _attributes(reach: Reach, organization: Organization) -> table.Item:
    reach.demand_change(organization.id, "Organization")
    marks = {"disabled": not organization.active, "keyless": not organization.api_access}
    marked: table.Item = {name: {"BOOL": True} for name, holds in marks.items() if holds}
    return {**_ITEMS.attributes(reach, organization), "org": {"S": organization.id}, **marked}


class Organizations:
    """Organizations (access-patterns.md O1 to O8)."""

    @staticmethod
    @reads_rows(_key(ANY_ID))
    def by_id(id: str) -> Read[Organization]:
        """O1: one organization, with the credential; NotFound for a malformed id."""
        return _ITEMS.one(_key(id)) if is_id(id) or id == SHARED else impossible("Organization")

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_key(ANY_ID), _slug_key(ANY), _DIRECTORY])
    def create(reach: Reach, organization: Organization) -> None:
        """O2: a new organization; Conflict when the slug is taken. For the operator, whose reach is everything."""
        writes = [
            Write.put(_key(organization.id), _attributes(reach, organization)),
            Write.put(_slug_key(organization.slug), {"id": {"S": organization.id}, "org": {"S": organization.id}}),
            Write.put((_DIRECTORY, organization.id), {}),
        ]
        try:
            transact(writes)
        except Refused:
            raise Conflict("An organization with this slug exists: choose another") from None

    @staticmethod
    @reads_rows(_slug_key(ANY))
    def by_slug(slug: str) -> Read[str]:
        """O3: the id of the organization that has a slug. For the operator."""
        return item(_slug_key(slug), "Organization").map(lambda row: row["id"]["S"])

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_DIRECTORY])
    def ids(reach: Reach) -> Iterator[str]:
        """O4: the ids of all organizations, oldest first to the second, SHARED last. For callers whose reach is everything."""
        for row in table.query(reach, None, "Organization", "pk = :pk", {"pk": _DIRECTORY}):
            yield row["sk"]["S"]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_key(ANY_ID)])
    def change_writes(reach: Reach, before: Organization, after: Organization) -> list[Write]:
        """O5: the writes of an organization's next version, with its slug as it was. They fail when somebody changed it meanwhile."""
        reach.demand_change(before.id, "Organization")
        return [Write.put(_key(before.id), _attributes(reach, after), **unchanged(before.version))]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[_key(ANY_ID)])
    def standing_checks(reach: Reach, organization: str, active: bool | None = True, api_access: bool | None = None) -> list[Write]:
        """O6: a check that an organization is there and active or disabled, and has a plan with or without the API; None: either. It
        fails with STANDING.
        """
        reach.demand_change(organization, "Organization")
        expected = {"disabled": active, "keyless": api_access}
        marks = [f"attribute_{'not_' if good else ''}exists({name})" for name, good in expected.items() if good is not None]
        return [Write.check(_key(organization), " AND ".join(["attribute_exists(pk)", *marks]), named=STANDING)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_listing(ANY, name) for name in CONTENTS.values()])
    def contents(reach: Reach, organization: str) -> list[str]:
        """O7: what an organization still has, as CONTENTS names it."""

        def has(name: str) -> bool:
            return any(table.query(reach, organization, "Organization", "pk = :pk", {"pk": _listing(organization, name)}, limit=1))

        return [kind for kind, name in CONTENTS.items() if has(name)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_key(ANY_ID), _slug_key(ANY), _DIRECTORY])
    def delete(reach: Reach, organization: Organization) -> None:
        """O8: an organization deleted that is disabled and empty. Stale when somebody changed it meanwhile."""
        reach.demand_change(organization.id, "Organization")
        still_disabled, version = "version = :before AND attribute_exists(disabled)", {"N": str(organization.version)}
        transact(
            [
                Write.delete(_key(organization.id), still_disabled, named=STANDING, before=version),
                Write.delete(_slug_key(organization.slug)),
                Write.delete((_DIRECTORY, organization.id)),
                Write.delete(hierarchy_key(organization.id), None),
            ]
        )
