"""Patches the devices that are chosen by their ids or a query: in the request, or by a job; and has follow what must."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import objects
from fleet.bulk.follow_attributes import follow
from fleet.bulk.follow_ups import SETTLE, following
from fleet.bulk.order import SYNC_TIME, Asker, asker_of, most_at_once
from fleet.bulk.select_devices import select
from fleet.bulk.walk import log_entry, walk
from fleet.delivery.links import new_name
from fleet.edits.apply import apply
from fleet.edits.patch import Patch
from fleet.edits.patch_devices import patching, settle
from fleet.edits.tree import heights
from fleet.grants import uses
from fleet.jobs.job import Result
from fleet.jobs.jobs import Jobs
from fleet.jobs.run import JobKind, Run
from fleet.query.parse import parse
from fleet.query.selection import Query
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices

FOLLOWED = 20
"""Devices whose values follow their attributes within the request; those of further ones do so by the job alone."""
PATIENCE = 5.0
"""Seconds that a request spends on what a job does as well."""


@dataclass(frozen=True)
class Patched:
    """How many devices had which outcome, and the name of the file of job logs that says it of each."""

    counts: Mapping[str, int]
    log: str


@uses(select, Devices.all_there)
def chosen(reach: Reach, organization: str, ids: Sequence[str] | None, query: Query, now: datetime) -> Sequence[str]:
    """The ids of devices that a patch is about: those that the query means, or (`ids`) these, as far as more are not too many."""
    if ids is None:
        return [row.id for row in select(reach, organization, query, now)]
    return ids if len(ids) <= most_at_once() else [row.id for row in _named(reach, organization, ids)]


def what(patch: Patch, ids: Sequence[str] | None, query: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a job PATCH is about. The name of its log is made once."""
    who: Mapping[str, Any] = {"query": query} if ids is None else {"ids": ids}
    return {"patch": patch.model_dump(mode="json", exclude_none=True), "log": new_name("log"), **who}


@uses(apply, patching, following, settle, follow, Devices.all_there, objects.put_job_log)
def patch_now(
    reach: Reach, organization: str, ids: Sequence[str], patch: Patch, asker: Asker, now: datetime, patience: float = SYNC_TIME
) -> Patched:
    """Patch these devices. What has to follow does so at once as far as there is time, and by jobs in any case.

    TooMany when others change the same devices, or move systems, each time, or it takes longer than `patience`: devices may be changed
    then, and doing it again does the rest.
    """
    levels = _levels(reach, organization, patch, lambda: ids)
    outcomes = apply(reach, ids, patching(organization, patch, now, levels), following(reach, organization, asker), patience)
    over = time.monotonic() + PATIENCE
    _follow(reach, organization, patch, list(outcomes), lambda: time.monotonic() > over)
    log = new_name("log")
    objects.put_job_log(log, _lines(map(log_entry, outcomes.values())))
    return Patched(_counts(Counter(outcome.state for outcome in outcomes.values())), log)


def _follow(reach: Reach, organization: str, patch: Patch, ids: Sequence[str], is_over: Callable[[], bool]) -> None:
    """What may have to follow, even where nothing has changed: a request that is repeated does what the one before it left."""
    if patch.moves:
        settle(reach, lambda: Devices.all_there(reach, organization), is_over)
    for id in ids[:FOLLOWED] if patch.reshapes else ():
        if not is_over():
            follow(reach, organization, id, is_over)


def _levels(reach: Reach, organization: str, patch: Patch, ids: Callable[[], Iterable[str]]) -> Mapping[str, int]:
    """How many levels there are below each of the systems that a patch moves below another."""
    if patch.parent is None:
        return {}
    rows, among = Devices.all_there(reach, organization), set(ids())
    return heights(rows, [row.id for row in rows if row.id in among and row.device_class == "system"])


def _named(reach: Reach, organization: str, ids: Iterable[str]) -> Sequence[DeviceRow]:
    wanted = set(ids)
    return [row for row in Devices.all_there(reach, organization) if row.id in wanted]


def _counts(counts: Mapping[str, int]) -> Mapping[str, int]:
    return {name: counts.get(name, 0) for name in ("updated", "failed", "skipped")}


def _lines(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """The log of a patch: a JSON object a line for each device."""
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()


@uses(select, patching, walk, following, Devices.all_there, Jobs.log, objects.put_job_log)
def _patch(run: Run) -> Result | None:
    reach, job = run.reach, run.job
    patch = Patch.model_validate(job.what["patch"])
    query = job.what.get("query")
    rows = _named(reach, job.organization, job.what["ids"]) if query is None else select(reach, job.organization, parse(query), run.now)
    change = patching(job.organization, patch, run.now, _levels(reach, job.organization, patch, lambda: (row.id for row in rows)))
    if not walk(run, rows, change, following(reach, job.organization, asker_of(job))):
        return None
    objects.put_job_log(job.what["log"], _lines(Jobs.log(reach, run.job)))
    return Result(_counts(run.job.counts), [("joblogs", job.what["log"])])


@uses(settle, Devices.all_there)
def _settle(run: Run) -> Result | None:
    changed = settle(run.reach, lambda: Devices.all_there(run.reach, run.job.organization), lambda: run.is_over)
    return None if changed is None else Result({})


PATCH_KIND = JobKind("devices.patch", "Patch devices", _patch, _counts)
SETTLE_KIND = JobKind(SETTLE, "Bring up to date what is above devices", _settle)
