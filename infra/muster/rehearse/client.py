"""Timed HTTP calls: a route's first call is its cold start."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from edge.entry import Entry

_PATIENCE = 40.0
_SHOWN = 200


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the caller, as answers."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Unfollowed)


@dataclass(frozen=True)
class Reply:
    """A response and its duration."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    milliseconds: float

    @property
    def text(self) -> str:
        """The beginning of the body, for messages."""
        return self.content.decode(errors="replace")[:_SHOWN]

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is not JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


class Client:
    """A client of the API at one base URL."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.first: dict[str, float] = {}
        """Milliseconds of the first call of each route, by name."""

    def call(
        self,
        entry: Entry,
        path: Mapping[str, str],
        *,
        headers: Mapping[str, str],
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Call a route with values for its path."""
        filled = entry.route.path
        for name, value in path.items():
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        content = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if content is not None else {}
        reply = self.ask(entry.route.method, filled + (f"?{urlencode(query)}" if query else ""), {**kind, **headers}, content)
        self.first.setdefault(entry.route.name, reply.milliseconds)
        return reply

    def ask(self, method: str, target: str, headers: Mapping[str, str] | None = None, content: bytes | None = None) -> Reply:
        """Send a request to a path below the base URL, or to an absolute URL."""
        url = target if target.startswith("http") else f"{self.base_url}{target}"
        request = urllib.request.Request(url, content, dict(headers or {}), method=method)
        started = time.monotonic()
        try:
            with _OPENER.open(request, timeout=_PATIENCE) as answer:
                return Reply(answer.status, dict(answer.headers), answer.read(), (time.monotonic() - started) * 1000)
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read(), (time.monotonic() - started) * 1000)
