"""Jobs as they are stored: the job, what became of the objects of each step, and the list of an organization's jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, reads_rows
from fleet.aws.writes import Write, transact
from fleet.grants import ANY, needs, uses
from fleet.jobs.job import Job
from fleet.outbox.letter import Letter
from fleet.outbox.letters import Letters

CHANGED = "job-changed"
"""The condition that a job is as it was read: nobody else has taken its next step."""
RETENTION = 30 * 86_400
"""Seconds that a job is stored after it was accepted."""
_ITEMS = Items(Job, "Job")


def _partition(id: str) -> str:
    return f"JOB#{id}"


def _key(id: str) -> table.Key:
    return _partition(id), "JOB"


def _listed(organization: str) -> str:
    return f"ORG#{organization}#JOBS"


class Jobs:
    """Jobs (access-patterns.md J1 to J7)."""

    @staticmethod
    @reads_rows(_partition(ANY))
    def by_id(id: str) -> Read[Job]:
        """J1: a job."""
        return _ITEMS.one(_key(id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY), _listed(ANY)])
    @uses(Letters.jobs_writes)
    def accept_writes(reach: Reach, job: Job) -> list[Write]:
        """J2: the writes of a new job, which begins once they are done."""
        listed = Write.put((_listed(job.organization), f"{job.accepted.isoformat()}#{job.id}"), {"id": {"S": job.id}, **_expiry(job)})
        return [_ITEMS.create(reach, _key(job.id), job, more=_expiry(job)), listed, *_begin_writes(reach, job)]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def step_writes(reach: Reach, before: Job, after: Job, log: Sequence[Mapping[str, Any]] = ()) -> list[Write]:
        """J3: the writes of a job's next version, and of what became of the objects of this step. They fail when it CHANGED meanwhile."""
        reach.demand_change(before.organization, "Job")
        writes = [_ITEMS.replace(reach, _key(after.id), after, before.version, named=CHANGED, more=_expiry(after))]
        if log:
            row = {"log": {"S": json.dumps(list(log), separators=(",", ":"))}, **_expiry(after)}
            writes.append(Write.put((_partition(after.id), f"LOG#{after.steps:08d}"), row, None))
        return writes

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def step(reach: Reach, before: Job, after: Job, log: Sequence[Mapping[str, Any]]) -> None:
        """J7: J3 alone. Refused when the job CHANGED meanwhile."""
        transact(Jobs.step_writes(reach, before, after, log))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    @uses(Letters.jobs_writes)
    def continue_writes(reach: Reach, before: Job) -> list[Write]:
        """J4: the writes with which a job goes on in another call, also one that has failed. They fail when it CHANGED meanwhile."""
        after = before.next(state="running", finished=None, output={}, error="")
        return [*Jobs.step_writes(reach, before, after), *_begin_writes(reach, after)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_partition(ANY)])
    def log(reach: Reach, job: Job) -> Iterator[Mapping[str, Any]]:
        """J5: what became of each object, in the order of the steps."""
        condition, values = "pk = :pk AND begins_with(sk, :log)", {"pk": _partition(job.id), "log": "LOG#"}
        for row in table.query(reach, job.organization, "Job", condition, values):
            yield from json.loads(row["log"]["S"])

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_listed(ANY)])
    def of_organization(reach: Reach, organization: str) -> Iterator[str]:
        """J6: the ids of an organization's jobs, newest first."""
        for row in table.query(reach, organization, "Organization", "pk = :pk", {"pk": _listed(organization)}, backward=True):
            yield row["id"]["S"]


@uses(Letters.jobs_writes)
def _begin_writes(reach: Reach, job: Job) -> list[Write]:
    letter = Letter(id=f"{job.id}.{job.version}", organization=job.organization, group=job.id, body={"job": job.id})
    return Letters.jobs_writes(reach, letter)


def _expiry(job: Job) -> dict[str, Any]:
    return {"ttl": {"N": str(int(job.accepted.timestamp()) + RETENTION)}}
