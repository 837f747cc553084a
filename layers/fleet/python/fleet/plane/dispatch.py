"""Messages to gateways, sent: what the outbox must not hold is filled in, and the whole goes to the gateway's queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from fleet.access import Reach
from fleet.aws import device_crypto, objects, queues
from fleet.aws.reads import both, fetch
from fleet.commands.orders import Actions
from fleet.configuration import desire, register
from fleet.configuration.configuration import with_secrets
from fleet.configuration.configurations import Configurations
from fleet.configuration.images import Firmwares
from fleet.errors import NotFound, Unreachable
from fleet.grants import uses
from fleet.outbox.message import Downlink
from fleet.registry import create_location
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card, Factory
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.tenancy import sealing

Outcome = Literal["Sent", "Expired", "Superseded", "Unreachable"]
Payload = Mapping[str, Any]


class Superseded(Exception):
    """The message says what is no longer so."""


@dataclass(frozen=True)
class Delivery:
    """A message on its way, and the gateway that gets it. The reach is that of the message's organization."""

    reach: Reach
    message: Downlink
    factory: Factory
    card: Card


def _utc(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _timed(delivery: Delivery) -> Payload:
    """What is in the outbox, and until when it holds."""
    message = delivery.message
    return {**message.payload, **({} if message.deadline is None else {"deadline": _utc(message.deadline)})}


def _as_it_is(delivery: Delivery) -> Payload:
    """All of it is in the outbox."""
    return delivery.message.payload


@uses(objects.upload_url)
def _grant(delivery: Delivery) -> Payload:
    wanted = delivery.message.payload
    url, expires = objects.upload_url(wanted["key"], wanted["size"], wanted["sha256"])
    return {"url": url, "key": wanted["key"], "expiresAt": _utc(expires.timestamp())}


@uses(sealing.unseal, device_crypto.box)
def _credentials(delivery: Delivery, location: Location, device: Device) -> Payload:
    """What the gateway shows to the server, boxed for it alone: its own where it has to bring some, else the location's."""
    own, shared = device.wisdm, location.sealed
    if own is not None and own.local_suite:
        return {}
    if register.needed_credentials(location):
        sealed, where = own.sealed if own else None, register.sealed_in(device.id)
    else:
        sealed, where = shared, create_location.sealed_in(location.id)
    if sealed is None:
        return {}
    secret = sealing.unseal(delivery.reach, location.organization, where, sealed)
    return {"credentials": {"box": device_crypto.box(delivery.factory.sealing_key, f"{delivery.card.sn}:location.config", secret)}}


@uses(fetch, _credentials)
def _configuration(delivery: Delivery) -> Payload:
    card, wanted = delivery.card, delivery.message.payload
    if (card.config_version, card.location) != (wanted["version"], wanted["location"]):
        raise Superseded
    location = fetch(delivery.reach, Locations.by_id(wanted["location"]))
    told: dict[str, Any] = {"version": card.config_version, "channels": location.channels, "criticalAutoUpdate": location.critical_updates}
    if location.frequency is not None:
        plan = location.frequency
        told["frequency"] = {"region": plan.region, "variation": plan.variation, "public": plan.public, "subBand": plan.sub_band}
    if location.server is not None:
        told["server"] = _server(delivery, location, fetch(delivery.reach, Devices.by_id(card.id)))
    return told


@uses(fetch, sealing.unseal, device_crypto.box)
def _desired(delivery: Delivery) -> Payload:
    """A section as it is desired by now; each secret in it is boxed for the gateway alone."""
    card, section, wanted = delivery.card, delivery.message.payload["section"], delivery.message.payload["version"]
    desired = fetch(delivery.reach, Configurations.by_sn(card.sn)).section(section).desired
    if desired is None or desired.version != wanted:
        raise Superseded
    purpose = f"{card.sn}:config.{section}"

    def box(secret: Any) -> Payload:
        clear = sealing.unseal(delivery.reach, card.organization, desire.sealed_in(card.sn, section), secret["sealed"])
        return {"box": device_crypto.box(delivery.factory.sealing_key, purpose, clear)}

    return {"version": wanted, "section": section, "value": with_secrets(section, desired.value, box)}


def _server(delivery: Delivery, location: Location, device: Device) -> Payload:
    server = location.server
    assert server is not None
    return {
        "type": server.type,
        "url": server.url,
        "port": server.port,
        "authMode": server.authentication,
        **({"trust": server.trust} if server.trust else {}),
        "localSuite": device.wisdm is not None and device.wisdm.local_suite,
        **_credentials(delivery, location, device),
    }


@uses(fetch, objects.firmware_url)
def _upgrade(delivery: Delivery) -> Payload:
    """The image as it is in the catalogue now, unless another order has taken this one's place or it is carried out."""
    wanted, card = delivery.message.payload, delivery.card
    order, firmware = fetch(delivery.reach, both(Actions.latest(card.sn, "upgrade"), Firmwares.by_version(card.model, wanted["version"])))
    action = order.action
    if action is None or action.id != wanted["actionId"] or action.state != "PENDING":
        raise Superseded
    return {**wanted, "url": objects.firmware_url(firmware.key), "sha256": firmware.sha256}


_FILL: Mapping[str, Callable[[Delivery], Payload]] = {
    "location.config": _configuration,
    "config.desired": _desired,
    "command.exec": _timed,
    "syslog.grant": _grant,
    "action.reboot": _timed,
    "action.password": _timed,
    "action.upgrade": _upgrade,
    "thingsee.commands": _as_it_is,
}


@uses(fetch, queues.send_down, *_FILL.values())
def dispatch(reach: Reach, message: Downlink, now: datetime) -> Outcome:
    """Send a message of the outbox to its gateway's queue, if it still is to be sent.

    It is not when its deadline has passed (Expired), when the gateway has meanwhile another owner, location or
    configuration (Superseded), or when it has no queue (Unreachable). Sending it twice is harmless: the queue drops
    a second one within five minutes, and later the gateway knows its id.
    """
    if message.deadline is not None and now.timestamp() > message.deadline:
        return "Expired"
    try:
        delivery = _delivery(reach, message)
        payload = _FILL[message.type](delivery)
        queues.send_down(delivery.factory.queue_url, message.sn, message.id, _text(message, payload, now))
    except (NotFound, Superseded):
        return "Superseded"
    except Unreachable:
        return "Unreachable"
    return "Sent"


def _delivery(reach: Reach, message: Downlink) -> Delivery:
    factory, card = fetch(reach, Gateways.identity(message.sn))
    if factory is None or card is None or card.organization != message.organization:
        raise Superseded
    return Delivery(Reach.of(message.organization), message, factory, card)


def _text(message: Downlink, payload: Payload, now: datetime) -> str:
    sent = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
    told = {"v": 1, "type": message.type, "sn": message.sn, "messageId": message.id, "sentAt": sent, "payload": payload}
    return json.dumps(told, separators=(",", ":"))
