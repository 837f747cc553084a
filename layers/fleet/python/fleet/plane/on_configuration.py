"""Handles reports of gateways on their configuration and their battery, and resends what they lack when they reconnect."""

from __future__ import annotations

from fleet.aws.reads import Read
from fleet.configuration import desire, report
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import Configured
from fleet.grants import uses
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.config_messages import BatteryReport, ConfigReported
from fleet.plane.envelope import Rejected
from fleet.plane.status import Reported
from fleet.plane.uplink import uplink
from fleet.registry.gateways import Gateways
from fleet.registry.reports import ConfigReport


def _monitored(sn: str, payload: Reported) -> Read[Monitored]:
    return desire.monitored(sn)


@uses(report.remind)
def resume(arrival: Arrival, known: Configured, applied: int | None = None, started: bool = False) -> None:
    """On reconnect (or reboot, `started`), resend every configuration section newer than `applied`."""
    report.remind(arrival.reach, known, arrival.mark, known.gateway.reports.applied if applied is None else applied, started)


@uplink("gateway.config.reported", ConfigReported, reads=_monitored)
@uses(report.take, Gateways.report, resume)
def config(arrival: Arrival, payload: ConfigReported, known: Monitored) -> Receipt:
    """Store the configuration that a gateway runs on. A report that omits the location section does not mark it as applied."""
    card = arrival.card
    try:
        errors = [(error.section, error.message) for error in payload.errors]
        reported = report.Report(payload.version, payload.sections, errors)
        newer = report.take(arrival.reach, known, reported, arrival.mark, arrival.received)
    except ValueError:
        raise Rejected("malformed") from None
    if payload.sections and payload.version < card.config_version:
        return TAKEN if newer else STALE
    if not payload.errors:
        resume(arrival, known, payload.version)
    applied = ConfigReport(arrival.mark, payload.version, [error.model_dump() for error in payload.errors])
    stored = Gateways.report(arrival.reach, card, applied)
    return TAKEN if stored or newer else STALE


@uplink("gateway.battery", BatteryReport, reads=_monitored)
@uses(report.battery)
def battery(arrival: Arrival, payload: BatteryReport, known: Monitored) -> Receipt:
    """Store the newest report of the battery."""
    stored = report.battery(arrival.reach, known, arrival.mark, payload.model_dump(by_alias=True))
    return TAKEN if stored else STALE
