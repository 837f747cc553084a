"""Things: their installation status, and the group that each is in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleet.access import Reach
from fleet.alerts import track
from fleet.alerts.state import State
from fleet.alerts.states import States
from fleet.aws.reads import Read, both, fetch
from fleet.aws.writes import Refused, transact
from fleet.errors import NotFound, TooMany
from fleet.grants import uses
from fleet.registry.group import UNASSIGNED, Group, unassigned
from fleet.registry.groups import Groups
from fleet.registry.thing import Installation, InstallationEntry, Thing
from fleet.registry.things import THING_CHANGED, Things

_TRIES = 5


def with_state(tuid: str) -> Read[tuple[Thing, State]]:
    """A thing, and what its messages say of it."""
    return both(Things.by_tuid(tuid), States.of(tuid))


def with_group(tuid: str, group: str) -> Read[tuple[Thing, Group]]:
    """A thing, and a group of the caller's organization that it may be put into."""
    return both(Things.by_tuid(tuid), Groups.named(group))


@uses(fetch)
def group_of(reach: Reach, thing: Thing) -> Group:
    """The group that a thing is in. Only the group knows its name; one that is gone has lost the thing to another before."""
    for _ in range(_TRIES):
        if thing.group == unassigned(thing.organization):
            return fetch(reach, Groups.named(UNASSIGNED, thing.organization))
        try:
            return fetch(reach, Groups.by_id(thing.group))
        except NotFound:
            thing = fetch(reach, Things.by_tuid(thing.tuid))
    raise _busy()


@uses(fetch)
def place(reach: Reach, state: State) -> Mapping[str, float] | None:
    """Where a thing is, in degrees: where it said, else where the gateway is that heard it last; None when neither said."""
    own, relay = state.reading("location"), state.reading("relay")
    found: Mapping[str, float] | None = fetch(reach, States.of(relay["tuid"])).reading("location") if relay and not own else own
    return found


@uses(fetch, Things.changing, track.following)
def install(reach: Reach, thing: Thing, state: State, status: Installation, responsible: str, now: datetime) -> Thing:
    """Set a thing's installation status, with an entry in its history and what follows for its alerts; the whole or nothing."""
    for _ in range(_TRIES):
        after = thing.installing(status, now)
        entry = InstallationEntry(tuid=thing.tuid, status=status, at=now, responsible=responsible)
        try:
            transact([*Things.changing(reach, after, entry), *track.following(reach, after, state, now)])
        except Refused:
            thing, state = fetch(reach, with_state(thing.tuid))
        else:
            return after
    raise _busy()


@uses(fetch, Things.changing, Groups.moving)
def move(reach: Reach, thing: Thing, group: Group) -> None:
    """Put a thing into a group; nothing changes when it is in it. NotFound when the group is gone."""
    for _ in range(_TRIES):
        if thing.group == group.id:
            return
        after = thing.next(group=group.id)
        try:
            transact([*Things.changing(reach, after), *Groups.moving(reach, after, thing.group, group.id)])
        except Refused as refused:
            if THING_CHANGED not in refused.failed:
                raise NotFound("Group") from None
            thing = fetch(reach, Things.by_tuid(thing.tuid))
        else:
            return
    raise _busy()


def _busy() -> TooMany:
    return TooMany("The thing is being changed too much at once")
