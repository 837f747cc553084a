"""Request handling: what no route of an API declares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from edge.answer import SECURE, Answer, pack
from edge.dialect import Dialect, find_caller
from edge.errors import NoSuchMethod
from edge.observe import flush, logger
from edge.paths import called, empty_variables
from edge.request import Request
from edge.route import PUBLIC
from edge.serve import answer_or_error
from edge.start import collect_garbage_rarely
from fleet.errors import Invalid, NotFound, Problem

OPTIONS = "OPTIONS"


class Fallback:
    """Answers what no route declares: unknown paths, undeclared methods of known paths, and OPTIONS.

    `listed` is the file, written by the generator, that holds the scope of each method of each path.
    """

    timeout = 10
    """Seconds of its function."""

    def __init__(self, dialect: Dialect, listed: Path) -> None:
        collect_garbage_rarely()
        self.dialect, self._listed = dialect, listed

    @property
    def uses(self) -> tuple[Any, ...]:
        """The credential checks, where undeclared methods require authentication."""
        return tuple(each.identify for each in self.dialect.credentials) if self.dialect.undeclared_scope else ()

    @cached_property
    def scopes(self) -> Mapping[str, Mapping[str, str]]:
        """The scope of each method, by path."""
        scopes: Mapping[str, Mapping[str, str]] = json.loads(self._listed.read_text())
        return scopes

    def __call__(self, event: Any, context: Any) -> Any:
        logger.set_correlation_id(event["requestContext"].get("requestId"))
        request = Request.from_event(event, b"")
        scopes = self.scopes.get(event["requestContext"]["resourcePath"])
        answer = answer_or_error(self.dialect, lambda: self._run(request, scopes, called(event)))
        answer = answer.with_headers({"X-Request-Id": request.id, **SECURE, **self.dialect.headers})
        flush()
        return pack(answer.to_response(), event)

    def _run(self, request: Request, scopes: Mapping[str, str] | None, path: str) -> Answer:
        if scopes is None:
            return self._unknown(request, path)
        self._authorize(request, scopes)
        allowed = [*scopes, *(["HEAD"] if self.dialect.head and "GET" in scopes else []), OPTIONS]
        if request.method == OPTIONS and self.dialect.options:
            return self.dialect.options(request, allowed)
        raise NoSuchMethod(request.method, allowed)

    def _unknown(self, request: Request, path: str) -> Answer:
        """The answer to OPTIONS where unknown paths have methods too, and else the error of an unknown path, or of an empty value."""
        unknown = self.dialect.unknown_path
        if unknown is NoSuchMethod and request.method == OPTIONS and self.dialect.options:
            return self.dialect.options(request, ())
        self._refuse_empty_value(request.method, path)
        raise NoSuchMethod(request.method) if unknown is NoSuchMethod else unknown()

    def _refuse_empty_value(self, method: str, path: str) -> None:
        """API Gateway gives no empty value to a variable, so `/a//c` comes here although the route of `/a/{b}/c` is meant."""
        for resource, scopes in self.scopes.items() if self.dialect.empty_value and "//" in path else ():
            if method in scopes and (names := empty_variables(resource, path)):
                raise Invalid(*(Problem((name,), kind="blank") for name in names)) if self.dialect.empty_value is Invalid else NotFound

    def _authorize(self, request: Request, scopes: Mapping[str, str]) -> None:
        """Identify the caller and hold the scope that the method would need against it, where the dialect wants that."""
        if self.dialect.undeclared_scope is None or set(scopes.values()) == {PUBLIC}:
            return
        principal, _ = find_caller(self.dialect.credentials, request, ())
        scope = self.dialect.undeclared_scope(request.method, scopes)
        if scope is not None:
            self.dialect.authorize(principal, scope)
