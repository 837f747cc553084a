"""Messages to things as they were accepted, one item each, and those that wait until a gateway hears the thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, unchecked_item
from fleet.aws.writes import NEW, Write
from fleet.commands.thing_command import HeldCommands, ThingCommand
from fleet.grants import needs
from fleet.registry.thing import Thing
from fleet.registry.things import Things, state_key

_COMMANDS = Items(ThingCommand, "Thing")
_HELD = Items(HeldCommands, "Thing")


@dataclass(frozen=True)
class Addressed:
    """A thing to send to: the gateway that relayed its newest message, as TUID and serial number (None while something waits
    for its first one), and when it was last sent something (Unix ms; 0 for never).
    """

    thing: Thing
    relay: tuple[str, str] | None
    last: int


def _head(tuid: str) -> table.Key:
    return f"TUID#{tuid}", "COMMANDS"


def _sent(tuid: str) -> str:
    return f"TUID#{tuid}#COMMANDS"


def _held(tuid: str, at: int) -> table.Key:
    return f"HELD#{tuid}", f"{at:015d}"


class ThingCommands:
    """Messages to things (access-patterns.md TC1 to TC7)."""

    @staticmethod
    def addressed(tuid: str) -> Read[Addressed]:
        """TC1: a thing and how it is reached, with the credential. A gateway is reached by itself."""
        heard_by, last = unchecked_item(state_key(tuid)).map(_relay), unchecked_item(_head(tuid)).map(_last)
        return both(Things.by_tuid(tuid), both(heard_by, last)).map(lambda parts: _addressed(parts[0], *parts[1]))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def accept_writes(reach: Reach, to: Addressed, commands: Sequence[ThingCommand]) -> list[Write]:
        """TC2: the writes of one request's messages. They fail when something was sent to the thing meanwhile."""
        reach.demand(to.thing.organization, "Thing")
        head = Write.put(_head(to.thing.tuid), {"last": {"N": str(commands[0].at)}}, **_no_newer_command(to))
        return [head, *(_COMMANDS.create(reach, _place(command), command) for command in commands)]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem")
    def no_newer_command_checks(reach: Reach, to: Addressed) -> list[Write]:
        """TC7: the check of a transaction that nothing was sent to the thing meanwhile."""
        reach.demand(to.thing.organization, "Thing")
        return [Write.check(_head(to.thing.tuid), **_no_newer_command(to))]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def between(reach: Reach, thing: Thing, start: int, end: int) -> Iterator[ThingCommand]:
        """TC3: the messages that were accepted from one Unix second to another, both included, newest first."""
        values = {"pk": _sent(thing.tuid), "first": f"{start * 1000:015d}", "last": f"{end * 1000 + 999:015d}~"}
        rows = table.query(reach, thing.organization, "Thing", "pk = :pk AND sk BETWEEN :first AND :last", values, backward=True)
        if start <= end:
            yield from map(_COMMANDS.parse, rows)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:ConditionCheckItem")
    def hold_writes(reach: Reach, held: HeldCommands) -> list[Write]:
        """TC4: the writes that hold messages back until a gateway hears the thing. They fail when one has."""
        unheard = Write.check(state_key(held.tuid), "attribute_not_exists(relay_sn)")
        return [unheard, _HELD.create(reach, _held(held.tuid, held.at), held, more={"ttl": {"N": str(held.until)}})]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def waiting(reach: Reach, organization: str, tuid: str) -> Iterator[HeldCommands]:
        """TC5: the messages that are held back for a thing, oldest first."""
        yield from map(_HELD.parse, table.query(reach, organization, "Thing", "pk = :pk", {"pk": f"HELD#{tuid}"}))

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem")
    def release_writes(reach: Reach, held: HeldCommands) -> list[Write]:
        """TC6: the writes that end holding messages back. They fail when that was ended already."""
        reach.demand(held.organization, "Thing")
        return [Write.delete(_held(held.tuid, held.at))]


def _relay(state: table.Item | None) -> tuple[str, str] | None:
    by = (table.text(state, "relay") or "", table.text(state, "relay_sn") or "") if state else ("", "")
    return by if by[1] else None


def _last(head: table.Item | None) -> int:
    return int(head["last"]["N"]) if head else 0


def _addressed(thing: Thing, heard_by: tuple[str, str] | None, last: int) -> Addressed:
    return Addressed(thing, (thing.tuid, thing.sn) if thing.sn else heard_by, last)


def _place(command: ThingCommand) -> table.Key:
    return _sent(command.tuid), f"{command.at:015d}#{command.number:02d}"


def _no_newer_command(to: Addressed) -> dict[str, Any]:
    """The condition that nothing was sent to the thing since it was read, with what it needs."""
    if not to.last:
        return {"condition": NEW}
    return {"condition": "#last = :before", "names": {"#last": "last"}, "before": {"N": str(to.last)}}
