"""A Thingsee gateway and three sensors for an organization to begin with, installed and played."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

from fleet.access import EVERYWHERE
from fleet.services import things
from fleet.store.ask import fetch
from muster.operator import thing
from muster.simulate import keyring

SENSORS = 3


def make(organization: str, number: int, keys: Path) -> list[str]:
    """Provision what is not there yet; the gateway's keys are kept with the others'. The TUIDs, the gateway's first."""
    gateway = f"TSGW02A1B2C3{number:05d}"
    sensors = [f"TSPD04A1B2C3{number:03d}{place:02d}" for place in range(1, SENSORS + 1)]
    held = {identity.sn: identity for identity in keyring.load(keys)} if keys.exists() else {}
    if gateway not in held:
        made = thing.provision(thing.Wanted(gateway, organization, "gateway")).gateway
        if made is not None:
            keyring.keep([dataclasses.replace(keyring.Identity.of(made), things=sensors)], keys)
    for tuid in sensors:
        thing.provision(thing.Wanted(tuid, organization, "sensor"))
    for tuid in (gateway, *sensors):
        _install(tuid)
    return [gateway, *sensors]


def _install(tuid: str) -> None:
    known, state = fetch(EVERYWHERE, things.with_state(tuid))
    if known.status == "new":
        things.install(EVERYWHERE, known, state, "installed", thing.FACTORY, datetime.now(UTC))
