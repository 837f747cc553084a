"""Sends messages of the outbox: fills in what the outbox must not hold, and puts the whole into the gateway's queue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from fleet.access import Reach
from fleet.aws import device_crypto, objects, queues
from fleet.aws.reads import Read, both, fetch, nothing
from fleet.aws.writes import attempt, transact
from fleet.commands.commands import Commands
from fleet.commands.kinds import KINDS
from fleet.configuration import desire, register
from fleet.configuration.configuration import with_secrets
from fleet.configuration.configurations import Configurations
from fleet.configuration.images import Firmwares
from fleet.errors import NotFound, Unreachable
from fleet.grants import uses
from fleet.outbox.message import CommandName, Downlink, Type
from fleet.outbox.messages import Downlinks
from fleet.registry import manage_locations
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card, Factory
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.registry.lorawan import Server
from fleet.tenancy import encryption
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Author

Outcome = Literal["Sent", "Expired", "Superseded", "Blocked", "Unreachable"]
UNSENT: Collection[Outcome] = ("Expired", "Unreachable")
"""Outcomes after which a message stays in the outbox: nobody has dealt with it."""
Payload = Mapping[str, Any]


class Superseded(Exception):
    """The message is out of date."""


class Blocked(Exception):
    """The gateway is blocked."""


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
    """The payload in the outbox, and its deadline."""
    message = delivery.message
    return {**message.payload, **({} if message.deadline is None else {"deadline": _utc(message.deadline)})}


def _unchanged(delivery: Delivery) -> Payload:
    """The payload in the outbox."""
    return delivery.message.payload


@uses(objects.upload_url)
def _grant(delivery: Delivery) -> Payload:
    file = delivery.message.payload
    url, expires = objects.upload_url(file["key"], file["size"], file["sha256"])
    return {"url": url, "key": file["key"], "expiresAt": _utc(expires.timestamp())}


@uses(encryption.decrypt_at_rest, device_crypto.encrypt_for_device)
def _credentials(delivery: Delivery, location: Location, device: Device) -> Payload:
    """The credentials that the gateway shows to the server, encrypted for it: its own where it has to bring some, else the location's."""
    own, shared = device.wisdm, location.wisdm.sealed if location.wisdm else None
    if own is not None and own.local_suite:
        return {}
    if register.needed_credentials(location):
        sealed, where = own.sealed if own else None, register.bound_to(device.id)
    else:
        sealed, where = shared, manage_locations.bound_to(location.id)
    if sealed is None:
        return {}
    secret = encryption.decrypt_at_rest(delivery.reach, location.organization, where, sealed)
    return {
        "credentials": {
            "box": device_crypto.encrypt_for_device(delivery.factory.sealing_key, f"{delivery.card.sn}:location.config", secret)
        }
    }


@uses(Locations.by_id, Devices.by_id, _credentials)
def _configuration(delivery: Delivery) -> Payload:
    card, wanted = delivery.card, delivery.message.payload
    if (card.config_version, card.location) != (wanted["version"], wanted["location"]):
        raise Superseded
    location = fetch(delivery.reach, Locations.by_id(wanted["location"]))
    settings = location.wisdm
    if settings is None:
        raise Superseded
    content: dict[str, Any] = {
        "version": card.config_version,
        "channels": settings.channels,
        "criticalAutoUpdate": settings.critical_updates,
    }
    if settings.frequency is not None:
        plan = settings.frequency
        content["frequency"] = {"region": plan.region, "variation": plan.variation, "public": plan.public, "subBand": plan.sub_band}
    if settings.server is not None:
        content["server"] = _server(delivery, location, settings.server, fetch(delivery.reach, Devices.by_id(card.id)))
    return content


@uses(Configurations.by_sn, encryption.decrypt_at_rest, device_crypto.encrypt_for_device)
def _desired(delivery: Delivery) -> Payload:
    """The desired value of a section as it is now; each secret in it is encrypted for the gateway."""
    card, section, wanted = delivery.card, delivery.message.payload["section"], delivery.message.payload["version"]
    desired = fetch(delivery.reach, Configurations.by_sn(card.sn)).section(section).desired
    if desired is None or desired.version != wanted:
        raise Superseded
    purpose = f"{card.sn}:config.{section}"

    def box(secret: Any) -> Payload:
        clear = encryption.decrypt_at_rest(delivery.reach, card.organization, desire.bound_to(card.sn, section), secret["sealed"])
        return {"box": device_crypto.encrypt_for_device(delivery.factory.sealing_key, purpose, clear)}

    return {"version": wanted, "section": section, "value": with_secrets(section, desired.value, box)}


def _server(delivery: Delivery, location: Location, server: Server, device: Device) -> Payload:
    return {
        "type": server.type,
        "url": server.url,
        "port": server.port,
        "authMode": server.authentication,
        **({"trust": server.trust} if server.trust else {}),
        "localSuite": device.wisdm is not None and device.wisdm.local_suite,
        **_credentials(delivery, location, device),
    }


@uses(Firmwares.by_version, objects.firmware_url)
def _upgrade(delivery: Delivery) -> Payload:
    """The image as it is in the catalogue now."""
    payload = delivery.message.payload
    firmware = fetch(delivery.reach, Firmwares.by_version(delivery.card.model, payload["version"]))
    return {**payload, "url": objects.firmware_url(firmware.key), "sha256": firmware.sha256}


_FILL: Mapping[Type, Callable[[Delivery], Payload]] = {
    "location.config": _configuration,
    "config.desired": _desired,
    "syslog.grant": _grant,
    "action.upgrade": _upgrade,
    "thingsee.commands": _unchanged,
}
"""How the payload is completed when the message is sent, by its type. To any other type only the deadline is added."""


@uses(Commands.earlier)
def _is_current(command: CommandName | None) -> Read[bool]:
    """False for an order that has an outcome, or that a newer one of its kind has replaced."""
    if command is None or KINDS[command.kind].memory != "newest":
        return nothing().map(lambda _: True)
    newest = Commands.earlier(command.kind, command.address).map(lambda earlier: earlier.newest)
    return newest.map(lambda order: order is not None and order.id == command.id and order.open)


@uses(Gateways.identity, _is_current)
def _delivery(reach: Reach, message: Downlink) -> Delivery:
    (factory, card), current = fetch(reach, both(Gateways.identity(message.sn), _is_current(message.command)))
    if not current or factory is None or card is None or card.organization != message.organization:
        raise Superseded
    if (command := message.command) is not None and command.address == card.sn and command.device != card.id:
        raise Superseded
    if factory.blocked:
        raise Blocked
    return Delivery(Reach.of(message.organization), message, factory, card)


@uses(_delivery, queues.send_down, *_FILL.values())
def _send(reach: Reach, message: Downlink, now: datetime) -> Outcome:
    if message.deadline is not None and now.timestamp() > message.deadline:
        return "Expired"
    try:
        delivery = _delivery(reach, message)
        payload = _FILL.get(message.type, _timed)(delivery)
        queues.send_down(delivery.factory.queue_url, message.sn, message.id, message.text(payload, now))
    except (NotFound, Superseded):
        return "Superseded"
    except Blocked:
        return "Blocked"
    except Unreachable:
        return "Unreachable"
    return "Sent"


@uses(_send, Commands.mark_sent)
def _send_and_mark(reach: Reach, message: Downlink, now: datetime) -> Outcome:
    outcome = _send(reach, message, now)
    if message.command is not None and outcome == "Sent":
        Commands.mark_sent(reach, message.organization, message.command, message.id)
    return outcome


@uses(_send_and_mark, Downlinks.done_writes)
def dispatch(reach: Reach, message: Downlink, now: datetime) -> Outcome:
    """Send a message of the outbox to its gateway's queue, if it is still to be sent, mark its command as sent, and delete its row.

    It is not sent when its deadline has passed (Expired), when the gateway has another owner, location, configuration or order
    by now, or has carried the order out (Superseded), when an operator has blocked it (Blocked), or when it has no queue (Unreachable).
    Sending it twice is harmless: the queue drops a second one within five minutes, and later the gateway knows its id.
    """
    outcome = _send_and_mark(reach, message, now)
    if outcome not in UNSENT:
        attempt(*Downlinks.done_writes(reach, message))
    return outcome


@uses(_send_and_mark, Downlinks.done_writes, Audit.entry_writes)
def retry(reach: Reach, message: Downlink, now: datetime, by: Author) -> Outcome:
    """Send a message that is left in the outbox, as `dispatch` does, for an operator. The gateway's audit log says what became of it."""
    outcome = _send_and_mark(reach, message, now)
    if outcome not in UNSENT:
        entry = by.entry("message.retried" if outcome == "Sent" else "message.dropped", gateway=message.sn, message=message.id)
        transact([*Downlinks.done_writes(reach, message), *Audit.entry_writes(reach, entry)])
    return outcome
