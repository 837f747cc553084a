"""Handles reports of gateways on their configuration and their battery, and resends what they lack when they reconnect."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.aws.table import Key
from fleet.configuration import desire, report
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import Configuration
from fleet.configuration.configurations import Configurations
from fleet.grants import uses
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.config_messages import BatteryReport, ConfigReported
from fleet.plane.envelope import Hello, Presence, Rejected, SyslogRequest
from fleet.plane.status import Reported, Status
from fleet.registry.gateways import Gateways


def companions(sn: str, payload: Reported) -> Sequence[Key]:
    """The keys of what must be known of a gateway's configuration for a payload."""
    if isinstance(payload, ConfigReported | BatteryReport):
        return desire.monitored(sn).keys
    if isinstance(payload, Hello | Presence | Status):
        return desire.configured(sn).keys
    return Configurations.by_sn(sn).keys if isinstance(payload, SyslogRequest) else ()


def known(arrival: Arrival) -> Configuration:
    """The gateway's configuration, as it was read with the message."""
    return Configurations.by_sn(arrival.card.sn).parse(arrival.reach, arrival.found)


def _monitored(arrival: Arrival) -> Monitored:
    return desire.monitored(arrival.card.sn).parse(arrival.reach, arrival.found)


@uses(report.remind)
def resume(arrival: Arrival, applied: int | None = None, started: bool = False) -> None:
    """On reconnect (or reboot, `started`), resend every configuration section newer than `applied`."""
    before = desire.configured(arrival.card.sn).parse(arrival.reach, arrival.found)
    report.remind(arrival.reach, before, arrival.mark, before.gateway.applied if applied is None else applied, started)


def was_away(arrival: Arrival) -> bool:
    """Whether a gateway that reports was away until now: it has reconnected."""
    return not Gateways.by_sn(arrival.card.sn).parse(arrival.reach, arrival.found).is_reachable(arrival.received)


@uses(report.take, Gateways.report, resume)
def config(arrival: Arrival, payload: ConfigReported) -> Receipt:
    """Store the configuration that a gateway runs on. A report that omits the location section does not mark it as applied."""
    card = arrival.card
    try:
        errors = [(error.section, error.message) for error in payload.errors]
        reported = report.Report(payload.version, payload.sections, errors)
        newer = report.take(arrival.reach, _monitored(arrival), reported, arrival.mark, arrival.received)
    except ValueError:
        raise Rejected("malformed") from None
    if payload.sections and payload.version < card.config_version:
        return TAKEN if newer else STALE
    if not payload.errors:
        resume(arrival, payload.version)
    value = {"applied": payload.version, "errors": [error.model_dump() for error in payload.errors]}
    stored = Gateways.report(arrival.reach, card, "config", arrival.mark, value)
    return TAKEN if stored or newer else STALE


@uses(report.battery)
def battery(arrival: Arrival, payload: BatteryReport) -> Receipt:
    """Store the newest report of the battery."""
    stored = report.battery(arrival.reach, _monitored(arrival), arrival.mark, payload.model_dump(by_alias=True))
    return TAKEN if stored else STALE
