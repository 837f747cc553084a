"""Jobs as the worker gets them: their letters leave the outbox, and are delivered to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.bulk.kinds import KINDS
from fleet.jobs import run
from fleet.jobs.job import Job
from fleet.jobs.jobs import Jobs
from functions.workers.job.step import handler
from tests.harness.aws import partition
from tests.harness.call import Response
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


def queued(answer: Response) -> str:
    """The id of the job that an answer announces."""
    assert answer.status == 202, answer.content[:300]
    assert answer.json == {"success": True, "jobQueued": True, "jobId": answer.json["jobId"]}
    id = answer.json["jobId"]
    assert isinstance(id, str)
    assert 1 <= len(id) <= 21
    return id


def take_steps(id: str, checks: int) -> Job:
    """One call of the worker whose time is up when it has looked at the clock so many times; the job after it."""
    left = iter([False] * checks)
    return run.run(EVERYWHERE, KINDS, id, datetime.now(UTC), lambda: next(left, True))


class Killed(BaseException):
    """The process ends here."""


def killed_at(id: str, request: int, *, writes: bool = False) -> bool:
    """One call of the worker that is killed before it sends the AWS request of this number, from 0 on; False when there are fewer.

    `writes`: only transactions and requests to S3 are counted.
    """
    sent = count()

    def send(**_: Any) -> None:
        if next(sent) == request:
            raise Killed

    dynamodb, s3 = clients.dynamodb().meta.events, clients.s3().meta.events
    dynamodb.register("before-send.dynamodb.TransactWriteItems" if writes else "before-send", send, unique_id="killed")
    s3.register("before-send", send, unique_id="killed")
    try:
        run.run(EVERYWHERE, KINDS, id, datetime.now(UTC), lambda: False)
    except Killed:
        return True
    finally:
        dynamodb.unregister("before-send.dynamodb.TransactWriteItems" if writes else "before-send", unique_id="killed")
        s3.unregister("before-send", unique_id="killed")
    return False


def exported(id: str) -> bytes:
    """The one file that a job which is done links to."""
    ((folder, name),) = job(id).files
    return clients.s3().get_object(Bucket=clients.setting("FILES_BUCKET"), Key=f"{folder}/{name}")["Body"].read()
