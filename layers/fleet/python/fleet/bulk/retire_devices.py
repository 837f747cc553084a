"""Deletes many devices so that they can be restored, and restores them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.alerts import track
from fleet.alerts.states import States
from fleet.aws.reads import both, every, fetch
from fleet.aws.writes import Write
from fleet.bulk.follow_ups import settling
from fleet.bulk.order import SYNC_TIME, Asker, asker_of
from fleet.bulk.select_devices import deleted_before, select, select_deleted
from fleet.bulk.walk import walk
from fleet.edits.apply import Change, apply
from fleet.edits.outcome import Outcome
from fleet.grants import ANY, uses
from fleet.ids import ANY_ID
from fleet.jobs.job import Result
from fleet.jobs.run import JobKind, Run
from fleet.query.parse import parse
from fleet.registry import device_row, gateways, groups, projections, purges, things
from fleet.registry.device import Device
from fleet.registry.devices import CHANGED, Devices
from fleet.registry.groups import GONE, Groups
from fleet.registry.thing import Thing

_LISTS = [device_row.key(deleted) for deleted in (False, True)]
_HEARD = frozenset({CHANGED, "tuid-changed", "tuid-taken"})
"""Refusals after which a deletion is decided anew: the device was changed, or something was received from the thing."""


@uses(States.of, track.deletion_writes)
@projections.reached("dynamodb:PutItem", keys=[things.key(ANY), purges.pattern(), *_LISTS])
@projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY), groups.key(ANY_ID)])
@projections.reached("dynamodb:DeleteItem", keys=[groups.member(ANY, ANY)])
def deleting(now: datetime, accepted: datetime | None = None) -> Change[Mapping[str, Sequence[Write]]]:
    """Delete devices so that they can be restored. What is in service fails.

    What is deleted already is passed over, and so is what was restored after the job was `accepted`. The alerts of a thing end with it.
    """

    def is_meant(device: Device) -> bool:
        return device.deleted is None and not (accepted and device.restored and device.restored > accepted)

    def endings(reach: Reach, selected: Sequence[Device]) -> Mapping[str, Sequence[Write]]:
        things = {device.tuid: device for device in selected if device.tuid is not None and is_meant(device) and not device.in_service}
        states = fetch(reach, every({tuid: States.of(tuid) for tuid in things})) if things else {}
        return {
            device.id: track.deletion_writes(reach, Thing.of(device.edited(now, deleted=now)), states[tuid], now)
            for tuid, device in things.items()
        }

    def decide(device: Device, endings: Mapping[str, Sequence[Write]]) -> Outcome | None:
        if not is_meant(device):
            return None
        if device.in_service is not None:
            return Outcome(device, "failed", reason=device.in_service)
        return Outcome(device, "updated", device.edited(now, deleted=now), writes=tuple(endings.get(device.id, ())))

    return Change(endings, decide, again=_HEARD)


@dataclass(frozen=True)
class _Around:
    """What deleted devices belong to, as far as it is there: ids of groups, and the systems that are their parents."""

    groups: frozenset[str]
    parents: Mapping[str, Device]


@uses(Groups.by_id, Devices.even_deleted, Devices.unchanged_checks)
@projections.reached("dynamodb:PutItem", keys=[things.key(ANY), groups.member(ANY, ANY), *_LISTS])
@projections.reached("dynamodb:UpdateItem", keys=[gateways.card_key(ANY), groups.key(ANY_ID)])
@projections.reached("dynamodb:DeleteItem", keys=[purges.pattern()])
def restoring(now: datetime) -> Change[_Around]:
    """Show deleted devices again: in their group, unless that is gone, and below the systems that are above their parent by now.

    What is not deleted is passed over, and so is what was deleted too long ago.
    """

    def around(reach: Reach, selected: Sequence[Device]) -> _Around:
        in_groups, below = {each.group for each in selected} - {None}, {each.parent for each in selected} - {None}
        if not in_groups and not below:
            return _Around(frozenset(), {})
        known = every({id: Groups.by_id(id).optional() for id in in_groups if id})
        systems = every({id: Devices.even_deleted(id).optional() for id in below if id})
        found, parents = fetch(reach, both(known, systems))
        return _Around(
            frozenset(id for id, group in found.items() if group is not None),
            {id: parent for id, parent in parents.items() if parent is not None},
        )

    def decide(device: Device, around: _Around) -> Outcome | None:
        if not device.restorable(now):
            return None
        parent = around.parents.get(device.parent or "")
        ancestors = device.ancestors if parent is None else (*parent.ancestors, parent.id)
        group = device.group if device.group in around.groups else None
        return Outcome(device, "updated", device.back(now, group=group, ancestors=ancestors))

    def checks(reach: Reach, around: _Around, updated: Sequence[Outcome]) -> list[Write]:
        below = {each.before.parent for each in updated}
        return [check for id, parent in around.parents.items() if id in below for check in Devices.unchanged_checks(reach, parent)]

    return Change(around, decide, checks, again={CHANGED, GONE})


def counted(name: str, counts: Mapping[str, int]) -> Result:
    """What is told of a deletion or a restoration: how many devices it changed, under this name, and how many it must not change."""
    return Result({name: counts.get("updated", 0), "failed": counts.get("failed", 0)})


@uses(apply, deleting)
def delete(reach: Reach, ids: Sequence[str], now: datetime, patience: float = SYNC_TIME) -> Mapping[str, Any]:
    """Delete these devices so that they can be restored; how many were `removed`, and how many `failed`."""
    return counted("removed", Counter(each.state for each in apply(reach, ids, deleting(now), patience=patience).values())).output


@uses(apply, restoring, settling)
def restore(
    reach: Reach, organization: str, ids: Sequence[str], asker: Asker, now: datetime, patience: float = SYNC_TIME
) -> Mapping[str, Any]:
    """Restore these devices; how many were `restored`, and how many `failed`. A job settles what is below systems among them."""
    outcomes = apply(reach, ids, restoring(now), settling(reach, organization, asker), patience)
    return counted("restored", Counter(each.state for each in outcomes.values())).output


@uses(select, deleting, walk)
def _delete(run: Run) -> Result | None:
    rows = select(run.reach, run.job.organization, parse(run.job.what["query"]), run.now)
    return counted("removed", run.job.counts) if walk(run, rows, deleting(run.now, run.job.accepted)) else None


@uses(select_deleted, restoring, walk, settling)
def _restore(run: Run) -> Result | None:
    rows = deleted_before(run.job.accepted, select_deleted(run.reach, run.job.organization, parse(run.job.what["query"]), run.now))
    more = settling(run.reach, run.job.organization, asker_of(run.job))
    return counted("restored", run.job.counts) if walk(run, rows, restoring(run.now), more) else None


DELETE = JobKind("devices.delete", "Delete devices", _delete, lambda counts: counted("removed", counts).output)
RESTORE = JobKind("devices.restore", "Restore devices", _restore, lambda counts: counted("restored", counts).output)
