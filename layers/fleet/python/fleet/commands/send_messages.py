"""Sends messages to things: through the gateway that heard the thing last, or held until one hears it (thingsee.md 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Read, both, reads_rows, unchecked_item
from fleet.aws.writes import Refused, transact
from fleet.commands.accept import Decision, accept
from fleet.commands.command import Command
from fleet.commands.commands import Commands, Earlier
from fleet.commands.kinds import message
from fleet.grants import ANY, uses
from fleet.outbox.message import next_number
from fleet.outbox.messages import Downlinks
from fleet.registry.thing import Thing
from fleet.registry.things import Things, state_key
from fleet.times import unix_ms

MESSAGES = frozenset({1500, 1501, 12200, 13200, 17110})
"""The ids of messages that may be sent to things: the vendor's list, and the one that its samples have (thingsee.md 4)."""
GOOD_FOR = 3600
"""Seconds after which a message that was sent must not be carried out any more."""
HELD_FOR = 24 * 3600
"""Seconds that messages to a thing that nobody has heard yet are held (thingsee.md 4.1)."""
Relay = tuple[str, str]
"""The gateway that relays to a thing: its TUID, and its serial number."""


@dataclass(frozen=True)
class Addressed:
    """A thing to send to, and earlier commands to it.

    `relay` is the gateway that brought its newest message, None while something waits for its first one.
    """

    thing: Thing
    relay: Relay | None
    earlier: Earlier


@uses(Things.by_tuid, Commands.earlier)
@reads_rows(state_key(ANY))
def addressed(tuid: str) -> Read[Addressed]:
    """A thing and how it is reached. A gateway is reached by itself."""
    heard_by, earlier = unchecked_item(state_key(tuid)).map(_relay), Commands.earlier("message", tuid)
    return both(Things.by_tuid(tuid), both(heard_by, earlier)).map(lambda parts: _addressed(parts[0], *parts[1]))


@uses(accept, addressed, Downlinks.hold_writes, Commands.unheard_checks)
def send(reach: Reach, to: Addressed, messages: Sequence[dict[str, Any]], by: str, now: datetime) -> Command:
    """Accept the messages of one request as one command, in their order, and have them sent or held.

    The command's id is the Unix millisecond, raised until no earlier command of the thing has it.
    """

    def decide(to: Addressed) -> Decision:
        command = _command(to, messages, by, now)
        if to.relay is None:
            return Decision(command, to.earlier, message(command, sn=""), Commands.unheard_checks(reach, to.thing))
        return Decision(command, to.earlier, message(command, sn=to.relay[1], gateway=to.relay[0]))

    return accept(reach, addressed(to.thing.tuid), decide, first=to, busy="The thing is being sent too much at once").command


def _command(to: Addressed, messages: Sequence[dict[str, Any]], by: str, now: datetime) -> Command:
    thing, at = to.thing, max(unix_ms(now), to.earlier.number + 1)
    second = at // 1000
    return Command(
        id=str(at),
        device=thing.id,
        address=thing.tuid,
        organization=thing.organization,
        kind="message",
        payload={"messages": [{**each, "tsmTs": second, "tsmDstTuid": thing.tuid} for each in messages]},
        by=by,
        delivery="held" if to.relay is None else "queue",
        accepted=now,
        number=next_number(1000 * to.earlier.number + 999),
        expires=datetime.fromtimestamp(second + (HELD_FOR if to.relay is None else GOOD_FOR), UTC),
    )


@uses(Downlinks.held, Downlinks.release_writes)
def release(reach: Reach, thing: Thing, relay: Relay, now: datetime) -> None:
    """Send what is held for a thing through the gateway that has heard it, in its order; what is too late is dropped.

    What another function is sending right now is left to it.
    """
    for held in list(Downlinks.held(reach, thing.organization, thing.tuid, thing.id)):
        in_time = held.deadline is not None and held.deadline > now.timestamp()
        with suppress(Refused):
            transact(Downlinks.release_writes(reach, held, held.through(relay[1], gateway=relay[0]) if in_time else None))


@dataclass(frozen=True)
class MessageFilter:
    """Which messages: accepted from one Unix second to another, of these ids, of these events; None is any."""

    first: int
    last: int
    ids: frozenset[int] | None
    events: frozenset[int] | None

    def has(self, message: Mapping[str, Any]) -> bool:
        """What must not be sent any more is not shown either."""
        ids = MESSAGES if self.ids is None else MESSAGES & self.ids
        return message["tsmId"] in ids and (self.events is None or message["tsmEv"] in self.events)


@uses(Commands.between)
def newest(reach: Reach, thing: Thing, wanted: MessageFilter) -> Iterator[tuple[Command, dict[str, Any]]]:
    """The messages to a thing that are wanted, newest first, each with the command that it is of.

    Requests are made only while messages are asked for.
    """
    for command in Commands.between(reach, thing, wanted.first, wanted.last):
        yield from ((command, message) for message in reversed(command.payload["messages"]) if wanted.has(message))


def _relay(state: table.Item | None) -> Relay | None:
    by = (table.text(state, "relay") or "", table.text(state, "relay_sn") or "") if state else ("", "")
    return by if by[1] else None


def _addressed(thing: Thing, heard_by: Relay | None, earlier: Earlier) -> Addressed:
    return Addressed(thing, (thing.tuid, thing.sn) if thing.sn else heard_by, earlier)
