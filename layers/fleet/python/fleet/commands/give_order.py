"""Orders to a gateway's own system: reboot, a new password, another firmware."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import device_crypto
from fleet.aws.reads import Read, both, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.commands.order import PASSWORD_LIFE, REBOOT_LIFE, Order, OrderKind
from fleet.commands.orders import Latest, Orders
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
IN_QUEUE = 300
"""Seconds that a gateway's queue keeps a message that is not taken."""


def addressed(sn: str, kind: OrderKind) -> Read[Addressed]:
    """The gateway that an order is for, and the newest order of that kind."""
    return both(Gateways.by_sn(sn), Orders.latest(sn, kind))


def sealed_to(sn: str) -> Read[tuple[Gateway, Latest, Factory]]:
    """The gateway that gets a secret, the newest order for one, and the factory record that has its sealing key."""

    def provisioned(parts: tuple[Addressed, tuple[Factory | None, Card | None]]) -> tuple[Gateway, Latest, Factory]:
        to, (factory, _) = parts
        if factory is None:
            raise Unreachable("The gateway has no factory record")
        return *to, factory

    return both(addressed(sn, "password"), Gateways.identity(sn)).map(provisioned)


def purpose(sn: str) -> str:
    """The purpose that the encryption of a new password is bound to."""
    return f"{sn}:action.password"


@uses(retrying, Orders.give_writes, Downlinks.send_writes)
def reboot(reach: Reach, to: Addressed, now: datetime) -> None:
    """Order a reboot. Unreachable unless the gateway is ONLINE; nothing new while one is unacknowledged, a minute at most."""
    gateway, latest = to
    _demand_online(gateway, now)
    if latest.order is None or not latest.order.awaits(now, REBOOT_LIFE):
        order = _order(gateway, "reboot", now)
        _give(reach, order, latest, _message(order, {}, int(now.timestamp()) + REBOOT_LIFE))


@uses(retrying, Orders.give_writes, Downlinks.send_writes, device_crypto.encrypt_for_device)
def set_password(reach: Reach, to: Addressed, factory: Factory, password: str, now: datetime) -> None:
    """Order a new password for the gateway's root user, encrypted for the gateway. Unreachable unless it is ONLINE."""
    gateway, latest = to
    _demand_online(gateway, now)
    order = _order(gateway, "password", now)
    ciphertext = device_crypto.encrypt_for_device(factory.sealing_key, purpose(order.sn), password.encode())
    _give(reach, order, latest, _message(order, {"ciphertext": ciphertext}, int(now.timestamp()) + PASSWORD_LIFE))


@uses(fetch, retrying, Orders.give_writes, Downlinks.send_writes)
def upgrade(reach: Reach, to: Addressed, version: str, now: datetime) -> None:
    """Order another firmware, newer or older. It replaces an order that is not carried out yet.

    A gateway that is not ONLINE gets it when it is back. Invalid: not in the catalogue for the model, or a way back that
    needs somebody on site. Unreachable while the gateway is PROVISIONING. What is installed already is not sent.
    """
    id = to_uuid(new_id())

    def decide(to: Addressed) -> None:
        gateway, latest = to
        if latest.id == id:
            return
        installed, status = gateway.firmware, gateway.status(now)
        if version != installed:
            _check_version(reach, gateway, version)
        if status == "PROVISIONING":
            raise Unreachable("The gateway has not applied its location's configuration yet")
        waiting = latest.order is not None and latest.order.state == "PENDING"
        if version != installed or waiting:
            order = _order(gateway, "upgrade", now, id=id, version=version, state="DONE" if version == installed else "PENDING")
            _store(reach, order, latest, [upgrade_message(order, now)] if status == "ONLINE" and order.state == "PENDING" else [])

    retrying(reach, addressed(to[0].card.sn, "upgrade"), decide, first=to, busy=_busy())


def upgrade_message(order: Order, at: datetime) -> Downlink:
    """The message of an upgrade, one in five minutes; where the image is, is filled in when it leaves."""
    return _message(order, {"version": order.version}, None, f"/{int(at.timestamp()) // IN_QUEUE}")


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


def _order(gateway: Gateway, kind: OrderKind, now: datetime, **fields: Any) -> Order:
    card = gateway.card
    return Order(**{"id": to_uuid(new_id()), **fields}, sn=card.sn, organization=card.organization, kind=kind, requested=now)


def _message(order: Order, payload: dict[str, Any], deadline: int | None, occasion: str = "") -> Downlink:
    return Downlink.model_validate(
        {
            "id": derived_uuid(f"action.{order.kind}", f"{order.id}{occasion}"),
            "sn": order.sn,
            "organization": order.organization,
            "type": f"action.{order.kind}",
            "payload": {"actionId": order.id, **payload},
            "deadline": deadline,
        }
    )


def _give(reach: Reach, order: Order, latest: Latest, message: Downlink) -> None:
    """Store an order and send its message. Who is second replaces the first, but for a reboot, where one is enough."""

    def decide(latest: Latest) -> None:
        waits = order.kind == "reboot" and latest.order is not None and latest.order.awaits(order.requested, REBOOT_LIFE)
        if latest.id != order.id and not waits:
            _store(reach, order, latest, [message])

    retrying(reach, Orders.latest(order.sn, order.kind), decide, first=latest, busy=_busy())


def _store(reach: Reach, order: Order, latest: Latest, messages: Sequence[Downlink]) -> None:
    sending = [write for message in messages for write in Downlinks.send_writes(reach, message)]
    transact([*Orders.give_writes(reach, order, latest), *sending])


def _busy() -> TooMany:
    return TooMany("The gateway is being given too many orders at once")
