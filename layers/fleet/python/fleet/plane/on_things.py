"""Handles messages of things: stores them as they came, and applies them to the thing, its alerts and the way to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fleet.access import Reach
from fleet.alerts.alert import LOST
from fleet.alerts.fold import fold
from fleet.alerts.install import with_state
from fleet.alerts.state import ThingState
from fleet.alerts.track import AlertTracker
from fleet.aws.reads import both, every, fetch, nothing
from fleet.aws.retrying import retrying
from fleet.commands import send_messages
from fleet.commands.commands import Commands, Earlier
from fleet.grants import uses
from fleet.plane import thing_events
from fleet.plane.arrival import Arrival, Receipt
from fleet.plane.envelope import AHEAD, Rejected
from fleet.plane.presence import Announcer
from fleet.plane.thing_messages import ThingMessages
from fleet.plane.uplink import uplink
from fleet.registry.group import unassigned
from fleet.registry.groups import Groups
from fleet.registry.manage_groups import group_of
from fleet.registry.thing import Thing
from fleet.telemetry.message import Message
from fleet.telemetry.messages import RETENTION, Messages

Known = dict[str, tuple[Thing, ThingState]]


@uses(with_state, Commands.earlier, send_messages.release, Commands.unchanged_checks, AlertTracker.commit)
def _release(arrival: Arrival, tuid: str, relay: send_messages.Relay) -> None:
    """Send what waits for a thing's first message, in its order; from then on, what it is sent goes straight to its gateway.

    Until then more is held back behind it: whatever comes before the end of this is sent too.
    """

    def send(known: tuple[tuple[Thing, ThingState], Earlier]) -> None:
        tracker, earlier = AlertTracker(*known[0]), known[1]
        send_messages.release(arrival.reach, tracker.thing, relay, arrival.now)
        tracker.release()
        tracker.commit(arrival.reach, Commands.unchanged_checks(arrival.reach, tracker.thing, earlier))

    retrying(arrival.reach, both(with_state(tuid), Commands.earlier("message", tuid)), send)


def _is_back(tracker: AlertTracker) -> bool:
    """Whether the messages end the alert of a gateway that was lost."""
    return tracker.active(LOST) == (True, False)


@uses(Announcer.heard, Announcer.left)
def _announce(arrival: Arrival, tracker: AlertTracker, reported: bool) -> None:
    """Say whether the gateway is there, now that its messages are folded in: what it `reported` of its connection may be out of date."""
    if not tracker.state.watch(LOST).active:
        arrival.presence.heard(explicit=reported)
    elif reported:
        arrival.presence.left()


@uses(fold, _announce, _release, Announcer.heard)
def _apply(arrival: Arrival, known: Known, messages: Sequence[Message], principal: str) -> None:
    """Apply the messages to each thing. When a thing is heard for the first time, what waited for that is sent.

    That the gateway is back is said before its alert ends: whoever repeats this would find no alert any more.
    """
    relay = principal, arrival.card.sn
    reported = any(message.tuid == principal and thing_events.of_connection(message) for message in messages)

    def events(tracker: AlertTracker) -> None:
        thing_events.apply(tracker, messages, relay, arrival.received)
        if tracker.thing.tuid == principal and _is_back(tracker):
            arrival.presence.heard(explicit=True)

    for tuid, thing_and_state in known.items():
        tracker = fold(arrival.reach, tuid, events, thing_and_state)
        if tuid == principal and not _is_back(tracker):
            _announce(arrival, tracker, reported)
        if tracker.state.reading("relay") and not tracker.state.released:
            _release(arrival, tuid, relay)


@uses(Messages.first_received)
def _dated(arrival: Arrival, thing: Thing, message: Message) -> Message:
    """A message with a time that stays the same when it comes again.

    A clock that is behind may begin anew at each start of the gateway: the same message of two starts is two.
    """
    if message.dated:
        return message
    own, envelope = message.own_ts, arrival.envelope
    when: float | str
    if own is None:
        when = envelope.message
    elif own > message.ts:
        when = own
    else:
        when = f"{envelope.boot}/{own}"
    return replace(message, ts=Messages.first_received(arrival.reach, thing, message, when))


def _listed(message: Message, received: datetime) -> Message:
    """A message under the time that it is listed at: its own where that can be true, also where it is too old to count by it.

    What was held back for days cannot be told from what a gateway sends whose clock is days behind; no measurement is to move to another
    day for that.
    """
    now, own = received.timestamp(), message.own_ts
    if own is None or not now - RETENTION <= own <= now + AHEAD.total_seconds():
        return message
    return replace(message, ts=own)


@uses(Messages.add, Groups.by_id, group_of)
def _store(reach: Reach, known: Known, messages: Sequence[Message]) -> None:
    """Store messages, with the names that their things' groups have now."""
    things = {message.tuid: known[message.tuid][0] for message in messages}
    names = _names(reach, things.values())
    for message in messages:
        thing = things[message.tuid]
        Messages.add(reach, thing, message, names.get(thing.group) or group_of(reach, thing).deployment)


@uplink("thingsee.messages", ThingMessages, reads=nothing, leaves=None)
@uses(with_state, _store, _apply, _dated)
def take(arrival: Arrival, payload: ThingMessages, _: None) -> Receipt:
    """Store and apply what a gateway brings.

    A message that breaks a rule, or is of a thing that does not exist or is another organization's, is refused alone.
    The others are stored.
    All of it may come twice: a message is stored once, and its values count only where they are newer than what is known.
    """
    principal = arrival.card.tuid
    if principal is None:
        raise Rejected("misaddressed")
    judged = payload.judge(arrival.envelope, arrival.received, principal)
    known = _known(arrival.reach, [principal, *thing_events.about(judged.messages)])
    judged = judged.refuse("unknown thing", lambda message: message.tuid not in known)
    mine = [_dated(arrival, known[message.tuid][0], message) for message in judged.messages]
    _store(arrival.reach, known, [_listed(message, arrival.received) for message in mine])
    _apply(arrival, known, mine, principal)
    return Receipt.in_part({reason: {"messages": bodies} for reason, bodies in judged.refused.items()})


def _known(reach: Reach, tuids: Iterable[str]) -> Known:
    """Those of these things that exist, with their states."""
    known = fetch(reach, every({tuid: with_state(tuid).optional() for tuid in tuids}))
    return {tuid: thing_and_state for tuid, thing_and_state in known.items() if thing_and_state}


def _names(reach: Reach, things: Iterable[Thing]) -> Mapping[str, str]:
    """The names of the groups of these things, by their internal ids; without a group that is not stored, or no longer."""
    groups = {thing.group for thing in things if thing.group != unassigned(thing.organization)}
    stored = fetch(reach, every({id: Groups.by_id(id).optional() for id in groups}))
    return {id: group.deployment for id, group in stored.items() if group}
