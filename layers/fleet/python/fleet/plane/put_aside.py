"""Puts messages aside, without the secrets that may be in them: what was refused, though of unproven senders a sample, and what failed."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from fleet.aws import queues
from fleet.grants import uses
from fleet.plane.envelope import Envelope, Reason
from fleet.plane.uplinks import UPLINKS
from fleet.shown import shown


@functools.cache
def _sampled() -> dict[Reason, datetime]:
    """The minute of the newest sample for each reason, in this container."""
    return {}


def forget() -> None:
    """Forget what was sampled: for tests and tools."""
    _sampled.cache_clear()


def _rebuilt(body: str) -> Any:
    """A message's text as a document without secrets: its envelope, and its payload as far as that is declared."""
    try:
        document = from_json(body, allow_inf_nan=False)
    except ValueError:
        return f"(no JSON, {len(body.encode())})"
    found = shown(document, Envelope)
    name = document.get("type") if isinstance(document, dict) else None
    declared = UPLINKS.get(name) if isinstance(name, str) else None
    if declared is None:
        return found
    return {**found, "type": declared.name, **({"payload": shown(document["payload"], declared.shape)} if "payload" in document else {})}


@uses(queues.put_refused)
def refused(body: str, reason: Reason) -> None:
    """Put a refused message aside."""
    queues.put_refused(queues.text(_rebuilt(body)), reason)


@uses(queues.put_failed)
def failed(body: str) -> None:
    """Put a message aside that should have been processed and could not, before its queue does so with the whole of it."""
    queues.put_failed(queues.text(_rebuilt(body)), "failed")


@uses(refused)
def sampled(body: str, reason: Reason, now: datetime) -> None:
    """Put a refused message aside unless this container has done so for the same reason in the same minute.

    So whoever floods the queue with messages that nobody has signed cannot flood the dead letters with them.
    """
    minute = now.replace(second=0, microsecond=0)
    if _sampled().get(reason) != minute:
        refused(body, reason)
        _sampled()[reason] = minute
