"""The installation status of things, and the group that each is in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleet.access import Reach
from fleet.alerts import track
from fleet.alerts.state import ThingState
from fleet.alerts.states import States
from fleet.aws.reads import Read, both, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, transact
from fleet.errors import NotFound, TooMany
from fleet.grants import uses
from fleet.registry.group import Group, unassigned
from fleet.registry.groups import GONE, Groups
from fleet.registry.thing import Installation, InstallationEntry, Thing
from fleet.registry.things import CHANGED, Things


def with_state(tuid: str) -> Read[tuple[Thing, ThingState]]:
    """A thing and its state."""
    return both(Things.by_tuid(tuid), States.of(tuid))


def with_group(tuid: str, group: str) -> Read[tuple[Thing, Group]]:
    """A thing, and a group of the caller's organization that it may be put into."""
    return both(Things.by_tuid(tuid), Groups.named(group))


@uses(fetch, retrying)
def group_of(reach: Reach, thing: Thing) -> Group:
    """The group that a thing is in. Only the group knows its name; one that is deleted has lost the thing to another before."""

    def find(thing: Thing) -> Group:
        if thing.group == unassigned(thing.organization):
            return Group.built_in(thing.organization)
        group = fetch(reach, Groups.by_id(thing.group).optional())
        if group is None:
            raise Refused({GONE})
        return group

    return retrying(reach, Things.by_tuid(thing.tuid), find, first=thing, busy=_busy())


@uses(fetch)
def place(reach: Reach, state: ThingState) -> Mapping[str, float] | None:
    """Where a thing is, in degrees: by its own report, else by that of the gateway that heard it last; None without either."""
    own, relay = state.reading("location"), state.reading("relay")
    found: Mapping[str, float] | None = fetch(reach, States.of(relay["tuid"])).reading("location") if relay and not own else own
    return found


@uses(retrying, Things.change_writes, track.installation_writes)
def install(reach: Reach, thing: Thing, state: ThingState, status: Installation, responsible: str, now: datetime) -> Thing:
    """Set a thing's installation status, with an entry in its history and what follows for its alerts; the whole or nothing."""

    def store(known: tuple[Thing, ThingState]) -> Thing:
        thing, state = known
        after = thing.installing(status, now)
        entry = InstallationEntry(tuid=thing.tuid, status=status, at=now, responsible=responsible)
        transact([*Things.change_writes(reach, after, entry), *track.installation_writes(reach, after, state, now)])
        return after

    return retrying(reach, with_state(thing.tuid), store, first=(thing, state), busy=_busy())


@uses(retrying, Things.change_writes, Groups.move_writes)
def move(reach: Reach, thing: Thing, group: Group) -> None:
    """Put a thing into a group; nothing changes when it is in it. NotFound when the group is gone."""

    def store(thing: Thing) -> None:
        if thing.group != group.id:
            after = thing.next(group=group.id)
            transact([*Things.change_writes(reach, after), *Groups.move_writes(reach, after, thing.group, group.id)])

    try:
        retrying(reach, Things.by_tuid(thing.tuid), store, first=thing, on={CHANGED}, busy=_busy())
    except Refused:
        raise NotFound("Group") from None


def _busy() -> TooMany:
    return TooMany("The thing is being changed too much at once")
