"""Jobs as the worker gets them: their letters leave the outbox, and are delivered to it."""

from __future__ import annotations

import json
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.jobs.job import Job
from fleet.jobs.jobs import Jobs
from functions.workers.job.step import handler
from tests.harness.aws import partition
from tests.workers.messages import UplinkMessage, deliver


def job(id: str) -> Job:
    """A job as it is stored."""
    return fetch(EVERYWHERE, Jobs.by_id(id))


def letters(queue: str, id: str) -> list[dict[str, Any]]:
    """The bodies of a job's letters to a queue that are in the outbox."""
    return [json.loads(row["body"]["S"]) for row in partition("FleetTable", f"OUTBOX#{queue}#{id}")]


def work(id: str, tries: int = 1) -> bool:
    """Deliver a job's letter to the worker; whether it succeeded."""
    return not deliver(handler, UplinkMessage(json.dumps({"job": id}), "", id=id, tries=tries))


def log(id: str) -> list[dict[str, Any]]:
    """What became of each object, by the job's log."""
    return [dict(each) for each in Jobs.log(EVERYWHERE, job(id))]
