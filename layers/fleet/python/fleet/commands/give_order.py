"""Orders to a gateway's own system: reboot, a new password, another firmware."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import device_crypto
from fleet.aws.reads import Read, both, fetch
from fleet.aws.writes import Refused, transact
from fleet.commands.order import PASSWORD_LIFE, REBOOT_LIFE, Action, Kind
from fleet.commands.orders import Actions, Latest
from fleet.configuration.image import can_follow
from fleet.configuration.images import Firmwares
from fleet.errors import Invalid, NotFound, Problem, TooMany, Unreachable
from fleet.grants import uses
from fleet.ids import derived_uuid, new_id, to_uuid
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry.gateway import Card, Factory, Gateway
from fleet.registry.gateways import Gateways

Addressed = tuple[Gateway, Latest]
_TRIES = 3
IN_QUEUE = 300
"""Seconds that a gateway's queue keeps a message that is not taken."""


def addressed(sn: str, kind: Kind) -> Read[Addressed]:
    """The gateway that an order is for, and the newest order of that kind."""
    return both(Gateways.by_sn(sn), Actions.latest(sn, kind))


def sealed_to(sn: str) -> Read[tuple[Gateway, Latest, Factory]]:
    """The gateway that gets a secret, the newest order for one, and the factory record that has its sealing key."""

    def provisioned(parts: tuple[Addressed, tuple[Factory | None, Card | None]]) -> tuple[Gateway, Latest, Factory]:
        to, (factory, _) = parts
        if factory is None:
            raise Unreachable("The gateway has no factory record")
        return *to, factory

    return both(addressed(sn, "password"), Gateways.identity(sn)).map(provisioned)


def purpose(sn: str) -> str:
    """What the box of a new password is for."""
    return f"{sn}:action.password"


@uses(fetch, Actions.ordering, Downlinks.sending)
def reboot(reach: Reach, to: Addressed, now: datetime) -> None:
    """Order a reboot. Unreachable unless the gateway is ONLINE; nothing new while one is unacknowledged, a minute at most."""
    gateway, latest = to
    _demand_online(gateway, now)
    if latest.action is None or not latest.action.awaits(now, REBOOT_LIFE):
        action = _order(gateway, "reboot", now)
        _give(reach, action, latest, _message(action, {}, int(now.timestamp()) + REBOOT_LIFE))


@uses(fetch, Actions.ordering, Downlinks.sending, device_crypto.box)
def set_password(reach: Reach, to: Addressed, factory: Factory, password: str, now: datetime) -> None:
    """Order a new password for the gateway's root user, boxed for the gateway alone. Unreachable unless it is ONLINE."""
    gateway, latest = to
    _demand_online(gateway, now)
    action = _order(gateway, "password", now)
    ciphertext = device_crypto.box(factory.sealing_key, purpose(action.sn), password.encode())
    _give(reach, action, latest, _message(action, {"ciphertext": ciphertext}, int(now.timestamp()) + PASSWORD_LIFE))


@uses(fetch, Actions.ordering, Downlinks.sending)
def upgrade(reach: Reach, to: Addressed, version: str, now: datetime) -> None:
    """Order another firmware, newer or older. It replaces an order that is not carried out yet.

    A gateway that is not ONLINE gets it when it is back. Invalid: not in the catalogue for the model, or a way back that
    needs somebody on site. Unreachable while the gateway is PROVISIONING. What is installed already is not sent.
    """
    gateway, latest = to
    installed, status = gateway.firmware, gateway.status(now)
    if version != installed:
        _check_version(reach, gateway, version)
    if status == "PROVISIONING":
        raise Unreachable("The gateway has not applied its location's configuration yet")
    waiting = latest.action is not None and latest.action.state == "PENDING"
    if version == installed and not waiting:
        return
    action = _order(gateway, "upgrade", now, version=version, state="DONE" if version == installed else "PENDING")
    sent = [upgrade_message(action, now)] if status == "ONLINE" and action.state == "PENDING" else []
    _give(reach, action, latest, *sent)


def upgrade_message(action: Action, at: datetime) -> Downlink:
    """The message of an upgrade, one in five minutes; where the image is, is filled in when it leaves."""
    return _message(action, {"version": action.version}, None, f"/{int(at.timestamp()) // IN_QUEUE}")


def _check_version(reach: Reach, gateway: Gateway, version: str) -> None:
    try:
        fetch(reach, Firmwares.by_version(gateway.card.model, version))
    except NotFound:
        raise Invalid(Problem(("version",), "must be a firmware of the catalogue for the gateway's model")) from None
    if not can_follow(version, gateway.firmware):
        raise Invalid(Problem(("version",), "must be 2.2.0 or newer: an older one has to be installed on site"))


def _demand_online(gateway: Gateway, now: datetime) -> None:
    if gateway.status(now) != "ONLINE":
        raise Unreachable("The gateway is not online")


def _order(gateway: Gateway, kind: Kind, now: datetime, **fields: Any) -> Action:
    card = gateway.card
    return Action(id=to_uuid(new_id()), sn=card.sn, organization=card.organization, kind=kind, requested=now, **fields)


def _message(action: Action, payload: dict[str, Any], deadline: int | None, occasion: str = "") -> Downlink:
    return Downlink.model_validate(
        {
            "id": derived_uuid(f"action.{action.kind}", f"{action.id}{occasion}"),
            "sn": action.sn,
            "organization": action.organization,
            "type": f"action.{action.kind}",
            "payload": {"actionId": action.id, **payload},
            "deadline": deadline,
        }
    )


def _give(reach: Reach, action: Action, latest: Latest, *messages: Downlink) -> None:
    """Keep an order and send its messages. Who is second puts it in place of the first, but for a reboot, where one is enough."""
    for _ in range(_TRIES):
        try:
            transact([Actions.ordering(reach, action, latest), *(Downlinks.sending(reach, message) for message in messages)])
        except Refused:
            latest = fetch(reach, Actions.latest(action.sn, action.kind))
            enough = action.kind == "reboot" and latest.action is not None and latest.action.awaits(action.requested, REBOOT_LIFE)
            if latest.id == action.id or enough:
                return
        else:
            return
    raise TooMany("The gateway is being given too many orders at once")
