"""How one API authenticates, orders its checks, reads requests and formats answers and errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from edge.answer import JSON, Answer, Reply
from edge.body import Bodies
from edge.errors import Statuses, headers_of, status_of
from edge.order import CheckOrder
from edge.query import QueryReader, single
from edge.request import Call, Request
from edge.route import Route
from edge.scopes import Scopes
from fleet.access import Placed, Principal, Unplaced
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError, Invalid, NotAllowed, NotFound, Unauthenticated

Shows = Literal["values", "nulls", "set"]
"""Which members of an answer there are; Dialect explains them."""


@dataclass(frozen=True)
class Credential:
    """One way to prove who calls.

    `find` takes its text out of a request; None when the request has none of this kind. `identify` returns the principal
    and the items of these keys, fetched in the same read; it raises Unauthenticated for an invalid credential. `scheme`
    is its OpenAPI security scheme.
    """

    name: str
    scheme: Mapping[str, Any]
    find: Callable[[Request], str | None]
    identify: Callable[[str, Request, Sequence[Key]], tuple[Principal, Found]]


def has_scope(principal: Principal, scope: str) -> None:
    """The plainest authorization: NotAllowed unless the scope is among those granted."""
    if scope not in principal.may:
        raise NotAllowed


def permits_nothing(call: Call, thing: Any) -> None:
    """The judgement of objects until a dialect names its own: NotAllowed."""
    raise NotAllowed


def permits_all(call: Call, thing: Any) -> None:
    """The judgement of an API whose callers are limited by their reach alone."""


def permits_by_place(call: Call, thing: Any) -> None:
    """The judgement of an API whose callers may be limited to locations: NotAllowed elsewhere, and for what has no place.

    What a location limit does not apply to says so (`fleet.access.Unplaced`).
    """
    if not (call.principal.permits(thing) if isinstance(thing, Placed) else isinstance(thing, Unplaced)):
        raise NotAllowed


def json_only(request: Request, route: Route) -> str:
    """No negotiation: the answer has the first media type of the route, whatever the caller accepts."""
    return route.answers[0]


@dataclass(frozen=True)
class Dialect:
    """One API, as data: what is left out is as most APIs have it. Routes may differ in what `Api.route` takes.

    `credentials` are tried in their order: the first that the request carries counts. `scopes` are
    those that routes may declare: none but PUBLIC without it. `authorize` holds the route's scope against the caller,
    `permit` each loaded object; both raise NotAllowed. `error_body` makes the JSON of an error and its
    status, or an Answer of its own. `read_body` and `read_query` make plain values that shapes then judge, `negotiate`
    chooses the media type. `shows` says which members of an answer there are: those with `values`, all with `nulls` for
    the others, or those that are `set`, null or not. `head`: each GET answers HEAD too.

    `page_size` is the query parameter with which callers limit a list: an answer that is too large names it.

    For what no route declares: `unknown_path` is the error of a path that no route has. `undeclared_scope` says which
    scope a method would need, from the scopes of its path's methods: then callers are identified and authorized before
    they learn that there is no such method; None as its answer asks for the credential alone. `options` answers OPTIONS,
    from the methods of the path. `empty_value` is the error of an empty value in a known path (`/a//c`): None where that is
    an unknown path. Where `unknown_path` is NoSuchMethod, every path is one without methods, and `options` answers there too.
    """

    name: str
    credentials: tuple[Credential, ...]
    order: CheckOrder
    error_body: Callable[[FleetError, int], Any]
    scopes: Scopes = field(default_factory=Scopes)
    authorize: Callable[[Principal, str], None] = has_scope
    permit: Callable[[Call, Any], None] = permits_nothing
    statuses: Statuses = field(default_factory=dict)
    challenge: str = "Bearer"
    read_body: Bodies = field(default_factory=Bodies)
    read_query: QueryReader = single
    negotiate: Callable[[Request, Route], str] = json_only
    reads: tuple[str, ...] = (JSON,)
    max_body: int = 256 * 1024
    shows: Shows = "values"
    headers: Mapping[str, str] = field(default_factory=dict)
    head: bool = False
    page_size: str = "limit"
    options: Callable[[Request, Sequence[str]], Answer] | None = None
    undeclared_scope: Callable[[str, Mapping[str, str]], str | None] | None = None
    unknown_path: type[FleetError] = NotFound
    empty_value: type[Invalid] | type[NotFound] | None = None

    @property
    def security(self) -> Mapping[str, Any]:
        """The OpenAPI security schemes of its credentials, by name."""
        return security_of(self.credentials)

    def show(self, result: BaseModel | Answer | Reply[Any] | None, route: Route) -> Answer:
        """A view's result as an answer: a shape is JSON, its absent members as this API has them, None is an empty answer."""
        if isinstance(result, Reply):
            if result.status not in (None, *route.statuses):
                raise TypeError(f"{route.name} answers {result.status}, which it does not declare")
            answer = self.show(result.shape, route).with_headers(result.headers)
            return answer.with_status(result.status or route.status)
        if isinstance(result, Answer):
            return result
        if result is None:
            return Answer(route.status)
        text = result.model_dump_json(by_alias=True, exclude_none=self.shows == "values", exclude_unset=self.shows == "set")
        return Answer(route.status, text.encode(), JSON)

    def show_error(self, error: FleetError) -> Answer:
        """An error as this API words it."""
        status = status_of(error, self.statuses)
        body, headers = self.error_body(error, status), headers_of(error, status, self.challenge)
        return body.with_headers(headers) if isinstance(body, Answer) else json_answer(status, body, headers)


def security_of(credentials: Sequence[Credential]) -> dict[str, Any]:
    """The OpenAPI security schemes of credentials, by name."""
    return {each.name: each.scheme for each in credentials}


def find_caller(credentials: Sequence[Credential], request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """Who calls by the first credential that the request carries, and what was found at the keys. Unauthenticated without any."""
    for each in credentials:
        text = each.find(request)
        if text is not None:
            return each.identify(text, request, keys)
    raise Unauthenticated


def json_answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer from plain values, as errors are."""
    return Answer(status, json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(), JSON, headers or {})
