"""Commands to a thing that are held until a gateway hears it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.writes import transact
from fleet.commands.command import Command
from fleet.commands.commands import Commands
from fleet.commands.kinds import message
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from tests.harness.thingsee_world import ThingseeWorld


def hold(thingsee_world: ThingseeWorld, tuid: str, at: int, until: int, **members: Any) -> None:
    """Hold a message that was accepted at this Unix millisecond, until this Unix second."""
    thing = thingsee_world.thing(tuid)
    sent: Mapping[str, Any] = {"tsmId": 1500, **members}
    command = Command(
        id=str(at),
        device=thing.id,
        address=tuid,
        organization=thing.organization,
        kind="message",
        payload={"messages": [sent]},
        delivery="held",
        number=1000 * at,
        accepted=datetime.fromtimestamp(at / 1000, UTC),
        expires=datetime.fromtimestamp(until, UTC),
    )
    transact([*Commands.unheard_checks(EVERYWHERE, thing), *Downlinks.hold_writes(EVERYWHERE, message(command, sn=""))])


def held(thingsee_world: ThingseeWorld, tuid: str) -> list[Downlink]:
    """The messages that are held for a thing."""
    return list(Downlinks.held(EVERYWHERE, thingsee_world.organization.id, tuid, thingsee_world.thing(tuid).id))
