"""Seeds an organization with a simulated Thingsee gateway and installed sensors, one of which has never reported."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet.access import EVERYWHERE
from fleet.alerts import install
from fleet.aws.reads import fetch
from fleet.lifecycle.provision import FACTORY
from fleet.registry.things import Things
from muster.operator import keyring, thing

SENSORS = 3
"""How many sensors report."""
_SILENT_FOR = timedelta(hours=3)
"""Age of the silent sensor's installation: longer than a sensor may be silent, so that the next evaluation opens an alert."""


@dataclass(frozen=True)
class SeededThings:
    """The TUIDs of the things that report, the gateway's first, and of those that stay silent until `.muster/wishes` says `online`."""

    speaking: list[str]
    silent: list[str]


def make(organization: str, number: int, keys: Path) -> SeededThings:
    """Provision what does not exist; the gateway's keys go to the same file as the others'."""
    gateway = f"TSGW02A1B2C3{number:05d}"
    *sensors, silent = [f"TSPD04A1B2C3{number:03d}{place:02d}" for place in range(1, SENSORS + 2)]
    identities = {identity.sn: identity for identity in keyring.load(keys)} if keys.exists() else {}
    if gateway not in identities:
        provisioned = thing.provision(thing.ThingRequest(gateway, organization, "gateway")).gateway
        if provisioned is not None:
            keyring.save([dataclasses.replace(keyring.Identity.of(provisioned), things=[*sensors, silent], silent=[silent])], keys)
    for tuid in (*sensors, silent):
        thing.provision(thing.ThingRequest(tuid, organization, "sensor"))
    now = datetime.now(UTC)
    for tuid in (gateway, *sensors):
        _install(tuid, now)
    _install(silent, now - _SILENT_FOR)
    return SeededThings([gateway, *sensors], [silent])


def _install(tuid: str, since: datetime) -> None:
    known = fetch(EVERYWHERE, Things.by_tuid(tuid))
    if known.status == "new":
        install.install(EVERYWHERE, known, "installed", FACTORY, since)
