"""Groups of devices: lists, creates, renames and deletes them. Any text can be a name; Thingsee shows those whose names can be ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.access import EVERYWHERE
from fleet.errors import Conflict, FleetError, Problem
from fleet.names import normalized
from fleet.registry import manage_groups
from fleet.registry.group import LONGEST, UNASSIGNED, Group
from fleet.registry.groups import Groups
from muster.operator import organization, rules


class NoGroup(FleetError):
    """The organization has no group of this name: list its groups with `muster group list`, or make one with `muster group create`"""


class Taken(Conflict):
    """Another group of the organization has this name: choose another"""


class BuiltIn(Conflict):
    """The group `unassigned` is built in and stays: it has what is in no other. To put a device there, say `--group none`"""


@dataclass(frozen=True)
class GroupView:
    """A group. `thingsee` is the id under which the Thingsee API shows what is in it: the name, or `unassigned`."""

    id: str
    name: str
    organization: str
    description: str
    thingsee: str

    @classmethod
    def of(cls, group: Group) -> GroupView:
        return cls(group.id, group.name, group.organization, group.description, group.deployment)


def of_organization(slug_or_id: str) -> Iterator[GroupView]:
    """The groups of an organization by name, without the one that always exists."""
    return map(GroupView.of, Groups.of_organization(EVERYWHERE, organization.find(slug_or_id).id))


def find(owner: str, name: str) -> Group:
    """The group of this name in an organization (by id). Raises NoGroup, and BuiltIn for the one that always exists."""
    if name == UNASSIGNED:
        raise BuiltIn
    for group in Groups.of_organization(EVERYWHERE, owner):
        if group.name == normalized(name):
            return group
    raise NoGroup


def create(slug_or_id: str, name: str, description: str = "") -> GroupView:
    """Create a group. Raises Invalid for what is no name, and Conflict when it is taken, or the organization is disabled."""
    _check(name)
    owner = organization.find_active(slug_or_id).id
    try:
        return GroupView.of(manage_groups.create_of_any_name(EVERYWHERE, owner, name, description))
    except Conflict:
        raise Taken from None


def rename(slug_or_id: str, name: str, to: str) -> GroupView:
    """Give a group another name. Raises as `create`, and NoGroup."""
    _check(to, "to")
    group = find(organization.find(slug_or_id).id, name)
    try:
        manage_groups.rename_to_any_name(EVERYWHERE, group, to)
    except Conflict:
        raise Taken from None
    return GroupView.of(group.changed(name=to))


def delete(slug_or_id: str, name: str) -> GroupView:
    """Delete a group. Raises NoGroup, and Conflict while it has devices."""
    group = find(organization.find(slug_or_id).id, name)
    manage_groups.delete_of_any_name(EVERYWHERE, group)
    return GroupView.of(group)


def _check(name: str, field: str = "name") -> None:
    always = Problem((field,), "must be another: the group `unassigned` always exists, and has what is in no other")
    word = Problem((field,), f"must be another: `{rules.NONE}` means no group")
    rules.demand(
        rules.text(field, normalized(name), LONGEST),
        always if name == UNASSIGNED else None,
        word if name.casefold() == rules.NONE else None,
    )


def in_words(group: GroupView) -> str:
    """A group as one line of text."""
    shown = "" if group.thingsee == group.name else f"; Thingsee shows its things as {UNASSIGNED}: the name can be no id there"
    return f"{group.id} {group.name}{shown}"
