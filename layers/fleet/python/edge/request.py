"""A request as the routes see it, whatever the runtime made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleet.access import Principal, Reach


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are lower-case; `source` is the address that the front end saw.

    `received` is the one time of a request: credentials and all else are judged at this instant.
    """

    id: str
    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    values: Mapping[str, str]
    body: bytes
    source: str
    received: datetime

    @classmethod
    def from_event(cls, event: Mapping[str, Any], body: bytes) -> Request:
        """Read a REST-API (version 1) proxy event."""
        context = event["requestContext"]
        query = event.get("multiValueQueryStringParameters") or {
            name: [value] for name, value in (event.get("queryStringParameters") or {}).items()
        }
        return cls(
            id=context.get("requestId", ""),
            method=context["httpMethod"],
            path=event.get("path", ""),
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            query=query,
            values=event.get("pathParameters") or {},
            body=body,
            source=context.get("identity", {}).get("sourceIp", ""),
            received=datetime.now(UTC),
        )


@dataclass(frozen=True)
class Call:
    """What a view knows of its call: who, when, and the request for the few that need more."""

    principal: Principal
    request: Request

    @property
    def now(self) -> datetime:
        return self.request.received

    @property
    def reach(self) -> Reach:
        return self.principal.reach
