"""Handles states that gateways report: their own, and those of devices that they speak for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.aws.reads import Read, every, fetch
from fleet.errors import Invalid
from fleet.grants import uses
from fleet.plane.arrival import Arrival, Receipt
from fleet.plane.envelope import Reason
from fleet.plane.gateway_messages import ReportedState, ReportedStates
from fleet.plane.status import parsed
from fleet.plane.uplink import uplink
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.telemetry import report_state
from fleet.telemetry.device_state import StateReport
from fleet.telemetry.device_state import arrival as state_arrival

Known = Mapping[str, Device | None]


@dataclass(frozen=True)
class _Part:
    """One state of a message: as it came, its number, and what it says, None where it breaks a rule."""

    sent: Any
    number: int
    state: ReportedState | None


def _parts(payload: ReportedStates) -> Iterator[_Part]:
    for number, sent in enumerate(payload.states):
        yield _Part(sent, number, parsed(ReportedState, sent))


@uses(Devices.by_id)
def _named(sn: str, payload: ReportedStates) -> Read[Known]:
    """The devices that a message names, as far as they are there."""
    ids = {part.state.device for part in _parts(payload) if part.state is not None and part.state.device is not None}
    return every({id: Devices.by_id(id).optional() for id in ids}).map(lambda known: known)


@uses(Devices.by_id)
def _with_own(arrival: Arrival, payload: ReportedStates, known: Known) -> Known:
    """The same with the gateway itself, where a state is its own."""
    if all(part.state is None or part.state.device is not None for part in _parts(payload)):
        return known
    return {**known, arrival.card.id: fetch(arrival.reach, Devices.by_id(arrival.card.id).optional())}


def _speaks(arrival: Arrival, device: Device) -> bool:
    """Whether the gateway is this device, or the one that speaks for it."""
    own = device.wegnology
    return device.id == arrival.card.id or (own is not None and own.gateway == arrival.card.id)


def _judged(arrival: Arrival, part: _Part, known: Known) -> tuple[Device, list[StateReport]] | Reason:
    """The reports of a state, with the device, or why it is refused."""
    if part.state is None:
        return "malformed"
    device = known.get(part.state.device or arrival.card.id)
    if device is None:
        return "unknown thing"
    if not _speaks(arrival, device):
        return "misaddressed"
    at = arrival.believable(part.state.time or arrival.made)
    order = state_arrival(arrival.received, arrival.mark.seq % 100_000 * 100 + part.number)
    try:
        return device, report_state.judged(device, [(at, part.state.data)], order, arrival.received, lambda _: ())
    except Invalid:
        return "malformed"


@uplink("device.state", ReportedStates, reads=_named)
@uses(_with_own, report_state.store)
def states(arrival: Arrival, payload: ReportedStates, known: Known) -> Receipt:
    """Store the states of a message. One that breaks a rule, or is of a device that the gateway does not speak for, is refused alone."""
    devices = _with_own(arrival, payload, known)
    refused: dict[Reason, list[Any]] = {}
    reports: dict[str, list[StateReport]] = {}
    for part in _parts(payload):
        judged = _judged(arrival, part, devices)
        if isinstance(judged, str):
            refused.setdefault(judged, []).append(part.sent)
        else:
            reports.setdefault(judged[0].id, []).extend(judged[1])
    for id, taken in reports.items():
        device = devices[id]
        assert device is not None, "only states of devices that are there are taken"
        report_state.store(arrival.reach, device, taken, arrival.received, arrival.envelope.message, mqttIn=1)
    return Receipt.in_part({reason: {"states": parts} for reason, parts in refused.items()})
