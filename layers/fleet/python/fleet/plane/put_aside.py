"""Puts messages aside that were refused: all those of senders who are proven, and samples of the others."""

from __future__ import annotations

import functools
from datetime import datetime

from fleet.aws import queues
from fleet.grants import uses
from fleet.plane.envelope import Reason, without_secrets


@functools.cache
def _sampled() -> dict[Reason, datetime]:
    """The minute of the newest sample for each reason, in this container."""
    return {}


def forget() -> None:
    """Forget what was sampled: for tests and tools."""
    _sampled.cache_clear()


@uses(queues.put_refused)
def refused(body: str, reason: Reason, now: datetime) -> None:
    """Put a refused message aside."""
    queues.put_refused(without_secrets(body), reason)


@uses(refused)
def sampled(body: str, reason: Reason, now: datetime) -> None:
    """Put a refused message aside unless this container has done so for the same reason in the same minute.

    So whoever floods the queue with messages that nobody has signed cannot flood the dead letters with them.
    """
    minute = now.replace(second=0, microsecond=0)
    if _sampled().get(reason) != minute:
        refused(body, reason, now)
        _sampled()[reason] = minute
