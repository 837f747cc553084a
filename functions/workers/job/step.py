import json
import time
from datetime import UTC, datetime

from edge.observe import count
from edge.retry import TryAgain
from edge.worker import GiveUp, Message, queue
from fleet.access import EVERYWHERE
from fleet.aws.writes import Refused
from fleet.bulk.kinds import KINDS
from fleet.jobs import run
from fleet.jobs.jobs import CHANGED

TRIES = 4
"""How often a message is tried before its job is given up; after one more the queue itself would put it aside."""
TIMEOUT = 60
"""Seconds of a call."""
_RESERVE = 15
"""Seconds at the end of a call in which no further step begins."""


def _id(message: Message) -> str:
    return str(json.loads(message.body)["job"])


def _give_up(message: Message) -> None:
    count(f"Job{run.give_up(EVERYWHERE, KINDS, _id(message), datetime.now(UTC)).state.title()}")


@queue(
    "Jobs",
    "job_step",
    uses=(run.run, run.give_up, *(kind.work for kind in KINDS.values())),
    batch=1,
    at_once=10,
    timeout=TIMEOUT,
    memory=1769,
    give_up=GiveUp(TRIES, _give_up),
)
def handler(message: Message) -> None:
    """Take steps of a job until it is done, or this call's time is up: then a letter makes another call go on.

    A second delivery is harmless: a step and the job's cursor are one transaction, so each object is changed once. Of two calls at
    once one is refused at its next step, which is no failure: its message is delivered again later, in case the other one dies. It is
    done with when that is so at its last try, since the other call has a message of its own.
    """
    end = time.monotonic() + TIMEOUT - _RESERVE
    try:
        job = run.run(EVERYWHERE, KINDS, _id(message), datetime.now(UTC), lambda: time.monotonic() >= end)
    except Refused as refused:
        if CHANGED not in refused.failed:
            raise
        if message.tries < TRIES:
            raise TryAgain from None
        return
    count(f"Job{job.state.title()}")
