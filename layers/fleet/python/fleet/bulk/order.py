"""Orders that are about many devices: done in the request up to a limit, by a job beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws import clients
from fleet.aws.writes import transact
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from fleet.jobs.job import Job, new_job_id
from fleet.jobs.jobs import Jobs

MOST_BYTES = 350 * 1024
"""Bytes of a job as it is stored: DynamoDB takes items of 400 KB."""
SYNC_LIMIT = 750
"""Devices that a request changes itself (wegnology.md 5.5)."""
SYNC_TIME = 16.0
"""Seconds after which a request begins no further transaction: its function has 28, also for what comes before and after."""


def most_at_once() -> int:
    """The number of devices beyond which a job does the work: a setting of the deployment."""
    return clients.number("WEGNOLOGY_SYNC_LIMIT", SYNC_LIMIT)


@dataclass(frozen=True)
class Asker:
    """Who asks, the URL below which links are for them, and where the result of a job goes (a URL, an e-mail address)."""

    by: str
    base: str
    callback: str | None = None
    email: str | None = None


def asker_of(job: Job) -> Asker:
    """Who has asked for a job, without where its result goes: for what follows from it."""
    return Asker(job.by, job.base)


def new_job(organization: str, kind: str, what: Mapping[str, Any], asker: Asker, now: datetime) -> Job:
    """A job of this kind, which is not stored yet."""
    return Job(
        id=new_job_id(),
        organization=organization,
        kind=kind,
        what=what,
        base=asker.base,
        by=asker.by,
        callback=asker.callback,
        email=asker.email,
        accepted=now,
    )


@uses(Jobs.accept_writes)
def enqueue(reach: Reach, organization: str, kind: str, what: Mapping[str, Any], asker: Asker, now: datetime) -> Job:
    """Have a job of this kind done. `what` was validated: nothing is refused later. Invalid when it has more than MOST_BYTES."""
    job = new_job(organization, kind, what, asker, now)
    if len(job.model_dump_json().encode()) > MOST_BYTES:
        raise Invalid(Problem((), f"must have at most {MOST_BYTES} bytes where a job does the work, as it is about so many devices"))
    transact(Jobs.accept_writes(reach, job))
    return job
