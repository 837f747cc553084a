"""Accepts commands to gateways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import Read, both
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.commands.command import OPEN_LIMIT, Command
from fleet.commands.commands import Commands, Head
from fleet.errors import TooMany, Unreachable
from fleet.grants import uses
from fleet.ids import derived_uuid
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry.gateway import Gateway
from fleet.registry.gateways import Gateways


def addressed(sn: str) -> Read[tuple[Gateway, Head]]:
    """The gateway that a command is for, and what is known of its commands."""
    return both(Gateways.by_sn(sn), Commands.head(sn))


@uses(retrying, Commands.accept_writes, Downlinks.send_writes)
def accept(reach: Reach, gateway: Gateway, head: Head, stages: Sequence[Sequence[str]], timeout: int, now: datetime) -> Command:
    """Accept a command and have it sent. Unreachable while the gateway is PROVISIONING, TooMany with ten unfinished.

    Its id is the Unix second, raised until no earlier command of the gateway has it; who comes second tries again.
    """
    if gateway.status(now) == "PROVISIONING":
        raise Unreachable("The gateway has not applied its location's configuration yet")

    def store(head: Head) -> Command:
        unfinished = {id: deadline for id, deadline in head.open.items() if deadline >= now.timestamp()}
        if len(unfinished) >= OPEN_LIMIT:
            raise TooMany("The gateway has too many unfinished commands", retry_after=_wait(unfinished, now))
        command = Command(
            id=max(int(now.timestamp()), head.last + 1),
            sn=gateway.card.sn,
            organization=gateway.card.organization,
            stages=tuple(tuple(stage) for stage in stages),
            timeout=timeout,
            accepted=now,
        )
        after = unfinished | {command.id: command.deadline}
        transact([*Commands.accept_writes(reach, command, head, after), *Downlinks.send_writes(reach, _message(command))])
        return command

    busy = TooMany("The gateway is being sent too many commands at once")
    return retrying(reach, Commands.head(gateway.card.sn), store, first=head, busy=busy)


def _wait(unfinished: dict[int, float], now: datetime) -> int:
    return max(1, int(min(unfinished.values()) - now.timestamp()) + 1)


def _message(command: Command) -> Downlink:
    stages = [list(stage) for stage in command.stages]
    return Downlink(
        id=derived_uuid("command.exec", f"{command.organization}/{command.sn}/{command.id}"),
        sn=command.sn,
        organization=command.organization,
        type="command.exec",
        payload={"commandId": command.id, "stages": stages, "timeoutS": command.timeout},
        deadline=int(command.deadline),
    )
