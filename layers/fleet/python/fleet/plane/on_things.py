"""Messages of things, taken in: kept as they came, and what they say of the thing, its alerts and the way to it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from fleet.access import Reach
from fleet.alerts.alert import LOST
from fleet.alerts.install import group_of, with_state
from fleet.alerts.state import State
from fleet.alerts.track import Course
from fleet.aws.reads import both, every, fetch
from fleet.aws.writes import Refused, transact
from fleet.commands import accept_thing_commands
from fleet.commands.thing_commands import ThingCommands
from fleet.errors import Stale
from fleet.grants import uses
from fleet.outbox.messages import Downlinks
from fleet.plane import thing_events
from fleet.plane.arrival import TAKEN, Arrival, Receipt
from fleet.plane.envelope import DyingGasp, Presence, Rejected
from fleet.plane.status import Reported
from fleet.plane.thing_messages import ThingMessages
from fleet.registry.gateways import Gateways
from fleet.registry.group import unassigned
from fleet.registry.groups import Groups
from fleet.registry.thing import Thing
from fleet.registry.things import Things
from fleet.telemetry.message import Message
from fleet.telemetry.messages import Messages

_TRIES = 8
Known = dict[str, tuple[Thing, State]]


@uses(ThingCommands.held, ThingCommands.releasing, Downlinks.sending)
def _send_held(arrival: Arrival, thing: Thing, relay: tuple[str, str]) -> None:
    """Send what was held back until somebody would hear the thing. What somebody else is sending right now is left to them."""
    for held in list(ThingCommands.held(arrival.reach, thing.organization, thing.tuid)):
        writes = [ThingCommands.releasing(arrival.reach, held)]
        if held.until > arrival.now.timestamp():
            writes.append(Downlinks.sending(arrival.reach, accept_thing_commands.downlink(held, relay)))
        try:
            transact(writes)
        except Refused:
            continue


@uses(_send_held, fetch, ThingCommands.quiet, Course.commit)
def _release(arrival: Arrival, tuid: str, relay: tuple[str, str]) -> None:
    """Send what waits for a thing's first message, in its order; from then on, what it is sent goes straight to its gateway.

    Until then more is held back behind it: whoever comes before the end of this is sent too.
    """
    for tries in range(_TRIES):
        known, addressed = fetch(arrival.reach, both(with_state(tuid), ThingCommands.addressed(tuid)))
        course = Course(*known)
        _send_held(arrival, course.thing, relay)
        course.release()
        if course.commit(arrival.reach, ThingCommands.quiet(arrival.reach, addressed)):
            return
        time.sleep(random.uniform(0, 0.02 * 2**tries))
    raise Stale


@uses(Course.commit, fetch)
def _lead(arrival: Arrival, known: tuple[Thing, State], events: Callable[[Course], None]) -> Course:
    """Lead a thing through events, and keep where that ends; again from what is there now, when it was changed meanwhile."""
    for tries in range(_TRIES):
        course = Course(*known)
        events(course)
        course.look_when_due()
        if course.commit(arrival.reach):
            return course
        time.sleep(random.uniform(0, 0.02 * 2**tries))
        known = fetch(arrival.reach, with_state(course.thing.tuid))
    raise Stale


@uses(Gateways.report)
def _tell(arrival: Arrival, course: Course, says: bool) -> None:
    """Tell in the words of the WisDM API what becomes of a gateway's connection, and what it `says` of it itself.

    It is told before it is kept, so that it is told again when all of this is repeated.
    """
    before, after = course.active(LOST)
    if says or before != after:
        Gateways.report(arrival.reach, arrival.card, "presence", arrival.mark, {"connected": not after})


@uses(_lead, _tell, _release)
def _follow(arrival: Arrival, known: Known, messages: Sequence[Message], principal: str) -> None:
    """What the messages say of each thing. Of a thing that is heard for the first time, what waited for that is sent."""
    relay = principal, arrival.card.sn
    says = any(message.tuid == principal and thing_events.of_connection(message) for message in messages)

    def events(course: Course) -> None:
        thing_events.apply(course, messages, relay, arrival.received)
        if course.thing.tuid == principal:
            _tell(arrival, course, says)

    for tuid in known:
        course = _lead(arrival, known[tuid], events)
        if course.state.reading("relay") and not course.state.released:
            _release(arrival, tuid, relay)


@uses(Messages.received)
def _dated(arrival: Arrival, thing: Thing, message: Message) -> Message:
    """A message with a time that stays the same when it comes again."""
    return message if message.dated else replace(message, ts=Messages.received(arrival.reach, thing, message, arrival.envelope.message))


@uses(Messages.add, fetch, group_of)
def _keep(reach: Reach, known: Known, messages: Sequence[Message]) -> None:
    """Keep messages, with the names that their things' groups have now."""
    things = {message.tuid: known[message.tuid][0] for message in messages}
    names = _names(reach, things.values())
    for message in messages:
        thing = things[message.tuid]
        Messages.add(reach, thing, message, names.get(thing.group) or group_of(reach, thing).name)


@uses(fetch, _keep, _follow, _dated)
def take(arrival: Arrival, told: ThingMessages) -> Receipt:
    """Take in what a gateway brings.

    A message of a thing that is not there, or another organization's, is put aside with the whole; the others are kept.
    All of it may come twice: a message is kept once, and what it says counts only where it is newer than what is known.
    """
    principal = Things.of_gateway(arrival.card.sn).parse(arrival.reach, arrival.found)
    messages = list(told.read(arrival.received))
    if principal is None or any(message.gateway not in (None, principal) for message in messages):
        raise Rejected("misaddressed")
    known = _known(arrival.reach, [principal, *thing_events.about(messages)])
    mine = [_dated(arrival, known[tuid][0], message) for message in messages if (tuid := message.tuid) in known]
    _keep(arrival.reach, known, mine)
    _follow(arrival, known, mine, principal)
    if len(mine) < len(messages):
        raise Rejected("unknown thing")
    return TAKEN


@uses(_lead, fetch)
def hear(arrival: Arrival, told: Reported) -> None:
    """A gateway that has a TUID spoke in the words of the WisDM API: it is connected, or says that it goes."""
    tuid = Things.of_gateway(arrival.card.sn).parse(arrival.reach, arrival.found)
    if tuid is None:
        return
    at = arrival.mark.sent / 1000
    leaves = isinstance(told, DyingGasp) or (isinstance(told, Presence) and not told.connected)

    def events(course: Course) -> None:
        course.hear(int(arrival.received.timestamp() * 1000))
        if leaves:
            course.ill(LOST, at, at)
        else:
            course.well(LOST, at)

    _lead(arrival, fetch(arrival.reach, with_state(tuid)), events)


def _known(reach: Reach, tuids: Iterable[str]) -> Known:
    """Those of these things that there are, with their states."""
    known = fetch(reach, every({tuid: with_state(tuid).optional() for tuid in tuids}))
    return {tuid: thing_and_state for tuid, thing_and_state in known.items() if thing_and_state}


def _names(reach: Reach, things: Iterable[Thing]) -> Mapping[str, str]:
    """What the groups of these things are called, by their internal ids; without one that is not stored, or no longer."""
    groups = {thing.group for thing in things if thing.group != unassigned(thing.organization)}
    stored = fetch(reach, every({id: Groups.by_id(id).optional() for id in groups}))
    return {id: group.name for id, group in stored.items() if group}
