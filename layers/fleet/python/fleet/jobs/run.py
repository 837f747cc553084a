"""Takes the steps of a job until it is done, or the call's time is up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws.reads import fetch
from fleet.aws.writes import Write, transact
from fleet.grants import uses
from fleet.jobs.job import Job, Result
from fleet.jobs.jobs import Jobs
from fleet.outbox.letter import Letter
from fleet.outbox.letters import Letters


class Run:
    """One call's work on a job. `job` is the newest version, `reach` that of its organization, `now` when the call began."""

    def __init__(self, reach: Reach, job: Job, now: datetime, is_over: Callable[[], bool]) -> None:
        self.reach, self.job, self.now, self._is_over = reach, job, now, is_over

    @property
    def is_over(self) -> bool:
        """Whether the call's time is up: no further step may begin."""
        return self._is_over()

    def step_writes(self, cursor: str, counts: Mapping[str, int], log: Sequence[Mapping[str, Any]]) -> tuple[Job, list[Write]]:
        """The job after a step that ends at this cursor, and the writes that say so, for the transaction of what the step does.

        They fail with CHANGED when another call has taken the step. Once the transaction is done, `took` says so.
        """
        after = self.job.advanced(cursor, counts)
        return after, Jobs.step_writes(self.reach, self.job, after, log)

    def took(self, after: Job) -> None:
        """The transaction of a step is done: the next one begins behind it."""
        self.job = after

    @uses(Jobs.step)
    def step(self, cursor: str, counts: Mapping[str, int], log: Sequence[Mapping[str, Any]] = ()) -> None:
        """Set the job's cursor behind work that bears to be done twice. Refused as `step_writes` says."""
        after = self.job.advanced(cursor, counts)
        Jobs.step(self.reach, self.job, after, log)
        self.took(after)


@dataclass(frozen=True)
class JobKind:
    """A kind of job. `title` names it for people.

    `work` takes steps from the job's cursor on. It returns what the job says when it is done, or None when the time was up first: it is
    then called again. It must bear to be called again after any step, also while another call is at it: one of both is refused.
    `output` is what it says by its counts when it is given up.
    """

    name: str
    title: str
    work: Callable[[Run], Result | None]
    output: Callable[[Mapping[str, int]], Mapping[str, Any]] = dict


Kinds = Mapping[str, JobKind]


@uses(Jobs.by_id, Jobs.step_writes, Jobs.continue_writes, Letters.callbacks_writes, Letters.mail_writes)
def run(reach: Reach, kinds: Kinds, id: str, now: datetime, is_over: Callable[[], bool]) -> Job:
    """Go on with a job; the job as it is afterwards. Nothing happens when it has ended.

    When the time is up first, a letter makes another call go on. Refused when another call works on the job: try again later.
    """
    job = fetch(reach, Jobs.by_id(id))
    if not job.open:
        return job
    each = Run(reach.within(job.organization), job, now, is_over)
    result = kinds[job.kind].work(each)
    if result is None:
        transact(Jobs.continue_writes(each.reach, each.job))
        return each.job
    return _end(each.reach, kinds[job.kind], each.job, each.job.ended(now, result))


@uses(Jobs.by_id, Jobs.step_writes, Letters.callbacks_writes, Letters.mail_writes)
def give_up(reach: Reach, kinds: Kinds, id: str, now: datetime) -> Job:
    """End a job that fails however often it is tried; what it has done stays done. Nothing happens when it has ended."""
    job = fetch(reach, Jobs.by_id(id))
    if not job.open:
        return job
    error = "The job failed several times and was given up: the counts say how far it came"
    kind = kinds[job.kind]
    return _end(reach.within(job.organization), kind, job, job.ended(now, Result(kind.output(job.counts), error=error)))


def _end(reach: Reach, kind: JobKind, before: Job, after: Job) -> Job:
    """Store a job's end, and send its result, in one transaction."""
    writes = Jobs.step_writes(reach, before, after)
    common = {"id": after.id, "organization": after.organization, "base": after.base, "files": after.files}
    if after.callback is not None:
        writes += Letters.callbacks_writes(reach, _letter(after, {**common, "url": after.callback, "body": after.told}))
    if after.email is not None:
        subject, text = _mail(kind, after)
        writes += Letters.mail_writes(reach, _letter(after, {**common, "to": after.email, "subject": subject, "text": text}))
    transact(writes)
    return after


def _letter(job: Job, body: dict[str, Any]) -> Letter:
    return Letter(id=job.id, organization=job.organization, group=job.id, body=body)


def _mail(kind: JobKind, job: Job) -> tuple[str, str]:
    """The subject and text of a job's mail, without its links."""
    asked = f"{job.accepted:%Y-%m-%d %H:%M:%S} UTC"
    lines = [f"{kind.title}: {job.state}", f"Job {job.id} of application {job.organization}, asked for at {asked}."]
    lines += [f"{name}: {value}" for name, value in job.output.items()]
    return lines[0], "\n".join([*lines, *([job.error] if job.error else [])])
