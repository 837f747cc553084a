"""Orders to a gateway's own system: reboot, a new password. (Another firmware: `fleet.configuration.upgrade`.)"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fleet.access import Reach
from fleet.aws import device_crypto
from fleet.aws.reads import Read, both
from fleet.commands.accept import Decision, accept
from fleet.commands.command import Command, OrderKind
from fleet.commands.commands import Commands, Earlier
from fleet.commands.kinds import message
from fleet.errors import Unreachable
from fleet.grants import uses
from fleet.ids import new_id, to_uuid
from fleet.outbox.message import next_number
from fleet.registry.gateway import Card, Factory, Gateway
from fleet.registry.gateways import Gateways

Addressed = tuple[Gateway, Earlier]
BUSY = "The gateway is being given too many orders at once"
REBOOT_LIFE = timedelta(seconds=60)
"""In which a reboot is to be acknowledged; a repeat in that time sends nothing new (wisdm.md 7.2)."""
PASSWORD_LIFE = timedelta(seconds=300)
"""How long a new password may be on its way (wisdm.md 7.3)."""


@uses(Gateways.by_sn, Commands.earlier)
def addressed(sn: str, kind: OrderKind) -> Read[Addressed]:
    """The gateway that an order is for, and the earlier one of that kind."""
    return both(Gateways.by_sn(sn), Commands.earlier(kind, sn))


@uses(addressed, Gateways.identity)
def sealed_to(sn: str) -> Read[tuple[Gateway, Earlier, Factory]]:
    """The gateway that gets a secret, the earlier order for one, and the factory record that has its sealing key."""

    def provisioned(parts: tuple[Addressed, tuple[Factory | None, Card | None]]) -> tuple[Gateway, Earlier, Factory]:
        to, (factory, _) = parts
        if factory is None:
            raise Unreachable("The gateway has no factory record")
        return *to, factory

    return both(addressed(sn, "password"), Gateways.identity(sn)).map(provisioned)


def purpose(sn: str) -> str:
    """The purpose that the encryption of a new password is bound to."""
    return f"{sn}:action.password"


def order(gateway: Gateway, kind: OrderKind, by: str, now: datetime, **fields: Any) -> Command:
    """A new order to a gateway."""
    card = gateway.card
    values = {"id": to_uuid(new_id()), "device": card.id, "address": card.sn, "organization": card.organization, "accepted": now}
    return Command.model_validate({**values, "kind": kind, "by": by, "number": next_number(), **fields})


def following(earlier: Earlier, command: Command) -> Command:
    """The order with a number above that of the one that it replaces."""
    return command.changed(number=next_number(earlier.newest.number if earlier.newest else 0))


@uses(accept)
def reboot(reach: Reach, to: Addressed, by: str, now: datetime) -> None:
    """Order a reboot. Unreachable unless the gateway is ONLINE; nothing new while one is unacknowledged, a minute at most."""
    gateway, earlier = to
    _demand_online(gateway, now)
    command = order(gateway, "reboot", by, now, expires=now + REBOOT_LIFE)

    def decide(earlier: Earlier) -> Decision | None:
        newest = earlier.newest
        waits = newest is not None and newest.open and now - newest.accepted < REBOOT_LIFE
        if waits:
            return None
        numbered = following(earlier, command)
        return Decision(numbered, earlier, message(numbered))

    accept(reach, Commands.earlier("reboot", command.address), decide, first=earlier, busy=BUSY)


@uses(accept, device_crypto.encrypt_for_device)
def set_password(reach: Reach, to: Addressed, factory: Factory, password: str, by: str, now: datetime) -> None:
    """Order a new password for the gateway's root user. Unreachable unless it is ONLINE.

    The message alone has the password, encrypted for the gateway.
    """
    gateway, earlier = to
    _demand_online(gateway, now)
    command = order(gateway, "password", by, now, expires=now + PASSWORD_LIFE)
    ciphertext = device_crypto.encrypt_for_device(factory.sealing_key, purpose(command.address), password.encode())

    def decide(earlier: Earlier) -> Decision:
        numbered = following(earlier, command)
        return Decision(numbered, earlier, message(numbered, ciphertext=ciphertext))

    accept(reach, Commands.earlier("password", command.address), decide, first=earlier, busy=BUSY)


def _demand_online(gateway: Gateway, now: datetime) -> None:
    if gateway.status(now) != "ONLINE":
        raise Unreachable("The gateway is not online")
