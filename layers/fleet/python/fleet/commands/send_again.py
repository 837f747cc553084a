"""Sends commands again that a gateway has not carried out, because its queue has forgotten them or they never were in it."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws.writes import attempt
from fleet.commands.command import Command
from fleet.commands.commands import Commands
from fleet.commands.kinds import message
from fleet.grants import uses
from fleet.outbox.messages import Downlinks


@uses(Commands.queue_writes, Downlinks.send_writes)
def send_again(reach: Reach, command: Command, at: int) -> None:
    """Send an open command to its gateway, which was heard at this Unix ms; nothing happens when it has been closed or sent meanwhile."""
    attempt(*Commands.queue_writes(reach, command, at), *Downlinks.send_writes(reach, message(command, f"/{at}")))
