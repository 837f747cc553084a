"""Handles reports of gateways on themselves: their start, connection, snapshots and end of power."""

from __future__ import annotations

from fleet.aws import device_crypto
from fleet.aws.reads import Read, both, nothing
from fleet.aws.series_rows import RETENTION
from fleet.configuration import desire
from fleet.configuration.configuration import Configured
from fleet.configuration.report import remind
from fleet.grants import uses
from fleet.plane import on_orders
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.envelope import Rejected
from fleet.plane.gateway_messages import DyingGasp, Hello, Presence
from fleet.plane.status import Box, Reported, Status
from fleet.plane.uplink import uplink
from fleet.registry import reports, reveal_secrets
from fleet.registry.gateways import Gateways
from fleet.telemetry.points import Points
from fleet.tenancy import encryption
from fleet.times import unix_ms

Known = tuple[Configured, on_orders.Waiting]


@uses(desire.configured, on_orders.waiting)
def _lacking(sn: str, payload: Reported) -> Read[Known]:
    """What a gateway that is heard may lack: its configuration, and commands."""
    return both(desire.configured(sn), on_orders.waiting(sn))


@uses(remind, on_orders.resume)
def _resume(arrival: Arrival, known: Known, report: reports.Report, *, reconnected: bool, firmware: str | None = None) -> None:
    """Send a gateway what it lacks by what it now reports, unless it has started anew or left since."""
    configured, waiting = known
    if not configured.gateway.has_moved_on(arrival.mark):
        remind(arrival.reach, configured, report, reconnected)
        on_orders.resume(arrival, waiting, reconnected, firmware)


@uses(Gateways.report)
def _store(arrival: Arrival, report: reports.Report) -> Receipt:
    return TAKEN if Gateways.report(arrival.reach, arrival.card, report) else STALE


def _late(arrival: Arrival, stored: reports.Report | None) -> bool:
    """Whether a newer message of this kind was received: then what follows from this one has been done, or is past."""
    return stored is not None and stored.mark.newer_than(arrival.mark)


@uplink("gateway.presence", Presence, reads=_lacking, leaves=lambda payload: not payload.connected)
@uses(_store, _resume)
def presence(arrival: Arrival, payload: Presence, known: Known) -> Receipt:
    """Store whether the gateway is connected; where it is, send what it has missed."""
    if _late(arrival, known[0].gateway.reports.presence):
        return STALE
    report = reports.Presence(arrival.mark, payload.connected)
    if payload.connected:
        _resume(arrival, known, report, reconnected=True)
    return _store(arrival, report)


@uplink("gateway.dyingGasp", DyingGasp, reads=nothing, leaves=lambda _: True)
@uses(_store)
def gasp(arrival: Arrival, payload: DyingGasp, _: None) -> Receipt:
    """Store that the power fails."""
    return _store(arrival, reports.Gasp(arrival.mark, f"{arrival.believable(payload.at):%Y-%m-%dT%H:%M:%SZ}"))


@uplink("gateway.hello", Hello, reads=_lacking)
@uses(_store, _resume, on_orders.complete)
def hello(arrival: Arrival, payload: Hello, known: Known) -> Receipt:
    """Store what the gateway is and runs, and send what it has missed."""
    configured, waiting = known
    if payload.eui != arrival.factory.eui:
        raise Rejected("misaddressed")
    if _late(arrival, configured.gateway.reports.hello):
        return STALE
    report = reports.Hello(arrival.mark, **payload.model_dump(exclude={"eui", "mac"}))
    on_orders.complete(arrival, waiting.upgrade, payload.firmware)
    _resume(arrival, known, report, reconnected=True, firmware=payload.firmware)
    return _store(arrival, report)


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


@uplink("gateway.status", Status, reads=_lacking)
@uses(_store, _encrypt, _resume, Points.add)
def status(arrival: Arrival, payload: Status, known: Known) -> Receipt:
    """Store the snapshot and a point of its numbers, and send what the gateway has missed."""
    card, mark, metrics = arrival.card, arrival.mark, payload.metrics()
    report = reports.StatusReport(mark, **payload.as_stored(_encrypt(arrival, payload.wifi_key)))
    _resume(arrival, known, report, reconnected=not known[0].gateway.is_reachable(arrival.received))
    if metrics and arrival.received - arrival.made < RETENTION:
        made = unix_ms(arrival.made)
        Points.add(arrival.reach, card.organization, card.id, made, arrival.envelope.message, metrics)
    return _store(arrival, report)
