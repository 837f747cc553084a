"""A request as the routes see it, whatever the runtime made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from edge.paths import decoded
from fleet.access import Principal, Reach


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are lower-case; `source` is the address that the front end saw.

    `values` are those of the path's variables, decoded; `path` is as the client sent it, percent-encoded.

    `received` is the one time of a request: credentials and all else are judged at this instant. `context` is what
    API Gateway says of the request.
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
    context: Mapping[str, Any] = field(default_factory=dict, repr=False)

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
            values={name: decoded(value) for name, value in (event.get("pathParameters") or {}).items()},
            body=body,
            source=context.get("identity", {}).get("sourceIp", ""),
            received=datetime.now(UTC),
            context=context,
        )

    @property
    def media_type(self) -> str:
        """The media type of the body in lower case, without parameters; empty when the request does not say it."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str | None:
        """The token of an `Authorization: Bearer` header, whose scheme is taken in any case; None without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    @property
    def base(self) -> str:
        """The URL below which the paths of all APIs are, as the caller has it: with the stage where no domain hides it."""
        host = self.headers.get("host") or self.context.get("domainName", "")
        return f"{self.headers.get('x-forwarded-proto', 'https')}://{host}{self._split[0]}"

    @property
    def _split(self) -> tuple[str, str]:
        """What comes before the path that the API declares (a stage, the base path of a domain), and that path as it was called."""
        called = str(self.context.get("path", self.path))
        before = called.rstrip("/").rsplit("/", str(self.context.get("resourcePath", self.path)).strip("/").count("/") + 1)[0]
        return before, called.removeprefix(before)

    def link(self, changes: Mapping[str, str | None], path: str | None = None) -> str:
        """The absolute URL of this request, or of another path, with these query parameters changed; None leaves one out.

        Parameters are in alphabetical order, so that equal requests have equal links.
        """
        query: dict[str, Sequence[str]] = {**self.query, **{name: [value] for name, value in changes.items() if value is not None}}
        kept = {name: query[name] for name in sorted(query) if name not in changes or changes[name] is not None}
        return f"{self.base}{self._split[1] if path is None else path}" + (f"?{urlencode(kept, doseq=True)}" if kept else "")


@dataclass(frozen=True)
class Call:
    """What a view knows of its call: who, when, which media type to answer, and the request for the few that need more."""

    principal: Principal
    request: Request
    answers: str = "application/json"

    @property
    def now(self) -> datetime:
        return self.request.received

    @property
    def reach(self) -> Reach:
        return self.principal.reach
