"""Creates, renames and deletes deployment groups."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws.writes import Refused, transact
from fleet.errors import Conflict, NotFound
from fleet.grants import uses
from fleet.ids import new_id
from fleet.registry.group import Group
from fleet.registry.groups import GONE, Groups


@uses(Groups.create_writes)
def create(reach: Reach, organization: str, name: str, description: str) -> Group:
    """Create a group. Conflict when the name is taken."""
    group = Group(id=new_id(), organization=organization, name=name, description=description)
    try:
        transact(Groups.create_writes(reach, group))
    except Refused:
        raise _taken() from None
    return group


@uses(Groups.rename_writes)
def rename(reach: Reach, group: Group, name: str) -> bool:
    """Give a group another name; False when it has that one. Conflict when the name is taken, NotFound when the group is gone."""
    if name == group.name:
        return False
    try:
        transact(Groups.rename_writes(reach, group, group.changed(name=name)))
    except Refused as refused:
        raise NotFound("Group") if GONE in refused.failed else _taken() from None
    return True


@uses(Groups.delete_writes)
def delete(reach: Reach, group: Group) -> None:
    """Delete a group. Conflict while it has things, NotFound when it is gone."""
    try:
        transact(Groups.delete_writes(reach, group))
    except Refused as refused:
        raise NotFound("Group") if GONE in refused.failed else Conflict("The group still has things: move them first") from None


def _taken() -> Conflict:
    return Conflict("A group with this id exists: choose another")
