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
from fleet.aws.reads import OWN, Found, Read, impossible
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.registry.group import GROUP_NAME, UNASSIGNED, Group, unassigned
from fleet.registry.thing import Thing


def key(id: str) -> table.Key:
    return f"GROUP#{id}", "GROUP"


def _name(organization: str, name: str) -> table.Key:
    return f"ORG#{organization}#GROUPS", name


def _member(id: str, tuid: str) -> table.Key:
    return f"GROUP#{id}#THINGS", tuid


GONE, HAS_THINGS = "group-gone", "group-has-things"
"""Conditions: the group is there under this name; it has no things."""
_ITEMS = Items(Group, "Group")


class Groups:
    """Deployment groups (access-patterns.md GR1 to GR8)."""

    @staticmethod
    def named(name: str, organization: str = OWN) -> Read[Group]:
        """GR1: the group of this name, with the credential; of the caller's own organization unless another is named.

        `unassigned` is always there.
        """
        if name != UNASSIGNED and not GROUP_NAME.fullmatch(name):
            return impossible("Group")

        def parse(reach: Reach, found: Found) -> Group:
            owner = reach.only if organization == OWN else organization
            reach.demand(owner, "Group")
            if name == UNASSIGNED:
                return Group(id=unassigned(owner), organization=owner, name=UNASSIGNED)
            row = found[_name(owner, name)]
            if row is None:
                raise NotFound("Group")
            return _listed(owner, row)

        return Read([] if name == UNASSIGNED else [_name(organization, name)], parse)

    @staticmethod
    def by_id(id: str) -> Read[Group]:
        """GR2: a group by its id, to learn its name."""
        return _ITEMS.one(key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def creating(reach: Reach, group: Group) -> list[Write]:
        """GR3: the writes of a new group; they fail when the name is taken."""
        _judge(reach, group.organization)
        return [
            Write.put(_name(group.organization, group.name), _listing(group)),
            Write.put(key(group.id), {**_row(group), "things": {"N": "0"}}),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem")
    def renaming(reach: Reach, before: Group, after: Group) -> list[Write]:
        """GR4: the writes that give a group another name, however many things it has.

        The first fails when the name is taken, the second when the group no longer has the old one.
        """
        _judge(reach, before.organization)
        return [
            Write.put(_name(after.organization, after.name), _listing(after)),
            Write.delete(_name(before.organization, before.name), "id = :id", named=GONE, id={"S": before.id}),
            Write.update(key(after.id), "SET body = :body", body=_row(after)["body"]),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem")
    def deleting(reach: Reach, group: Group) -> list[Write]:
        """GR5: the writes that delete a group. The first fails when it has another name or is gone, the second when it has things."""
        _judge(reach, group.organization)
        return [
            Write.delete(_name(group.organization, group.name), "id = :id", named=GONE, id={"S": group.id}),
            Write.delete(key(group.id), "things = :none", named=HAS_THINGS, none={"N": "0"}),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def listed(reach: Reach, organization: str) -> Iterator[Group]:
        """GR6: an organization's groups by name, without the one that is always there."""
        _judge(reach, organization)
        for item in table.query("pk = :pk", {"pk": f"ORG#{organization}#GROUPS"}):
            yield _listed(organization, item)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def things(reach: Reach, group: Group) -> list[str]:
        """GR7: the TUIDs of a group's things, ascending."""
        _judge(reach, group.organization)
        return [item["sk"]["S"] for item in table.query("pk = :pk", {"pk": f"GROUP#{group.id}#THINGS"})]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem")
    def moving(reach: Reach, thing: Thing, before: str | None, to: str) -> list[Write]:
        """GR8: the writes that take a thing from one group to another, and count it there. None: it was in no group yet.

        The first fails when the new group is gone.
        """
        _judge(reach, thing.organization)
        writes = [*_counted(thing, to, 1), Write.put(_member(to, thing.tuid), {}, None)]
        return writes if before is None else [*writes, Write.delete(_member(before, thing.tuid)), *_counted(thing, before, -1)]


def _counted(thing: Thing, id: str, by: int) -> list[Write]:
    return [] if id == unassigned(thing.organization) else [Write.update(key(id), "ADD things :by", by={"N": str(by)})]


def _listing(group: Group) -> dict[str, Any]:
    return {"id": {"S": group.id}, "description": {"S": group.description}}


def _listed(organization: str, item: table.Item) -> Group:
    description = table.text(item, "description") or ""
    return Group(id=item["id"]["S"], organization=organization, name=item["sk"]["S"], description=description)


def _row(group: Group) -> dict[str, Any]:
    return {"org": {"S": group.organization}, "body": {"S": group.model_dump_json()}}


def _judge(reach: Reach, organization: str) -> None:
    if not reach.covers(organization):
        raise NotFound("Group")
