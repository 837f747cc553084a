"""Deployment groups. Things refer to a group's id, which never changes; only two rows hold its name.

ORG#<organization>#GROUPS   <name>     which group has the name, and its description: what lists show
GROUP#<id>                  GROUP      the group, and how many things it has
GROUP#<id>#THINGS           <tuid>     a thing that is in it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, impossible, of_reach, own_item
from fleet.aws.writes import Write
from fleet.grants import needs
from fleet.registry.group import GROUP_NAME, UNASSIGNED, Group, unassigned
from fleet.registry.thing import Thing

GONE, HAS_THINGS = "group-gone", "group-has-things"
"""Conditions: the group is there under this name; it has no things."""
_ITEMS = Items(Group, "Group")


def key(id: str) -> table.Key:
    return f"GROUP#{id}", "GROUP"


def _name(organization: str, name: str) -> table.Key:
    return f"ORG#{organization}#GROUPS", name


def _member(id: str, tuid: str) -> table.Key:
    return f"GROUP#{id}#THINGS", tuid


class Groups:
    """Deployment groups (access-patterns.md GR1 to GR8)."""

    @staticmethod
    def named(name: str) -> Read[Group]:
        """GR1: the group of this name in the caller's own organization, with the credential. `unassigned` always exists."""
        if name == UNASSIGNED:
            return of_reach(lambda reach: Group.built_in(reach.only))
        if not GROUP_NAME.fullmatch(name):
            return impossible("Group")
        return own_item(lambda organization: _name(organization, name), "Group").map(_of_listing)

    @staticmethod
    def by_id(id: str) -> Read[Group]:
        """GR2: a group by its id, to learn its name."""
        return _ITEMS.one(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create_writes(reach: Reach, group: Group) -> list[Write]:
        """GR3: the writes of a new group; they fail when the name is taken."""
        return [
            Write.put(_name(group.organization, group.name), _listing(group)),
            _ITEMS.create(reach, key(group.id), group, more={"things": {"N": "0"}}),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem")
    def rename_writes(reach: Reach, before: Group, after: Group) -> list[Write]:
        """GR4: the writes that give a group another name, however many things it has.

        They fail when the group is GONE: has another name by now, or none; and when the new name is taken.
        """
        reach.demand(before.organization, "Group")
        return [
            Write.put(_name(after.organization, after.name), _listing(after)),
            Write.delete(_name(before.organization, before.name), "id = :id", named=GONE, id={"S": before.id}),
            Write.update(key(after.id), "SET body = :body", named=GONE, body=_ITEMS.attributes(reach, after)["body"]),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem")
    def delete_writes(reach: Reach, group: Group) -> list[Write]:
        """GR5: the writes that delete a group. They fail when it is GONE (has another name, or none) or HAS_THINGS."""
        reach.demand(group.organization, "Group")
        return [
            Write.delete(_name(group.organization, group.name), "id = :id", named=GONE, id={"S": group.id}),
            Write.delete(key(group.id), "things = :none", named=HAS_THINGS, none={"N": "0"}),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def of_organization(reach: Reach, organization: str) -> Iterator[Group]:
        """GR6: an organization's groups by name, without the one that always exists."""
        yield from map(_of_listing, table.query(reach, organization, "Group", "pk = :pk", {"pk": f"ORG#{organization}#GROUPS"}))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def things(reach: Reach, group: Group) -> list[str]:
        """GR7: the TUIDs of a group's things, ascending."""
        rows = table.query(reach, group.organization, "Group", "pk = :pk", {"pk": f"GROUP#{group.id}#THINGS"})
        return [row["sk"]["S"] for row in rows]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem")
    def move_writes(reach: Reach, thing: Thing, before: str | None, to: str) -> list[Write]:
        """GR8: the writes that take a thing from one group to another, and count it there. None: it was in no group yet.

        They fail when the new group is GONE.
        """
        reach.demand(thing.organization, "Group")
        writes = [*_count_writes(thing, to, 1), Write.put(_member(to, thing.tuid), {}, None)]
        return writes if before is None else [*writes, Write.delete(_member(before, thing.tuid)), *_count_writes(thing, before, -1)]


def _count_writes(thing: Thing, id: str, by: int) -> list[Write]:
    return [] if id == unassigned(thing.organization) else [Write.update(key(id), "ADD things :by", named=GONE, by={"N": str(by)})]


def _listing(group: Group) -> dict[str, Any]:
    return {"org": {"S": group.organization}, "id": {"S": group.id}, "description": {"S": group.description}}


def _of_listing(row: table.Item) -> Group:
    description = table.text(row, "description") or ""
    return Group(id=row["id"]["S"], organization=row["org"]["S"], name=row["sk"]["S"], description=description)
