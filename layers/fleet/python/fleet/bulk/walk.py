"""Takes a job through the devices that it is about, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fleet.aws.writes import Write
from fleet.bulk.select_devices import there_before
from fleet.edits.apply import Change, More, advance, no_more
from fleet.edits.outcome import Outcome
from fleet.grants import uses
from fleet.jobs.job import Job
from fleet.jobs.jobs import Jobs
from fleet.jobs.run import Run
from fleet.registry.device_row import DeviceRow


def log_entry(outcome: Outcome) -> Mapping[str, Any]:
    """What the log of a job says of a device."""
    entry = {"id": outcome.id, "name": outcome.before.name, "status": outcome.state}
    return {**entry, "reason": outcome.reason} if outcome.reason else entry


def remaining(job: Job, rows: Sequence[DeviceRow]) -> list[DeviceRow]:
    """The devices behind the job's cursor that were there when it was accepted, in order of creation."""
    return sorted(row for row in there_before(job.accepted, rows) if row.order > job.cursor)


@uses(advance, Jobs.step_writes)
def walk(run: Run, rows: Sequence[DeviceRow], change: Change[Any], more: More = no_more) -> bool:
    """Change those of the devices that the job has not come to; False when the call's time was up first.

    Each transaction has the changes of some devices, the job's cursor behind them, and what became of each in its log. So a device is
    changed once, wherever the job is interrupted. `more` are further writes for it. Refused when another call has taken a step.
    """
    places = {row.id: row.order for row in remaining(run.job, rows)}
    left = list(places)
    while left:
        if run.is_over:
            return False
        step = _Step(run, places, more)
        done = advance(run.reach, left, change, step.writes)
        run.took(step.after)
        left = left[len(done.ids) :]
    return True


class _Step:
    """The step that is being tried: how the job is after it."""

    def __init__(self, run: Run, places: Mapping[str, str], more: More) -> None:
        self._run, self._places, self._more, self.after = run, places, more, run.job

    def writes(self, outcomes: Sequence[Outcome]) -> list[Write]:
        cursor = self._places[outcomes[-1].id] if outcomes else self._run.job.cursor
        counts = Counter[str](outcome.state for outcome in outcomes)
        self.after, writes = self._run.step_writes(cursor, counts, [log_entry(outcome) for outcome in outcomes])
        return [*writes, *self._more(outcomes)]
