"""What is asked of jobs that export or remove what is stored of devices (wegnology.md 5.6 to 5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from edge.request import Call
from fleet.bulk.order import Asker
from fleet.delivery.callback_url import check_url
from fleet.delivery.mail_address import check_address, is_address
from fleet.query.parse import parse
from fleet.telemetry.device_states import EVER
from fleet.times import unix_ms
from wegnology.shapes.bulk import Bulk, QueryDocument
from wegnology.shapes.fields import CallbackUrl, Email, Key, WegnologyQuery

_LATEST = int(datetime.max.replace(tzinfo=UTC).timestamp() - 1) * 1000
_THIRTY_DAYS = 30 * 86_400_000


def _in_range(given: float) -> int:
    return int(max(-_LATEST, min(given, _LATEST)))


Instant = Annotated[float, AfterValidator(_in_range)]
"""Milliseconds, of which fractions are cut off: since the epoch, or not above 0 and relative to now. Beyond all times is the last one."""


class ExportQuery(WegnologyQuery):
    """Where the result of an export goes."""

    email: Annotated[Email, Field(default=None)]
    callback_url: Annotated[CallbackUrl, Field(default=None)]


class _Sent(Bulk):
    """Which devices, of all without a query, and where what is made of them is sent."""

    query: Annotated[QueryDocument, Field(default={})]

    def to(self, call: Call, other: ExportQuery | None = None) -> Asker:
        """Who asks, and where the result goes: as the body says, else as the query of the URL does, else to whom the token belongs to.

        Invalid for a callback that is never made, and for what is no address.
        """
        asked, owner = self.asker(call), call.principal.email
        callback, email = (other.callback_url, other.email) if other else (None, None)
        if callback:
            check_url(callback)
        if email:
            check_address(email)
        to = asked.email or email or (owner if owner and is_address(owner) else None)
        return replace(asked, callback=asked.callback or callback, email=to)


class Export(_Sent):
    """Which devices to export, as what."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": {"name": {"$ne": "Pump 7"}}, "email": "fleet@example.com", "format": "csv"}]}
    )

    format: Annotated[Literal["csv", "json"], Field(default="csv")]

    def what(self) -> Mapping[str, Any]:
        """What the job is about; Invalid names what is wrong with the query."""
        parse(self.query)
        return {"query": self.query, "format": self.format}


class PayloadCounts(_Sent):
    """Which devices to count the payloads of, and in which time."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": {"name": {"$ne": "Pump 7"}}, "email": "fleet@example.com", "start": -86400000}]}
    )

    start: Annotated[Instant, Field(default=-_THIRTY_DAYS)]
    end: Annotated[Instant, Field(default=0)]

    def what(self, now: datetime) -> Mapping[str, Any]:
        """What the job is about, with times in Unix ms; Invalid names what is wrong with the query."""
        parse(self.query)
        return {"query": self.query, "start": _at(self.start, now), "end": _at(self.end, now)}


class RemoveData(Bulk):
    """Which devices to remove data of, and which data."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"query": {"name": "Pump 7"}, "start": -86400000, "attributes": ["flow"], "keepCommandHistory": True}]
        }
    )

    query: QueryDocument
    start: Annotated[Instant, Field(default=None)]
    end: Annotated[Instant, Field(default=None)]
    attributes: Annotated[list[Key] | None, Field(default=None, max_length=256)]
    keep_connection_history: Annotated[bool, Field(default=False)]
    keep_command_history: Annotated[bool, Field(default=False)]

    def what(self, now: datetime) -> Mapping[str, Any]:
        """What the job is about, with times in Unix ms: without any, all that there is. Invalid names what is wrong with the query."""
        parse(self.query)
        ever = self.start is None and self.end is None
        return {
            "query": self.query,
            "start": 0 if self.start is None else _at(self.start, now),
            "end": EVER if ever else _at(self.end or 0, now),
            "attributes": self.attributes,
            "keepConnectionHistory": self.keep_connection_history,
            "keepCommandHistory": self.keep_command_history,
        }


def _at(given: float, now: datetime) -> int:
    """A time in Unix ms."""
    return int(given) if given > 0 else max(0, unix_ms(now) + int(given))
