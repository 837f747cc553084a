"""What one API does its own way: who may call, how errors look, in which order things are checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from edge.answer import JSON, Answer
from edge.request import Request
from edge.route import Entry, Fallback, Route, View, describe
from fleet.access import Principal
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError


@dataclass(frozen=True)
class Dialect:
    """One API. Its functions are the only places that know its manners.

    `authenticate` reads the caller's credential together with the keys of what the route asks for, in one request.
    `authorize` holds the route's scope against the principal, `permit` what the principal's credential limits
    beyond its reach. `security` holds the OpenAPI schemes of its credential by name; a route without any asks for
    none. Where some routes of an API take another credential, they are declared on a second value of the same name.
    `shows_null`: members of an answer that have no value are null, not left out.
    """

    name: str
    authenticate: Callable[[Request, Sequence[Key]], tuple[Principal, Found]]
    authorize: Callable[[Principal, str], None]
    permit: Callable[[Principal, Any], None]
    on_error: Callable[[FleetError], Answer]
    security: Mapping[str, Any]
    max_body: int = 256 * 1024
    body_message: str = "must be an object"
    shows_null: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    preflight: Mapping[str, str] = field(default_factory=dict)

    def route(
        self,
        method: str,
        path: str,
        name: str,
        *,
        scope: str,
        loads: Callable[..., Any] | None = None,
        uses: Sequence[Callable[..., Any]] = (),
        raises: Sequence[type[FleetError]] = (),
        status: int = 200,
        memory: int = 512,
        timeout: int = 15,
    ) -> Callable[[View], Entry]:
        """Declare a route: all that is deployed, documented and granted for it follows from this and the annotations.

        `name` is the operation's documented name. `loads` says which stored objects the route is about; they are
        read with the credential, judged against the caller's reach, and handed to the view.
        """

        def declare(view: View) -> Entry:
            route = Route(
                dialect=self.name, method=method, path=path, name=name, scope=scope, loads=loads, raises=tuple(raises),
                uses=(*uses, self.authenticate), status=status, memory=memory, timeout=timeout, **describe(view, loads),
            )  # fmt: skip
            return Entry(self, route, view)

        return declare

    def fallback(self, allowed: Callable[[], Mapping[str, Sequence[str]]]) -> Fallback:
        """The function that answers unknown paths, undeclared methods and preflights below this dialect's prefixes."""
        return Fallback(self, allowed)

    def show(self, result: BaseModel | Answer | None, status: int) -> Answer:
        """A view's result as an answer: a shape is JSON, its absent members as this API has them, None is an empty answer."""
        if isinstance(result, Answer):
            return result
        if result is None:
            return Answer(status)
        return Answer(status, result.model_dump_json(by_alias=True, exclude_none=not self.shows_null).encode(), JSON)


def json_answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """An answer from plain members, as errors are."""
    return Answer(status, json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(), JSON, headers or {})
