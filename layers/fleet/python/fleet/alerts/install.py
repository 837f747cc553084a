"""The installation status of things, and where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleet.access import Reach
from fleet.alerts import track
from fleet.alerts.state import ThingState
from fleet.alerts.states import States
from fleet.aws.reads import Read, both, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.errors import TooMany
from fleet.grants import ANY, uses
from fleet.registry import gateways, projections, things
from fleet.registry.device import Device, Installation
from fleet.registry.devices import Devices
from fleet.registry.thing import InstallationEntry, Thing
from fleet.registry.things import Things


@uses(Things.by_tuid, States.of)
def with_state(tuid: str) -> Read[tuple[Thing, ThingState]]:
    """A thing and its state."""
    return both(Things.by_tuid(tuid), States.of(tuid))


@uses(States.of)
def place(reach: Reach, state: ThingState) -> Mapping[str, float] | None:
    """Where a thing is, in degrees: by its own report, else by that of the gateway that heard it last; None without either."""
    own, relay = state.reading("location"), state.reading("relay")
    found: Mapping[str, float] | None = fetch(reach, States.of(relay["tuid"])).reading("location") if relay and not own else own
    return found


@projections.reached("dynamodb:PutItem", keys=[things.key(ANY)])
@projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY), gateways.copies(ANY, ANY)[0]])
@uses(Devices.by_id, States.of, Devices.store_writes, Things.entry_writes, track.installation_writes)
def install(reach: Reach, thing: Thing, status: Installation, responsible: str, now: datetime) -> Thing:
    """Set a thing's installation status, with an entry in its history and what follows for its alerts; the whole or nothing."""

    def store(known: tuple[Device, ThingState]) -> Thing:
        before, state = known
        after = before.installing(status, now)
        changed = Thing.of(after)
        entry = InstallationEntry(tuid=thing.tuid, status=status, at=now, responsible=responsible)
        following = [*Things.entry_writes(reach, after, entry), *track.installation_writes(reach, changed, state, now)]
        transact([*Devices.store_writes(reach, before, after), *following])
        return changed

    return retrying(reach, both(Devices.by_id(thing.id), States.of(thing.tuid)), store, busy=_busy())


def _busy() -> TooMany:
    return TooMany("The thing is being changed too much at once")
