"""Accepts messages to things, and has them sent through the gateway that heard the thing last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from fleet.access import Reach
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, transact
from fleet.commands.thing_command import COMMANDS, HeldCommands, ThingCommand
from fleet.commands.thing_commands import Addressed, ThingCommands
from fleet.errors import TooMany
from fleet.grants import uses
from fleet.ids import derived_uuid
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry.thing import Thing

GOOD_FOR = 3600
"""Seconds after which a message that was sent must not be carried out any more."""
HELD_FOR = 24 * 3600
"""Seconds that messages to a thing that nobody has heard yet are held back (thingsee.md 4.1)."""


@uses(retrying, ThingCommands.accept_writes, ThingCommands.hold_writes, Downlinks.send_writes)
def accept(reach: Reach, to: Addressed, messages: Sequence[dict[str, Any]], responsible: str, now: datetime) -> list[ThingCommand]:
    """Accept the messages of one request, in their order, and have them sent or held back; all or none.

    The time of a request is the Unix millisecond, raised until no earlier request has it; who comes second tries again.
    """

    def store(to: Addressed) -> list[ThingCommand]:
        thing, at = to.thing, max(int(now.timestamp() * 1000), to.last + 1)
        commands = [
            ThingCommand(
                organization=thing.organization, tuid=thing.tuid, at=at, number=number, responsible=responsible,
                message={**message, "tsmTs": at // 1000, "tsmDstTuid": thing.tuid},
            )
            for number, message in enumerate(messages)
        ]  # fmt: skip
        transact([*ThingCommands.accept_writes(reach, to, commands), *_delivery_writes(reach, to, commands)])
        return commands

    busy = TooMany("The thing is being sent too much at once")
    return retrying(reach, ThingCommands.addressed(to.thing.tuid), store, first=to, busy=busy)


def _delivery_writes(reach: Reach, to: Addressed, commands: Sequence[ThingCommand]) -> list[Write]:
    """The writes that send a request, or hold it back while nobody hears the thing."""
    first, wait = commands[0], HELD_FOR if to.relay is None else GOOD_FOR
    request = HeldCommands(
        organization=first.organization,
        tuid=first.tuid,
        at=first.at,
        messages=[each.message for each in commands],
        until=first.at // 1000 + wait,
    )
    if to.relay is None:
        return ThingCommands.hold_writes(reach, request)
    return Downlinks.send_writes(reach, downlink(request, to.relay))


def downlink(request: HeldCommands, relay: tuple[str, str]) -> Downlink:
    """The message that takes a request to the gateway `relay`: its TUID, and its name in the device plane."""
    id = derived_uuid("thingsee.commands", f"{request.organization}/{request.tuid}/{request.at}")
    return Downlink(
        id=id,
        sn=relay[1],
        organization=request.organization,
        type="thingsee.commands",
        payload={"commandId": id, "gateway": relay[0], "notAfter": request.until, "messages": request.messages},
        deadline=request.until,
    )


@dataclass(frozen=True)
class CommandFilter:
    """Which messages: accepted from one Unix second to another, of these ids, of these events; None is any."""

    first: int
    last: int
    ids: frozenset[int] | None
    events: frozenset[int] | None

    def has(self, message: Mapping[str, Any]) -> bool:
        """What must not be sent any more is not shown either."""
        ids = COMMANDS if self.ids is None else COMMANDS & self.ids
        return message["tsmId"] in ids and (self.events is None or message["tsmEv"] in self.events)


@uses(ThingCommands.between)
def newest(reach: Reach, thing: Thing, wanted: CommandFilter, limit: int) -> list[ThingCommand]:
    """The newest messages to a thing that are wanted, at most so many, oldest first."""
    sent = ThingCommands.between(reach, thing, wanted.first, wanted.last)
    return list(islice((command for command in sent if wanted.has(command.message)), limit))[::-1]
