"""Deployment groups: making, naming and deleting them."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.errors import Conflict, NotFound
from fleet.grants import uses
from fleet.ids import new_id
from fleet.registry.group import Group
from fleet.registry.groups import Groups


@uses(Groups.creating)
def create(reach: Reach, organization: str, name: str, description: str) -> Group:
    """Make a group. Conflict when the name is taken."""
    made = Group(id=new_id(), organization=organization, name=name, description=description)
    try:
        table.transact(Groups.creating(reach, made))
    except table.Refused:
        raise _taken() from None
    return made


@uses(Groups.renaming)
def rename(reach: Reach, group: Group, name: str) -> bool:
    """Give a group another name; False when it has that one. Conflict when the name is taken, NotFound when the group is gone."""
    if name == group.name:
        return False
    try:
        table.transact(Groups.renaming(reach, group, group.changed(name=name)))
    except table.Refused as refused:
        raise NotFound("Group") if 1 in refused.failed else _taken() from None
    return True


@uses(Groups.deleting)
def delete(reach: Reach, group: Group) -> None:
    """Delete a group. Conflict while it has things, NotFound when it is gone."""
    try:
        table.transact(Groups.deleting(reach, group))
    except table.Refused as refused:
        raise NotFound("Group") if 0 in refused.failed else Conflict("The group still has things: move them first") from None


def _taken() -> Conflict:
    return Conflict("A group with this id exists: choose another")
