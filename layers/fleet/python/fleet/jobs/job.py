"""A job: work on many objects, done in steps after the request that asked for it was answered."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from fleet.access import Unplaced
from fleet.values import Entity

JobState = Literal["queued", "running", "completed", "failed"]
_LONGEST_ID = 21
"""Characters of an id (wegnology.md 5.5)."""


def new_job_id() -> str:
    """A fresh id of 21 URL-safe characters, 126 random bits."""
    return secrets.token_urlsafe(16)[:_LONGEST_ID]


@dataclass(frozen=True)
class Result:
    """What a job says when it is done: numbers or texts by name, and files (folder and name) that are linked to.

    `error` is for people: why the job cannot be done, however often it is tried.
    """

    output: Mapping[str, Any]
    files: Sequence[tuple[str, str]] = ()
    error: str = ""


class Job(Entity, Unplaced):
    """A job, and how far it is.

    `kind` names what is done, `what` says it in JSON, validated before. Objects that came after `accepted` are not part of it. `cursor`
    says where the next step begins (each kind has its own), `counts` how many objects had which outcome, `steps` how many there were.
    `base` is the URL below which links in its result are. `by` is the id of the caller. The result goes to `callback` (a URL) and
    `email`; `output` is what it says, `files` (folder and name) are those that it links to, and `error` is why the job failed. Links are
    secrets, so none is stored: whoever sends the result makes them.
    """

    kind: str
    what: Mapping[str, Any]
    state: JobState = "queued"
    cursor: str = ""
    counts: Mapping[str, int] = {}
    steps: int = 0
    base: str = ""
    by: str = ""
    callback: str | None = None
    email: str | None = None
    accepted: datetime
    finished: datetime | None = None
    output: Mapping[str, Any] = {}
    files: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @property
    def open(self) -> bool:
        """Whether there is more to do."""
        return self.state in ("queued", "running")

    def advanced(self, cursor: str, counts: Mapping[str, int]) -> Self:
        """The next version, one step further."""
        return self.next(state="running", cursor=cursor, counts=dict(Counter(self.counts) + Counter(counts)), steps=self.steps + 1)

    def ended(self, now: datetime, result: Result) -> Self:
        """The next version, with its result."""
        state = "failed" if result.error else "completed"
        return self.next(state=state, finished=now, output=result.output, files=tuple(result.files), error=result.error)

    @property
    def told(self) -> dict[str, Any]:
        """What its callback is told (wegnology.md 5.5)."""
        told = {"jobId": self.id, "applicationId": self.organization, "name": self.kind, "status": self.state, "output": dict(self.output)}
        return told if not self.error else {**told, "error": {"name": "Error", "message": self.error}}
