"""Exports what devices sent and were sent in a time, to a table that the result of the job links to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import objects
from fleet.bulk import tables
from fleet.bulk.select_devices import select, there_before
from fleet.delivery import links
from fleet.grants import uses
from fleet.jobs.job import Result
from fleet.jobs.jobs import Jobs
from fleet.jobs.run import JobKind, Run
from fleet.query.parse import parse
from fleet.registry.device_row import DeviceRow
from fleet.telemetry.counts import COUNTERS, Counts
from fleet.values import Value

AT_ONCE = 50
"""Devices of a step: each is a request."""


class Counted(Value):
    """How far the counting is, as its job remembers it: the name of the file, and the place in the directory behind which it goes on."""

    file: str
    after: str = ""


@uses(select, Counts.between, Run.step, Jobs.log, objects.put_export)
def _count(run: Run) -> Result | None:
    """Count what each device has, in steps whose log has the counts; at the end they become a table, by name and id."""
    counted = Counted.model_validate_json(run.job.cursor) if run.job.cursor else _begin(run)
    rows = there_before(run.job.accepted, select(run.reach, run.job.organization, parse(run.job.what["query"]), run.now))
    left = sorted(row for row in rows if row.order > counted.after)
    for start in range(0, len(left), AT_ONCE):
        if run.is_over:
            return None
        batch = left[start : start + AT_ONCE]
        log = [_entry(run.reach, run.job.organization, row, run.job.what) for row in batch]
        run.step(counted.changed(after=batch[-1].order).model_dump_json(), {"counted": len(batch)}, log)
    objects.put_export(counted.file, _table(Jobs.log(run.reach, run.job)))
    return Result({}, [("exports", counted.file)])


def _begin(run: Run) -> Counted:
    counted = Counted(file=links.new_name("csv"))
    run.step(counted.model_dump_json(), {})
    return counted


def _entry(reach: Reach, organization: str, row: DeviceRow, what: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the log says of a device: its counts, in the order of COUNTERS."""
    start, end = (datetime.fromtimestamp(what[name] / 1000, UTC) for name in ("start", "end"))
    counts = Counts.between(reach, organization, row.id, start, end) if start <= end else {}
    return {"id": row.id, "name": row.name, "counts": [counts.get(name, 0) for name in COUNTERS]}


def _table(log: Any) -> bytes:
    entries: Sequence[Mapping[str, Any]] = sorted(log, key=lambda entry: (entry["name"], entry["id"]))
    return tables.as_csv([["id", "name", *COUNTERS], *([entry["id"], entry["name"], *entry["counts"]] for entry in entries)])


COUNT = JobKind("devices.payloadCounts", "Count payloads", _count)
