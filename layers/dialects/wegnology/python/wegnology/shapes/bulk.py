"""What is asked of many devices, and the answers (wegnology.md 5.4, 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from edge.request import Call
from fleet.bulk.order import Asker
from fleet.delivery.callback_url import check_url
from fleet.delivery.mail_address import check_address
from fleet.jobs.job import Job
from fleet.query.parse import parse
from fleet.query.selection import Query
from wegnology.shapes.fields import CallbackUrl, Email, WegnologyShape

QueryDocument = dict[str, Any]
"""An advanced query in a body; `parse` judges it."""


class Bulk(WegnologyShape):
    """Members of every body that may start a job: where its result goes."""

    email: Annotated[Email, Field(default=None)]
    callback_url: Annotated[CallbackUrl, Field(default=None)]

    def asker(self, call: Call) -> Asker:
        """Who asks, and where the result goes. Invalid for a callback that is never made, and for what is no address."""
        if self.callback_url is not None:
            check_url(self.callback_url)
        if self.email is not None:
            check_address(self.email)
        return Asker(call.principal.id, call.request.base, self.callback_url, self.email)


class DeleteOrRestore(Bulk):
    """Which devices to delete or to restore. `{}` means all of them; it has to be said."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": {"name": {"$ne": "Pump 7"}}, "email": "fleet@example.com", "forceJob": False}]}
    )

    query: QueryDocument
    force_job: Annotated[bool, Field(default=False)]

    def selection(self) -> Query:
        """What the query means; Invalid names what is wrong with it."""
        return parse(self.query)


class JobQueued(WegnologyShape):
    """The answer when a job does the work."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"success": True, "jobQueued": True, "jobId": "V1StGXR8Z5jdHi6BmyT0a"}]})

    success: Literal[True]
    job_queued: Literal[True]
    job_id: str

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls(success=True, job_queued=True, job_id=job.id)


class Removed(WegnologyShape):
    """How many devices were deleted, and how many must not be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"removed": 12, "failed": 0}]})

    removed: int
    failed: int

    @classmethod
    def of(cls, output: Mapping[str, Any]) -> Self:
        return cls.model_validate(output)


class Restored(WegnologyShape):
    """How many devices were restored, and how many could not be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"restored": 12, "failed": 0}]})

    restored: int
    failed: int

    @classmethod
    def of(cls, output: Mapping[str, Any]) -> Self:
        return cls.model_validate(output)
