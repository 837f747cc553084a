"""Deployment groups, and the group of a thing (thingsee.md 5.3, 5.4 and 6). A group's id in this API is its name in the core."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from edge.shape import Strict
from fleet.aws.reads import Read
from fleet.grants import uses
from fleet.names import compared, normalized
from fleet.registry import manage_groups
from fleet.registry.group import LONGEST, LONGEST_TYPED, UNASSIGNED, Group, is_deployment
from fleet.registry.groups import Groups
from fleet.registry.thing import Thing
from thingsee.shapes.paths import ThingPath
from thingsee.shapes.query import Limit, Query, cap


def _demand_deployment(name: str) -> str:
    if not is_deployment(name):
        characters = f"must have 1 to {LONGEST} characters, without white space, control and format characters and /"
        raise ValueError(f"{characters}, and be another than ., .. and {UNASSIGNED}")
    return name


def _refuse_built_in(name: str) -> str:
    if name == UNASSIGNED:
        raise ValueError(f"must be another than {UNASSIGNED}, which is always there")
    return name


_TYPED = {"type": "string", "maxLength": LONGEST_TYPED, "description": f"At most {LONGEST} characters in Unicode's form NFC."}
GroupName = Annotated[
    str,
    AfterValidator(normalized),
    AfterValidator(_demand_deployment),
    WithJsonSchema({**_TYPED, "minLength": 1, "pattern": rf"^(?!(\.|\.\.|{UNASSIGNED})$)[^\s/]+$"}),
]


class GroupPath(Strict):
    """Any text: one that is not a group's id is not found."""

    groupid: str


class OwnGroupPath(GroupPath):
    """A group that can be changed: any but the built-in one."""

    groupid: Annotated[str, AfterValidator(_refuse_built_in)]


class GroupIn(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"group_id": "prfi00lobby", "group_description": "Lobby, ground floor"}]})

    group_id: GroupName
    group_description: Annotated[str, Field(max_length=256)] = ""


class GroupRename(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"group_id": "prfi00lobby2"}]})

    group_id: GroupName


class GroupsQuery(Query):
    q: Annotated[str, BeforeValidator(normalized), Field(max_length=LONGEST), WithJsonSchema(_TYPED)] | None = None
    limit: Annotated[Limit, Field(le=1000)] | None = None


class GroupShown(Strict):
    group_id: str
    group_description: str

    @classmethod
    def of(cls, group: Group) -> Self:
        return cls(group_id=group.name, group_description=group.description)

    def contains(self, text: str) -> bool:
        """Whether its id or description contains the text, ignoring case and how accents are composed."""
        return compared(text) in compared(self.group_id) or compared(text) in compared(self.group_description)


class GroupOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"data": {"group_id": "prfi00lobby", "group_description": "Lobby, ground floor"}}]}
    )

    data: GroupShown


class GroupsOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {"group_id": "prfi00lobby", "group_description": "Lobby, ground floor"},
                        {"group_id": "unassigned", "group_description": ""},
                    ]
                }
            ]
        }
    )

    data: list[GroupShown]

    @classmethod
    def of(cls, groups: Iterable[Group], query: GroupsQuery) -> Self:
        """The groups that match the query and whose names are ids here, by name.

        A list without a search always has the built-in group, whatever its limit.
        """
        limit, built_in = cap(query.limit), GroupShown(group_id=UNASSIGNED, group_description="")
        found: list[GroupShown] = []
        shown = (GroupShown.of(group) for group in groups if is_deployment(group.name))
        for group in _insert(built_in, shown):
            if query.q is None or group.contains(query.q):
                found.append(group)
            if len(found) > limit:
                break
        found = found[:limit]
        return cls(data=found if query.q is not None or built_in in found else [*found[: limit - 1], built_in])


def _insert(built_in: GroupShown, groups: Iterable[GroupShown]) -> Iterable[GroupShown]:
    """Groups that are sorted by name, with the built-in one at its place among them."""
    inserted = False
    for group in groups:
        if not inserted and group.group_id > built_in.group_id:
            yield built_in
            inserted = True
        yield group
    if not inserted:
        yield built_in


class Renamed(Strict):
    group_id: str
    old: str
    renamed: bool


class RenamedOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"data": {"group_id": "prfi00lobby2", "old": "prfi00lobby", "renamed": True}}]}
    )

    data: Renamed


class Deleted(Strict):
    group_id: str
    deleted: bool


class DeletedOut(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": {"group_id": "prfi00lobby", "deleted": True}}]})

    data: Deleted


class Members(Strict):
    group_id: str
    tuids: list[str]


class MembersOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"data": {"group_id": "prfi00lobby", "tuids": ["TSPD04A1B2C3D4E05", "TSPR04A1B2C3D4E09"]}}]}
    )

    data: Members


class ThingGroupIn(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"group_id": "prfi00lobby"}]})

    group_id: str


class ThingGroup(Strict):
    group_id: str
    tuid: str


class ThingGroupOut(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": {"group_id": "prfi00lobby", "tuid": "TSPD04A1B2C3D4E05"}}]})

    data: ThingGroup

    @classmethod
    def of(cls, thing: Thing, group: Group) -> Self:
        return cls(data=ThingGroup(group_id=group.deployment, tuid=thing.tuid))


@uses(Groups.deployment)
def group(path: GroupPath) -> Read[Group]:
    return Groups.deployment(path.groupid)


@uses(Groups.named)
def own_group(path: OwnGroupPath) -> Read[Group]:
    return Groups.named(path.groupid)


@uses(manage_groups.with_group)
def thing_and_group(path: ThingPath, body: ThingGroupIn) -> Read[tuple[Thing, Group]]:
    return manage_groups.with_group(path.tuid, body.group_id)
