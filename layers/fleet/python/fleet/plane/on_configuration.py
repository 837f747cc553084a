"""Handles reports of gateways on their configuration and their battery, and resends the configuration that they lack."""

from __future__ import annotations

from fleet.aws.reads import Read
from fleet.configuration import desire, report
from fleet.configuration.battery import Monitored
from fleet.grants import uses
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.config_messages import BatteryReport, ConfigReported
from fleet.plane.envelope import Rejected
from fleet.plane.status import Reported
from fleet.plane.uplink import uplink
from fleet.registry.gateways import Gateways
from fleet.registry.reports import ConfigReport


@uses(desire.monitored)
def _monitored(sn: str, payload: Reported) -> Read[Monitored]:
    return desire.monitored(sn)


@uplink("gateway.config.reported", ConfigReported, reads=_monitored)
@uses(report.take, report.remind, Gateways.report)
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
    applied = ConfigReport(arrival.mark, payload.version)
    if not payload.errors and not known.gateway.has_moved_on(arrival.mark):
        report.remind(arrival.reach, known, applied, reconnected=False)
    stored = Gateways.report(arrival.reach, card, applied)
    return TAKEN if stored or newer else STALE


@uplink("gateway.battery", BatteryReport, reads=_monitored)
@uses(report.battery)
def battery(arrival: Arrival, payload: BatteryReport, known: Monitored) -> Receipt:
    """Store the newest report of the battery."""
    stored = report.battery(arrival.reach, known, arrival.mark, payload.model_dump(by_alias=True))
    return TAKEN if stored else STALE
