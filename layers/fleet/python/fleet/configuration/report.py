"""What gateways say of their configuration, and what they are told again for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import device_crypto
from fleet.aws.reads import fetch
from fleet.aws.writes import Refused, transact
from fleet.configuration import desire, register
from fleet.configuration.batteries import Batteries
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import LOCATION, SECTIONS, Configuration, Configured, with_secrets
from fleet.configuration.configurations import Configurations
from fleet.configuration.desire import TRIES, configured, following, monitored, retaining, sealed_in
from fleet.errors import Stale
from fleet.grants import uses
from fleet.marks import Mark, Section
from fleet.outbox.messages import Downlinks
from fleet.registry.gateway import Card
from fleet.tenancy import sealing


@dataclass(frozen=True)
class Report:
    """What a gateway says that it runs on: values by section, at one version, and what it could not apply, by section and why."""

    version: int
    sections: Mapping[str, Any]
    errors: Sequence[tuple[str, str]] = ()


@uses(device_crypto.unbox_uplink, sealing.seal)
def _kept(reach: Reach, card: Card, section: str, value: Any) -> Any:
    """A section as it is kept: secrets out of their boxes and sealed; one that came in clear is not kept. ValueError for a bad box."""

    def keep(secret: Any) -> Any:
        if not isinstance(secret, dict):
            return None
        clear = device_crypto.unbox_uplink(f"{card.sn}:config.{section}", secret["box"])
        clear.decode()
        return {"sealed": sealing.seal(reach, card.organization, sealed_in(card.sn, section), clear)}

    return with_secrets(section, value, keep)


def _taken(before: Configuration, version: int, values: Mapping[str, Any], errors: Mapping[str, str], mark: Mark) -> Configuration:
    """The state after a report: each section that it tells of, where it is newer than what was told before."""
    after = before
    for name in sorted({*values, *errors}):
        told = before.section(name).reported
        if told is None or mark.newer_than(told.mark):
            value = values.get(name, told.value if told else None)
            said = {"version": version, "value": value, "error": errors.get(name), "boot": mark.boot, "seq": mark.seq, "sent": mark.sent}
            after = after.having(name, reported=said)
    return after


@uses(fetch, _kept, following, retaining, Configurations.storing)
def take(reach: Reach, known: Monitored, report: Report, mark: Mark, received: datetime) -> bool:
    """Keep what a gateway says of its sections, where it is newer; False when nothing is. ValueError for a box that does not open."""
    card = known.gateway.card
    values = {name: _kept(reach, card, name, value) for name, value in report.sections.items()}
    errors = {section if section in SECTIONS else LOCATION: message for section, message in report.errors}
    if not values and not errors:
        values = {LOCATION: None}
    for _ in range(TRIES):
        before = known.configuration
        after = _taken(before, report.version, values, errors, mark)
        if after is before:
            return False
        more = [*following(reach, known, after), *retaining(reach, known, after, received)]
        try:
            transact([Configurations.storing(reach, card.organization, before, after), *more])
        except Refused:
            known = fetch(reach, monitored(card.sn))
        else:
            return True
    raise Stale


def _unapplied(known: Configured, applied: int, started: bool) -> Iterator[tuple[str, int]]:
    """The sections whose newest version the gateway does not run on, as far as it has said, and that version.

    At its start it says the newest version of all; what is newer than that it has lost.
    """
    card = known.gateway.card
    if card.location is not None and applied < card.config_version:
        yield LOCATION, card.config_version
    for name in SECTIONS:
        section = known.configuration.section(name)
        lost = section.desired is not None and started and section.desired.version > applied
        version = section.desired.version if lost and section.desired else section.pending
        if version is not None:
            yield name, version


@uses(fetch, Configurations.storing, Downlinks.sending)
def remind(reach: Reach, known: Configured, mark: Mark, applied: int, started: bool = False) -> None:
    """Send a gateway that has come back what it does not run on: each newest version once for a start of the device.

    A version is sent once more when the gateway was silent ever since it was sent, for longer than a message waits. So
    a gateway that goes on answering with its old version does not make the cloud go on sending.
    """
    card, newest = known.gateway.card, known.gateway.newest
    if newest and newest[1].mark.boot != mark.boot and newest[1].mark.newer_than(mark):
        return
    for _ in range(TRIES):
        before, heard = known.configuration, known.gateway.heard
        unapplied = dict(_unapplied(known, applied, started))
        due = {name: version for name, version in unapplied.items() if before.section(name).due(version, mark.boot, heard, mark.heard)}
        if not due:
            return
        after, messages = before, []
        for name, version in due.items():
            after = after.having(name, sent={"version": version, "boot": mark.boot, "at": mark.heard})
            occasion = f"{card.id}/{version}/{mark.boot}/{mark.heard}"
            of_location = name == LOCATION
            messages.append(register.configuration(card, occasion) if of_location else desire.message(card, name, version, occasion))
        try:
            transact(
                [Configurations.storing(reach, card.organization, before, after), *(Downlinks.sending(reach, each) for each in messages)]
            )
        except Refused:
            known = fetch(reach, configured(card.sn))
        else:
            return
    raise Stale


@uses(fetch, Configurations.unchanged, Batteries.report, Batteries.keeping)
def battery(reach: Reach, known: Monitored, mark: Mark, value: Mapping[str, Any]) -> bool:
    """Keep a battery's report where it is newer, and have its location's list show it while it is monitored; False when it is not newer."""
    card = known.gateway.card
    for _ in range(TRIES):
        before = known.battery
        if before.listed is not None:
            return Batteries.report(reach, card, before.listed, mark, value)
        if before.report is not None and not mark.newer_than(before.report.mark):
            return False
        place = card.location if known.configuration.monitored else None
        same = Configurations.unchanged(reach, card.organization, known.configuration)
        try:
            transact([*Batteries.keeping(reach, card, Section(mark, value), place), same])
        except Refused:
            known = fetch(reach, monitored(card.sn))
            card = known.gateway.card
        else:
            return True
    raise Stale
