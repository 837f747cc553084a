"""Creates, renames and deletes groups, and finds that of a thing."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.access import Reach
from fleet.aws.reads import Read, both, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Conflict, NotFound, TooMany
from fleet.grants import uses
from fleet.ids import new_id
from fleet.registry.group import Group, unassigned
from fleet.registry.groups import GONE, Groups
from fleet.registry.thing import Thing
from fleet.registry.things import Things


@uses(Groups.create_writes)
def create(reach: Reach, organization: str, name: str, description: str) -> Group:
    """Create a group whose name is an id in the Thingsee API. Conflict when the name is taken."""
    return _create(reach, Group(id=new_id(), organization=organization, name=name, description=description), [])


@uses(Groups.create_writes, Groups.unshown_writes)
def create_of_any_name(reach: Reach, organization: str, name: str, description: str) -> Group:
    """Create a group of any name: the Thingsee API shows what is in it as `unassigned` where it is no id. Conflict as in `create`."""
    group = Group(id=new_id(), organization=organization, name=name, description=description)
    return _create(reach, group, Groups.unshown_writes(reach, group, None, group.name))


def _create(reach: Reach, group: Group, more: Sequence[Write]) -> Group:
    try:
        transact([*Groups.create_writes(reach, group), *more])
    except Refused:
        raise _taken() from None
    return group


@uses(Groups.rename_writes)
def rename(reach: Reach, group: Group, name: str) -> bool:
    """Give a group another name, which is an id in the Thingsee API as the one before; False when it has that one.

    Conflict when the name is taken, NotFound when the group is gone.
    """
    return _rename(reach, group, name, [])


@uses(Groups.rename_writes, Groups.unshown_writes)
def rename_to_any_name(reach: Reach, group: Group, name: str) -> bool:
    """Give a group of any name another one, as `rename` does."""
    return _rename(reach, group, name, Groups.unshown_writes(reach, group, group.name, group.changed(name=name).name))


def _rename(reach: Reach, group: Group, name: str, more: Sequence[Write]) -> bool:
    after = group.changed(name=name)
    if after.name == group.name:
        return False
    try:
        transact([*Groups.rename_writes(reach, group, after), *more])
    except Refused as refused:
        raise NotFound("Group") if GONE in refused.failed else _taken() from None
    return True


@uses(Groups.delete_writes)
def delete(reach: Reach, group: Group) -> None:
    """Delete a group whose name is an id in the Thingsee API. Conflict while it has devices, NotFound when it is gone."""
    _delete(reach, group, [])


@uses(Groups.delete_writes, Groups.unshown_writes)
def delete_of_any_name(reach: Reach, group: Group) -> None:
    """Delete a group of any name, as `delete` does."""
    _delete(reach, group, Groups.unshown_writes(reach, group, group.name, None))


def _delete(reach: Reach, group: Group, more: Sequence[Write]) -> None:
    try:
        transact([*Groups.delete_writes(reach, group), *more])
    except Refused as refused:
        raise NotFound("Group") if GONE in refused.failed else Conflict("The group still has things: move them first") from None


@uses(Things.by_tuid, Groups.deployment)
def with_group(tuid: str, group: str) -> Read[tuple[Thing, Group]]:
    """A thing, and a group of the caller's organization that it may be put into."""
    return both(Things.by_tuid(tuid), Groups.deployment(group))


@uses(Groups.by_id, Things.by_tuid)
def group_of(reach: Reach, thing: Thing) -> Group:
    """The group that a thing is in. Only the group knows its name; one that is deleted has lost the thing to another before."""

    def find(thing: Thing) -> Group:
        if thing.group == unassigned(thing.organization):
            return Group.built_in(thing.organization)
        group = fetch(reach, Groups.by_id(thing.group).optional())
        if group is None:
            raise Refused({GONE})
        return group

    return retrying(reach, Things.by_tuid(thing.tuid), find, first=thing, busy=TooMany("The thing is being changed too much at once"))


def _taken() -> Conflict:
    return Conflict("A group with this id exists: choose another")
