"""The hierarchy of an organization's systems, as one number: it grows whenever a system goes below another, or out of one.

    ORG#<org>#HIERARCHY   HIERARCHY   version

So of two moves at once one is refused, and the two cannot make a circle. Who moves a system reads the number first, then the systems
above its new parent, one by the other, as they name their parents.
"""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws.reads import Read, item_or_none, reads_rows
from fleet.aws.writes import Write, unchanged
from fleet.grants import needs
from fleet.ids import ANY_ID
from fleet.tenancy.organizations import hierarchy_key

MOVED = "hierarchy-changed"
"""The condition that no system of the organization has moved meanwhile."""


class Hierarchies:
    """Hierarchies of systems (access-patterns.md HI1 and HI2)."""

    @staticmethod
    @reads_rows(hierarchy_key(ANY_ID))
    def version(organization: str) -> Read[int]:
        """HI1: how often a system of an organization has moved. NotFound when the reach does not cover the organization."""
        return item_or_none(hierarchy_key(organization), "Organization").map(lambda item: int(item["version"]["N"]) if item else 0)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[hierarchy_key(ANY_ID)])
    def move_writes(reach: Reach, organization: str, before: int) -> list[Write]:
        """HI2: the writes of a move. They fail when a system has MOVED since the number was `before`."""
        reach.demand_change(organization, "Organization")
        after = {"org": {"S": organization}, "version": {"N": str(before + 1)}}
        return [Write.put(hierarchy_key(organization), after, named=MOVED, **unchanged(before))]
