"""Sends commands again that a gateway has not carried out, because its queue has forgotten them or they never were in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fleet.access import Reach
from fleet.aws.reads import every, fetch
from fleet.aws.writes import attempt
from fleet.commands.command import Command
from fleet.commands.commands import Commands, Earlier
from fleet.commands.kinds import message
from fleet.grants import uses
from fleet.outbox.message import IN_QUEUE
from fleet.outbox.messages import Downlinks
from fleet.registry.thing import Thing

_ATTEMPTS = 2
"""How often messages to a thing are sent through a gateway that merely reports."""


@uses(Commands.queue_writes, Downlinks.send_writes)
def send_again(reach: Reach, command: Command, at: int, sn: str | None = None, **more: Any) -> None:
    """Send an open command to its gateway, which was heard at this Unix ms; nothing happens when it has been closed or sent meanwhile.

    `sn` and `more` are as in `message`.
    """
    attempt(*Commands.queue_writes(reach, command, at), *Downlinks.send_writes(reach, message(command, f"/{at}", sn, **more)))


@uses(Commands.to_thing, send_again)
def send_messages_again(reach: Reach, sent: Iterable[tuple[Thing, Earlier]], relay: tuple[str, str], at: int, reconnected: bool) -> None:
    """Send messages to things again that the queue has forgotten, through the gateway (tuid, sn) that has heard the things at this Unix ms.

    That they were carried out is not known: the gateway does not pass on what it has passed on, and one that merely reports gets them
    once more. Of the commands that are known of a thing, only those that may be lost are read. `reconnected` is as in `Command.is_lost`.
    """
    reads = {
        (thing.tuid, id): Commands.to_thing(thing, int(id)).optional()
        for thing, earlier in sent
        for id, expires in earlier.open.items()
        if at <= expires * 1000 and at - int(id) > IN_QUEUE * 1000
    }
    for command in fetch(reach, every(reads)).values() if reads else ():
        if command is not None and command.open and command.is_lost(at, reconnected) and (reconnected or command.attempts < _ATTEMPTS):
            send_again(reach, command, at, relay[1], gateway=relay[0])
