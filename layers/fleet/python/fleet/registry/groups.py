"""Groups of devices. Devices refer to a group's id, which never changes; only two rows hold its name.

ORG#<organization>#GROUPS   <name>     which group has the name, and its description: what lists show
GROUP#<id>                  GROUP      the group, and how many devices it has
GROUP#<id>#THINGS           <tuid>     a thing that is in it (`fleet.registry.projections`)
ORG#<organization>          UNSHOWN    the ids of the groups whose names are no ids in the Thingsee API, where there are any
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, impossible, of_reach, own_item, reads_rows
from fleet.aws.writes import Write
from fleet.grants import ANY, needs
from fleet.ids import ANY_ID
from fleet.names import normalized
from fleet.registry.group import UNASSIGNED, Group, is_deployment

GONE, HAS_DEVICES = "group-gone", "group-has-devices"
"""Conditions: the group is there under this name; it has no devices."""
_ITEMS = Items(Group, "Group")


def key(id: str) -> table.Key:
    return f"GROUP#{id}", "GROUP"


def member(id: str, tuid: str) -> table.Key:
    """The key of a thing in a group."""
    return f"GROUP#{id}#THINGS", tuid


def _name(organization: str, name: str) -> table.Key:
    return f"ORG#{organization}#GROUPS", name


def unshown(organization: str) -> table.Key:
    """The key of the set of an organization's groups that the Thingsee API does not show."""
    return f"ORG#{organization}", "UNSHOWN"


class Groups:
    """Groups (access-patterns.md GR1 to GR9)."""

    @staticmethod
    @reads_rows(_name(ANY, ANY), unshown(ANY_ID))
    def deployment(name: str) -> Read[Group]:
        """GR1: the group that is called this in the Thingsee API, in the caller's own organization, with the credential.

        `unassigned` always exists. The name may be composed or not.
        """
        name = normalized(name)
        if name == UNASSIGNED:
            others = own_item(unshown, "Group").optional()
            return both(of_reach(lambda reach: reach.only), others).map(lambda parts: Group.built_in(parts[0], _ids(parts[1])))
        return Groups.named(name)

    @staticmethod
    @reads_rows(_name(ANY, ANY))
    def named(name: str) -> Read[Group]:
        """GR9: the group that is called this in the Thingsee API, of those that the organization has made. Composed or not, as in GR1."""
        name = normalized(name)
        if not is_deployment(name):
            return impossible("Group")
        return own_item(lambda organization: _name(organization, name), "Group").map(_of_listing)

    @staticmethod
    @reads_rows(key(ANY_ID))
    def by_id(id: str) -> Read[Group]:
        """GR2: a group by its id, to learn its name."""
        return _ITEMS.one(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_name(ANY, ANY), key(ANY_ID)])
    def create_writes(reach: Reach, group: Group) -> list[Write]:
        """GR3: the writes of a new group; they fail when the name is taken."""
        return [
            Write.put(_name(group.organization, group.name), _listing(group)),
            _ITEMS.create(reach, key(group.id), group, more={"devices": {"N": "0"}}),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", keys=[_name(ANY, ANY)])
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[key(ANY_ID)])
    def rename_writes(reach: Reach, before: Group, after: Group) -> list[Write]:
        """GR4: the writes that give a group another name, however many devices it has.

        They fail when the group is GONE: has another name by now, or none; and when the new name is taken.
        """
        reach.demand_change(before.organization, "Group")
        return [
            Write.put(_name(after.organization, after.name), _listing(after)),
            Write.delete(_name(before.organization, before.name), "id = :id", named=GONE, id={"S": before.id}),
            Write.update(key(after.id), "SET body = :body", named=GONE, body=_ITEMS.attributes(reach, after)["body"]),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_name(ANY, ANY), key(ANY_ID)])
    def delete_writes(reach: Reach, group: Group) -> list[Write]:
        """GR5: the writes that delete a group. They fail when it is GONE (has another name, or none) or HAS_DEVICES."""
        reach.demand_change(group.organization, "Group")
        return [
            Write.delete(_name(group.organization, group.name), "id = :id", named=GONE, id={"S": group.id}),
            Write.delete(key(group.id), "devices = :none", named=HAS_DEVICES, none={"N": "0"}),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_name(ANY, ANY)])
    def of_organization(reach: Reach, organization: str) -> Iterator[Group]:
        """GR6: an organization's groups by name, without the one that always exists."""
        yield from map(_of_listing, table.query(reach, organization, "Group", "pk = :pk", {"pk": f"ORG#{organization}#GROUPS"}))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[member(ANY, ANY)])
    def things(reach: Reach, group: Group) -> list[str]:
        """GR7: the TUIDs of a group's things, ascending; of the built-in group also those of groups that the Thingsee API does not show."""
        partitions = [member(id, "")[0] for id in (group.id, *group.others)]
        found = (table.query(reach, group.organization, "Group", "pk = :pk", {"pk": partition}) for partition in partitions)
        return sorted(row["sk"]["S"] for rows in found for row in rows)

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[unshown(ANY_ID)])
    def unshown_writes(reach: Reach, group: Group, before: str | None, after: str | None) -> list[Write]:
        """GR8: the writes that count a group among those that the Thingsee API does not show, or no longer, after a change of its name.

        None: there is no such group. No writes when that stays as it is.
        """
        reach.demand_change(group.organization, "Group")
        was, is_now = (name is not None and not is_deployment(name) for name in (before, after))
        if was == is_now:
            return []
        expression = f"SET org = :org {'ADD' if is_now else 'DELETE'} ids :ids"
        return [Write.update(unshown(group.organization), expression, None, org={"S": group.organization}, ids={"SS": [group.id]})]


def _ids(row: table.Item | None) -> list[str]:
    return list(row["ids"]["SS"]) if row and "ids" in row else []


def _listing(group: Group) -> dict[str, Any]:
    return {"org": {"S": group.organization}, "id": {"S": group.id}, "description": {"S": group.description}}


def _of_listing(row: table.Item) -> Group:
    description = table.text(row, "description") or ""
    return Group(id=row["id"]["S"], organization=row["org"]["S"], name=row["sk"]["S"], description=description)
