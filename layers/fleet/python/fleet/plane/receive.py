"""Receives what gateways send: verified, then stored as state, as a point or as the outcome of a command, or answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.access import Reach
from fleet.aws import device_crypto, queues
from fleet.aws.objects import UPLOAD_LIFE
from fleet.aws.reads import fetch_with
from fleet.aws.series_rows import RETENTION
from fleet.aws.table import Key
from fleet.commands import run_shell
from fleet.commands.commands import Commands
from fleet.errors import NotFound
from fleet.grants import uses
from fleet.ids import derived_uuid
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.plane import on_configuration, on_orders, on_things
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.config_messages import BatteryReport, ConfigReported
from fleet.plane.envelope import CommandResult, DyingGasp, Hello, Presence, Rejected, SyslogDone, SyslogRequest, parse, without_secrets
from fleet.plane.radio_messages import ActionResult, Performance
from fleet.plane.status import Box, Reported, Status
from fleet.plane.thing_messages import ThingMessages
from fleet.registry import reveal_secrets
from fleet.registry.gateways import Gateways
from fleet.telemetry.points import Points
from fleet.tenancy import encryption


@uses(Gateways.report)
def _store(arrival: Arrival, section: str, value: Mapping[str, Any]) -> Receipt:
    return TAKEN if Gateways.report(arrival.reach, arrival.card, section, arrival.mark, value) else STALE


def _late(arrival: Arrival, section: str) -> bool:
    """Whether a newer message of this kind was received: then what follows from this one has been done, or is past."""
    known = Gateways.by_sn(arrival.card.sn).parse(arrival.reach, arrival.found).reported.get(section)
    return known is not None and known.mark.newer_than(arrival.mark)


@uses(_store, on_configuration.resume, on_orders.resume)
def _presence(arrival: Arrival, payload: Presence) -> Receipt:
    if _late(arrival, "presence"):
        return STALE
    if payload.connected:
        on_configuration.resume(arrival)
        on_orders.resume(arrival)
    return _store(arrival, "presence", {"connected": payload.connected})


@uses(_store)
def _gasp(arrival: Arrival, payload: DyingGasp) -> Receipt:
    return _store(arrival, "gasp", {"at": f"{arrival.believable(payload.at):%Y-%m-%dT%H:%M:%SZ}"})


@uses(_store, on_configuration.resume, on_orders.resume)
def _hello(arrival: Arrival, payload: Hello) -> Receipt:
    if payload.eui != arrival.factory.eui:
        raise Rejected("misaddressed")
    if _late(arrival, "hello"):
        return STALE
    on_configuration.resume(arrival, payload.applied, started=True)
    on_orders.resume(arrival, payload.firmware)
    return _store(
        arrival,
        "hello",
        {
            "applied": payload.applied,
            "firmware": payload.firmware,
            "model": payload.model,
            "channels": payload.channels,
            "hasModem": payload.has_modem,
            "hasBattery": payload.has_battery,
        },
    )


@uses(encryption.encrypt_at_rest, device_crypto.decrypt_from_device)
def _encrypt(arrival: Arrival, key: str | Box | None) -> dict[str, str]:
    """The Wi-Fi key as it is stored."""
    card = arrival.card
    if key is None:
        return {}
    try:
        clear = device_crypto.decrypt_from_device(f"{card.sn}:wifi.key", key.box) if isinstance(key, Box) else key.encode()
        clear.decode()
    except ValueError:
        raise Rejected("malformed") from None
    return {"sealed": encryption.encrypt_at_rest(arrival.reach, card.organization, reveal_secrets.bound_to(card.sn), clear)}


@uses(_store, _encrypt, on_configuration.resume, on_orders.resume_after_silence, Points.add)
def _status(arrival: Arrival, payload: Status) -> Receipt:
    card, mark, metrics = arrival.card, arrival.mark, payload.metrics()
    value = payload.as_stored(_encrypt(arrival, payload.wifi_key))
    if on_configuration.was_away(arrival):
        on_configuration.resume(arrival)
        on_orders.resume_after_silence(arrival)
    if metrics and arrival.received - datetime.fromtimestamp(mark.sent / 1000, UTC) < RETENTION:
        Points.add(arrival.reach, card.organization, card.id, mark.sent, arrival.envelope.message, metrics)
    return _store(arrival, "status", value)


@uses(Commands.finish)
def _result(arrival: Arrival, payload: CommandResult) -> Receipt:
    try:
        command = Commands.by_number(arrival.card.sn, payload.command).parse(arrival.reach, arrival.found)
    except NotFound:
        return Receipt("Ignored", "unknown command")
    if payload.outcome == "EXITED" and len(payload.exit_codes) != len(command.payload["stages"]):
        raise Rejected("malformed")
    if command.at(arrival.now) == "expired":
        return Receipt("Ignored", "too late")
    return TAKEN if Commands.finish(arrival.reach, command, *run_shell.outcome_of(command, payload)) else STALE


@uses(Downlinks.send_once)
def _syslog_request(arrival: Arrival, payload: SyslogRequest) -> Receipt:
    card = arrival.card
    if not on_configuration.known(arrival).shares_logs:
        return Receipt("Ignored", "logs are not shared")
    until = arrival.received + timedelta(seconds=UPLOAD_LIFE)
    if arrival.now > until:
        return Receipt("Ignored", "too late")
    grant = Downlink(
        id=derived_uuid("syslog.grant", f"{card.sn}/{arrival.envelope.message}"),
        sn=card.sn,
        organization=card.organization,
        type="syslog.grant",
        payload={"key": payload.key(card.sn), "size": payload.size, "sha256": payload.sha256},
        deadline=int(until.timestamp()),
    )
    Downlinks.send_once(arrival.reach, grant)
    return TAKEN


def _syslog_done(arrival: Arrival, payload: SyslogDone) -> Receipt:
    if not payload.key.startswith(f"logs/{arrival.card.sn}/"):
        raise Rejected("misaddressed")
    return TAKEN


_HANDLERS: dict[type[Reported], Callable[[Arrival, Any], Receipt]] = {
    Presence: _presence,
    Hello: _hello,
    DyingGasp: _gasp,
    ConfigReported: on_configuration.config,
    BatteryReport: on_configuration.battery,
    Status: _status,
    CommandResult: _result,
    SyslogRequest: _syslog_request,
    SyslogDone: _syslog_done,
    Performance: on_orders.performance,
    ActionResult: on_orders.result,
    ThingMessages: on_things.take,
}


def _companions(sn: str, payload: Reported) -> Sequence[Key]:
    """The keys of what else must be known for a payload, to be read in the same request."""
    if isinstance(payload, CommandResult):
        return Commands.by_number(sn, payload.command).keys
    if isinstance(payload, ActionResult):
        return Commands.earlier(payload.action, sn).keys
    return Commands.earlier("upgrade", sn).keys if isinstance(payload, Hello | Presence) else ()


@uses(device_crypto.verified, fetch_with, on_things.hear, *_HANDLERS.values())
def _receive(reach: Reach, body: str, signature: str, received: datetime, now: datetime) -> Receipt:
    sent, payload = parse(body)
    companions = [*_companions(sent.sn, payload), *on_configuration.companions(sent.sn, payload)]
    (factory, card), found = fetch_with(reach, Gateways.identity(sent.sn), companions)
    if factory is None:
        raise Rejected("unknown device")
    if not device_crypto.verified(factory.signing_key, signature, body.encode()):
        raise Rejected("forged")
    if card is None:
        return Receipt("Ignored", "no owner")
    arrival = Arrival(Reach.of(card.organization), card, factory, sent, found, received, now)
    receipt = _HANDLERS[type(payload)](arrival, payload)
    if not isinstance(payload, ThingMessages):
        on_things.hear(arrival, payload)
    return receipt


@uses(_receive, queues.reject)
def receive(reach: Reach, body: str, signature: str, received: datetime, now: datetime) -> Receipt:
    """Process a message that the uplink queue received at `received`. What must not be processed goes to the dead letters.

    Processing it twice, or after a newer one, changes nothing: state is replaced by newer state only, a point and an
    answer have ids that follow from the message's, and the first outcome of a command stays.
    """
    try:
        return _receive(reach, body, signature, received, now)
    except Rejected as refused:
        queues.reject(without_secrets(body), signature, refused.reason)
        return Receipt("Rejected", refused.reason)
