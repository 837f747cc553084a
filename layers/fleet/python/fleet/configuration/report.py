"""Applies reports of gateways on their configuration, and resends the configuration that a gateway lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import device_crypto
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, transact
from fleet.configuration import desire, register
from fleet.configuration.batteries import Batteries
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import LOCATION, SECTIONS, Configuration, Configured, SectionReport, with_secrets
from fleet.configuration.configuration import Section as ConfigurationSection
from fleet.configuration.configurations import Configurations
from fleet.configuration.desire import battery_writes, bound_to, configured, monitored, retention_writes
from fleet.grants import uses
from fleet.marks import Mark, Section
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry.gateway import Card, Gateway
from fleet.registry.gateways import Gateways
from fleet.registry.reports import Report as GatewayReport
from fleet.tenancy import encryption


@dataclass(frozen=True)
class Report:
    """The configuration that a gateway runs on: values by section, at one version, and what it could not apply, by section and why."""

    version: int
    sections: Mapping[str, Any]
    errors: Sequence[tuple[str, str]] = ()


@uses(device_crypto.decrypt_from_device, encryption.encrypt_at_rest)
def _encrypt_secrets(reach: Reach, card: Card, section: str, value: Any) -> Any:
    """A section as it is stored: boxed secrets encrypted at rest, those that came in clear left out. ValueError for a bad box."""

    def encrypt(secret: Any) -> Any:
        if not isinstance(secret, dict):
            return None
        clear = device_crypto.decrypt_from_device(f"{card.sn}:config.{section}", secret["box"])
        clear.decode()
        return {"sealed": encryption.encrypt_at_rest(reach, card.organization, bound_to(card.sn, section), clear)}

    return with_secrets(section, value, encrypt)


def _error(section: str, message: str) -> tuple[str, str]:
    """The section that could not be applied, and how long the text is that says why: it could hold a secret, of another section too."""
    return section if section in SECTIONS else LOCATION, f"(not stored: a text of {len(message)} characters)"


def _after(before: Configuration, version: int, values: Mapping[str, Any], errors: Mapping[str, str], mark: Mark) -> Configuration:
    """The state after a report: each section that it names, where it is newer than the one that was reported before."""
    after = before
    for name in sorted({*values, *errors}):
        known = before.section(name).reported
        if known is None or mark.newer_than(known.mark):
            value = values.get(name, known.value if known else None)
            report = SectionReport(version=version, value=value, error=errors.get(name), boot=mark.boot, seq=mark.seq, sent=mark.sent)
            after = after.with_section(name, reported=report, push=before.section(name).closed(report))
    return after


@uses(Gateways.same_writes)
def _first_writes(reach: Reach, known: Configured) -> list[Write]:
    """The check that the gateway was not deleted meanwhile; where it has a configuration, the condition on that implies it."""
    return [] if known.configuration.version else Gateways.same_writes(reach, known.gateway.card)


@uses(monitored, _encrypt_secrets, battery_writes, retention_writes, Configurations.store_writes, _first_writes)
def take(reach: Reach, known: Monitored, report: Report, mark: Mark, received: datetime) -> bool:
    """Store what a gateway reports of its sections, where it is newer; False when nothing is. ValueError for a box that does not open."""
    card = known.gateway.card
    values = {name: _encrypt_secrets(reach, card, name, value) for name, value in report.sections.items()}
    errors = dict(_error(section, message) for section, message in report.errors)
    if not values and not errors:
        values = {LOCATION: None}

    def store(known: Monitored) -> bool:
        before = known.configuration
        after = _after(before, report.version, values, errors, mark)
        if after is before:
            return False
        more = [*battery_writes(reach, known, after), *retention_writes(reach, known, after, received), *_first_writes(reach, known)]
        transact([*Configurations.store_writes(reach, card.organization, before, after), *more])
        return True

    return retrying(reach, monitored(card.sn), store, first=known)


def _unapplied(gateway: Gateway, configuration: Configuration) -> Iterator[tuple[str, int]]:
    """The sections whose newest version the gateway does not run on, as far as it has reported, and that version.

    At its start it reports the newest version of all; it has lost what is newer than that, and was not reported since.
    """
    card, start = gateway.card, gateway.reports.hello
    if card.location is not None and gateway.reports.runs_on < card.config_version:
        yield LOCATION, card.config_version
    for name in SECTIONS:
        section = configuration.section(name)
        if section.desired is None:
            continue
        lost = start is not None and start.applied < section.desired.version and not _reported_since(section, start.mark)
        if lost or section.pending is not None:
            yield name, section.desired.version


def _reported_since(section: ConfigurationSection, start: Mark) -> bool:
    return section.reported is not None and section.reported.mark.newer_than(start)


@uses(configured, Configurations.store_writes, Downlinks.send_writes)
def remind(reach: Reach, known: Configured, report: GatewayReport, reconnected: bool) -> None:
    """Send a gateway that was heard the newest version of each section that it does not run on, as often as `Section.due` says.

    `report` is what it says now, which is not stored yet; `reconnected`: it has started or connected.
    """
    gateway, card, mark, heard = known.gateway.after(report), known.gateway.card, report.mark, known.gateway.boot

    def send(known: Configured) -> None:
        after = before = known.configuration
        due = [
            (name, version)
            for name, version in _unapplied(gateway, before)
            if before.section(name).due(version, heard, mark.boot, mark.heard, reconnected)
        ]
        if due:
            for name, version in due:
                push = after.section(name).push
                pushed = after if push and push.id == str(version) else after.with_push(card, name, version, mark.heard)
                after = pushed.with_sent(name, mark.boot, mark.heard)
            messages = [_message(card, after, name, mark) for name, _ in due]
            sending = [write for message in messages for write in Downlinks.send_writes(reach, message)]
            transact([*Configurations.store_writes(reach, card.organization, before, after), *sending])

    retrying(reach, configured(card.sn), send, first=known)


def _message(card: Card, after: Configuration, section: str, mark: Mark) -> Downlink:
    occasion = f"/{mark.boot}/{mark.heard}"
    return register.configuration(card, after, occasion) if section == LOCATION else desire.push_message(after, section, occasion)


@uses(monitored, Configurations.unchanged_writes, Batteries.report, Batteries.store_writes, _first_writes)
def battery(reach: Reach, known: Monitored, mark: Mark, value: Mapping[str, Any]) -> bool:
    """Store a battery's report where it is newer, and list it in the location while it is monitored; False when it is not newer."""

    def store(known: Monitored) -> bool:
        card, before = known.gateway.card, known.battery
        if before.listed is not None:
            return Batteries.report(reach, card, before.listed, mark, value)
        if before.report is not None and not mark.newer_than(before.report.mark):
            return False
        location = card.location if known.configuration.monitored else None
        same = Configurations.unchanged_writes(reach, card.organization, known.configuration)
        transact([*Batteries.store_writes(reach, card, Section(mark, value), location), *same, *_first_writes(reach, known)])
        return True

    return retrying(reach, monitored(known.gateway.card.sn), store, first=known)
