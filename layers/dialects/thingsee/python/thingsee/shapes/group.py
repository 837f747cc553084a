"""Deployment groups, and the group of a thing (thingsee.md 5.3, 5.4 and 6). What the API calls a group's id is its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field

from edge.shape import Strict
from fleet.alerts import install
from fleet.aws.reads import Read
from fleet.registry.group import UNASSIGNED, Group
from fleet.registry.groups import Groups
from fleet.registry.thing import Thing
from thingsee.shapes.paths import ThingPath
from thingsee.shapes.query import Limit, Query, capped


def _not_reserved(name: str) -> str:
    if name.lower() == UNASSIGNED:
        raise ValueError(f"must not be {UNASSIGNED}")
    return name


def _not_built_in(name: str) -> str:
    if name == UNASSIGNED:
        raise ValueError(f"must be another than {UNASSIGNED}, which is always there")
    return name


GroupName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]*$"), AfterValidator(_not_reserved)]


class GroupPath(Strict):
    """Any text: what cannot be a group's id names no group."""

    groupid: str


class OwnGroupPath(GroupPath):
    """A group that may be changed: the one that is always there may not."""

    groupid: Annotated[str, AfterValidator(_not_built_in)]


class GroupIn(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"group_id": "prfi00lobby", "group_description": "Lobby, ground floor"}]})

    group_id: GroupName
    group_description: Annotated[str, Field(max_length=256)] = ""


class GroupRename(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"group_id": "prfi00lobby2"}]})

    group_id: GroupName


class GroupsQuery(Query):
    q: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[Limit, Field(le=1000)] | None = None


class GroupShown(Strict):
    group_id: str
    group_description: str

    @classmethod
    def of(cls, group: Group) -> Self:
        return cls(group_id=group.name, group_description=group.description)

    def holds(self, text: str) -> bool:
        """Whether it has this text in it, in whatever case."""
        return text.casefold() in self.group_id.casefold() or text.casefold() in self.group_description.casefold()


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
        """Those that are asked for, by name. The one that is always there is in every list that is not searched, however short."""
        wanted, built_in = capped(query.limit), GroupShown(group_id=UNASSIGNED, group_description="")
        found: list[GroupShown] = []
        for shown in _with(built_in, map(GroupShown.of, groups)):
            if query.q is None or shown.holds(query.q):
                found.append(shown)
            if len(found) > wanted:
                break
        found = found[:wanted]
        return cls(data=found if query.q is not None or built_in in found else [*found[: wanted - 1], built_in])


def _with(built_in: GroupShown, groups: Iterable[GroupShown]) -> Iterable[GroupShown]:
    """The groups by name, with the one that is always there at its place among them."""
    given = False
    for group in groups:
        if not given and group.group_id > built_in.group_id:
            yield built_in
            given = True
        yield group
    if not given:
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
        return cls(data=ThingGroup(group_id=group.name, tuid=thing.tuid))


def group(path: GroupPath) -> Read[Group]:
    return Groups.named(path.groupid)


def own_group(path: OwnGroupPath) -> Read[Group]:
    return Groups.named(path.groupid)


def thing_and_group(path: ThingPath, body: ThingGroupIn) -> Read[tuple[Thing, Group]]:
    return install.with_group(path.tuid, body.group_id)
