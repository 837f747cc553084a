"""Jobs as the operator sees them: how far they are, and what makes one go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from fleet.access import EVERYWHERE
from fleet.aws.reads import every, fetch
from fleet.aws.writes import transact
from fleet.errors import FleetError, NotFound
from fleet.jobs.job import Job
from fleet.jobs.jobs import Jobs
from muster.operator import organization

_AT_ONCE = 100


class NoJob(FleetError):
    """There is no such job: list those of an organization with `muster job list`. Jobs are stored for 30 days"""


class Completed(FleetError):
    """The job is completed: there is nothing left to do"""


@dataclass(frozen=True)
class JobView:
    """A job without what it is about: how far it is, and what became of its objects."""

    id: str
    organization: str
    kind: str
    state: str
    counts: Mapping[str, int]
    steps: int
    by: str
    accepted: datetime
    finished: datetime | None
    error: str

    @classmethod
    def of(cls, job: Job) -> JobView:
        names = ("id", "organization", "kind", "state", "counts", "steps", "by", "accepted", "finished", "error")
        return cls(**{name: getattr(job, name) for name in names})


def of_organization(name: str) -> Iterator[JobView]:
    """The jobs of an organization, the newest first."""
    ids = Jobs.of_organization(EVERYWHERE, organization.find(name).id)
    while some := list(islice(ids, _AT_ONCE)):
        jobs = fetch(EVERYWHERE, every({id: Jobs.by_id(id).optional() for id in some}))
        yield from (JobView.of(job) for id in some if (job := jobs[id]) is not None)


def _find(id: str) -> Job:
    try:
        return fetch(EVERYWHERE, Jobs.by_id(id))
    except NotFound:
        raise NoJob from None


def show(id: str) -> JobView:
    """A job."""
    return JobView.of(_find(id))


def retry(id: str) -> JobView:
    """Make a job go on from where it is; harmless while it is at work. Raises NoJob, and Completed."""
    job = _find(id)
    if job.state == "completed":
        raise Completed
    transact(Jobs.continue_writes(EVERYWHERE, job))
    return show(id)


def in_words(of: JobView) -> str:
    """A job as a line of text."""
    counts = ", ".join(f"{number} {outcome}" for outcome, number in of.counts.items())
    error = f" ({of.error})" if of.error else ""
    return f"{of.accepted:%Y-%m-%d %H:%M:%S} {of.id} {of.kind}: {of.state}{f', {counts}' if counts else ''}{error}"
