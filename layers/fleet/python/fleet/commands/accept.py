"""Accepts commands: each is stored in one transaction with the message that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from fleet.access import Reach
from fleet.aws import queues
from fleet.aws.reads import Read
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, transact
from fleet.commands.command import Command
from fleet.commands.commands import Commands, Earlier
from fleet.commands.kinds import KINDS
from fleet.errors import Invalid, Problem, TooMany, Unreachable
from fleet.grants import uses
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry.gateway import Gateway
from fleet.times import unix_ms

S = TypeVar("S")
FILLED_IN = 4096
"""Bytes that a message may grow by when it is sent: its deadline, the gateway that relays it, the URL of an image."""


@dataclass(frozen=True)
class Decision:
    """A command to be accepted, after which earlier ones, and its message, None when that is sent later.

    `checks` are what else must hold, for the transaction.
    """

    command: Command
    earlier: Earlier
    message: Downlink | None
    checks: Sequence[Write] = ()


D = TypeVar("D", bound=Decision | None)


@uses(Commands.accept_writes, Downlinks.send_writes)
def accept(reach: Reach, read: Read[S], decide: Callable[[S], D], *, first: S, busy: str) -> D:
    """What `decide` makes of the state that `read` gives: a command that is accepted, or None. `first` is the state as it was read already.

    Who comes second decides anew; TooMany (`busy`) when there is always another. TooMany with as many open commands as the kind may have,
    Invalid with a message that is too large for a gateway's queue.
    """

    def store(state: S) -> D:
        decision = decide(state)
        if decision is not None and decision.command.id != decision.earlier.id:
            command, earlier = decision.command, decision.earlier
            _check_limit(command, earlier.at(command.accepted))
            _check_size(decision)
            if decision.message is not None:
                command = command.changed(queued_at=unix_ms(command.accepted))
            transact([*Commands.accept_writes(reach, command, earlier), *_sending(reach, decision), *decision.checks])
        return decision

    return retrying(reach, read, store, first=first, busy=TooMany(busy))


def check_configured(gateway: Gateway, now: datetime) -> None:
    """Unreachable while the gateway is PROVISIONING."""
    if gateway.status(now) == "PROVISIONING":
        raise Unreachable("The gateway has not applied its location's configuration yet")


def _sending(reach: Reach, decision: Decision) -> list[Write]:
    if decision.message is None:
        return []
    held = decision.command.delivery == "held"
    return Downlinks.hold_writes(reach, decision.message) if held else Downlinks.send_writes(reach, decision.message)


def _check_size(decision: Decision) -> None:
    """Invalid when the message would not fit the gateway's queue, with what is filled in when it is sent."""
    message, now = decision.message, decision.command.accepted
    if message is not None and len(message.text(message.payload, now).encode()) > queues.LARGEST - FILLED_IN:
        raise Invalid(Problem((), "is too large to be sent to the device: send less at once"))


def _check_limit(command: Command, earlier: Earlier) -> None:
    limit = KINDS[command.kind].limit
    if limit is not None and len(earlier.open) >= limit:
        wait = int(min(earlier.open.values()) - command.accepted.timestamp()) + 1
        raise TooMany("The gateway has too many unfinished commands", retry_after=max(1, wait))
