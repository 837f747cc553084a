"""What gateways say of their configuration and their battery, taken in; and what they are told when they come back."""

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
    """The keys of what is to be known of a gateway's configuration for a payload."""
    if isinstance(payload, ConfigReported | BatteryReport):
        return desire.monitored(sn).keys
    if isinstance(payload, Hello | Presence | Status):
        return desire.configured(sn).keys
    return Configurations.by_sn(sn).keys if isinstance(payload, SyslogRequest) else ()


def known(arrival: Arrival) -> Configuration:
    """The gateway's configuration, as it was read with the message."""
    return Configurations.by_sn(arrival.card.sn).parse(arrival.reach, arrival.found)


def _all(arrival: Arrival) -> Monitored:
    return desire.monitored(arrival.card.sn).parse(arrival.reach, arrival.found)


@uses(report.remind)
def back(arrival: Arrival, applied: int | None = None, started: bool = False) -> None:
    """A gateway has come back, or `started` anew: send it what it does not run on. `applied` is the version that it says it runs on."""
    before = desire.configured(arrival.card.sn).parse(arrival.reach, arrival.found)
    report.remind(arrival.reach, before, arrival.mark, before.gateway.applied if applied is None else applied, started)


def was_away(arrival: Arrival) -> bool:
    """Whether a gateway that reports was away until now: it has come back."""
    return not Gateways.by_sn(arrival.card.sn).parse(arrival.reach, arrival.found).here(arrival.received)


@uses(report.take, Gateways.report, back)
def config(arrival: Arrival, told: ConfigReported) -> Receipt:
    """Keep what a gateway says it runs on. A report of other sections does not speak for an unapplied location."""
    card = arrival.card
    try:
        errors = [(error.section, error.message) for error in told.errors]
        said = report.Report(told.version, told.sections, errors)
        newer = report.take(arrival.reach, _all(arrival), said, arrival.mark, arrival.received)
    except ValueError:
        raise Rejected("malformed") from None
    if told.sections and told.version < card.config_version:
        return TAKEN if newer else STALE
    if not told.errors:
        back(arrival, told.version)
    value = {"applied": told.version, "errors": [error.model_dump() for error in told.errors]}
    kept = Gateways.report(arrival.reach, card, "config", arrival.mark, value)
    return TAKEN if kept or newer else STALE


@uses(report.battery)
def battery(arrival: Arrival, told: BatteryReport) -> Receipt:
    """Keep the newest report of the battery."""
    kept = report.battery(arrival.reach, _all(arrival), arrival.mark, told.model_dump(by_alias=True))
    return TAKEN if kept else STALE
