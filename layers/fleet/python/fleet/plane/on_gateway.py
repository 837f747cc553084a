"""Handles reports of gateways on themselves: their start, connection, snapshots and end of power."""

from __future__ import annotations

from fleet.aws import device_crypto
from fleet.aws.reads import Read, both, nothing
from fleet.aws.series_rows import RETENTION
from fleet.commands.commands import Commands, Earlier
from fleet.configuration import desire
from fleet.configuration.configuration import Configured
from fleet.grants import uses
from fleet.plane import on_configuration, on_orders
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.envelope import Rejected
from fleet.plane.gateway_messages import DyingGasp, Hello, Presence
from fleet.plane.status import Box, Reported, Status
from fleet.plane.uplink import uplink
from fleet.registry import reports, reveal_secrets
from fleet.registry.gateways import Gateways
from fleet.telemetry.points import Points
from fleet.tenancy import encryption

Known = tuple[Configured, Earlier]


def _reconnected(sn: str, payload: Reported) -> Read[Known]:
    """What a gateway that reconnects may lack: its configuration, and its newest upgrade."""
    return both(desire.configured(sn), Commands.earlier("upgrade", sn))


def _configured(sn: str, payload: Reported) -> Read[Configured]:
    return desire.configured(sn)


@uses(Gateways.report)
def _store(arrival: Arrival, report: reports.Report) -> Receipt:
    return TAKEN if Gateways.report(arrival.reach, arrival.card, report) else STALE


def _late(arrival: Arrival, stored: reports.Report | None) -> bool:
    """Whether a newer message of this kind was received: then what follows from this one has been done, or is past."""
    return stored is not None and stored.mark.newer_than(arrival.mark)


@uplink("gateway.presence", Presence, reads=_reconnected, leaves=lambda payload: not payload.connected)
@uses(_store, on_configuration.resume, on_orders.resume)
def presence(arrival: Arrival, payload: Presence, known: Known) -> Receipt:
    """Store whether the gateway is connected; where it is, send what it has missed."""
    configured, upgrade = known
    if _late(arrival, configured.gateway.reports.presence):
        return STALE
    if payload.connected:
        on_configuration.resume(arrival, configured)
        on_orders.resume(arrival, upgrade)
    return _store(arrival, reports.Presence(arrival.mark, payload.connected))


@uplink("gateway.dyingGasp", DyingGasp, reads=nothing, leaves=lambda _: True)
@uses(_store)
def gasp(arrival: Arrival, payload: DyingGasp, _: None) -> Receipt:
    """Store that the power fails."""
    return _store(arrival, reports.Gasp(arrival.mark, f"{arrival.believable(payload.at):%Y-%m-%dT%H:%M:%SZ}"))


@uplink("gateway.hello", Hello, reads=_reconnected)
@uses(_store, on_configuration.resume, on_orders.resume)
def hello(arrival: Arrival, payload: Hello, known: Known) -> Receipt:
    """Store what the gateway is and runs, and send what it has missed."""
    configured, upgrade = known
    if payload.eui != arrival.factory.eui:
        raise Rejected("misaddressed")
    if _late(arrival, configured.gateway.reports.hello):
        return STALE
    on_configuration.resume(arrival, configured, payload.applied, started=True)
    on_orders.resume(arrival, upgrade, payload.firmware)
    return _store(arrival, reports.Hello(arrival.mark, **payload.model_dump(exclude={"eui", "mac"})))


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


@uplink("gateway.status", Status, reads=_configured)
@uses(_store, _encrypt, on_configuration.resume, on_orders.resume_after_silence, Points.add)
def status(arrival: Arrival, payload: Status, known: Configured) -> Receipt:
    """Store the snapshot and a point of its numbers. A gateway that was away until now is sent what it has missed."""
    card, mark, metrics = arrival.card, arrival.mark, payload.metrics()
    value = payload.as_stored(_encrypt(arrival, payload.wifi_key))
    if not known.gateway.is_reachable(arrival.received):
        on_configuration.resume(arrival, known)
        on_orders.resume_after_silence(arrival)
    if metrics and arrival.received - arrival.made < RETENTION:
        made = int(arrival.made.timestamp() * 1000)
        Points.add(arrival.reach, card.organization, card.id, made, arrival.envelope.message, metrics)
    return _store(arrival, reports.StatusReport(mark, **value))
