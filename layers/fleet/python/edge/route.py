"""A route: its declaration, and the one-route Chalice app that is its Lambda entry point."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from chalice.app import Chalice, Response
from pydantic import BaseModel, RootModel

from edge.answer import JSON, Answer, pack
from edge.observe import count, flush, logger
from edge.request import Call, Request
from edge.shape import parse_json, single_values, validate
from edge.start import collect_garbage_rarely
from fleet.errors import FleetError, Invalid, NotFound, Problem, Unexpected
from fleet.grants import Grant, grants_of, layers_of

if TYPE_CHECKING:
    from edge.dialect import Dialect

View = Callable[..., Any]
PARTS = ("path", "query", "body")
"""The parts of a request that views take, each as the type of its annotation."""


@dataclass(frozen=True)
class Route:
    """What a decorated function declared. Tools read it; nothing else says a path."""

    dialect: str
    method: str
    path: str
    name: str
    scope: str
    summary: str
    status: int
    memory: int
    timeout: int
    loads: Callable[..., Any] | None
    uses: tuple[Callable[..., Any], ...]
    raises: tuple[type[FleetError], ...]
    shapes: Mapping[str, type[BaseModel]]
    """The annotated types of `path`, `query` and `body`, as far as the route has them."""
    result: Any

    @property
    def resource(self) -> str:
        """The path as API Gateway and Chalice have it: without the trailing slash."""
        return self.path.rstrip("/") or "/"

    @property
    def grants(self) -> frozenset[Grant]:
        return grants_of(self.uses)

    @property
    def layers(self) -> frozenset[str]:
        return layers_of(self.uses)


def describe(view: View, loads: Callable[..., Any] | None) -> dict[str, Any]:
    """What the annotations and the docstring of a view say of its route. TypeError when it or `loads` takes what no route has."""
    hints = get_type_hints(view)
    parts = (get_type_hints(loads) if loads else {}) | hints
    shapes = {part: parts[part] for part in PARTS if part in parts}
    _check_parameters(view, ("call", "loaded", *shapes) if loads else ("call", *shapes))
    if loads:
        _check_parameters(loads, tuple(shapes))
    return {"summary": (inspect.getdoc(view) or "").partition("\n")[0], "shapes": shapes, "result": hints.get("return")}


def _check_parameters(function: Callable[..., Any], known: Sequence[str]) -> None:
    unknown = [name for name in inspect.signature(function).parameters if name not in known]
    if unknown:
        raise TypeError(
            f"{function.__module__}.{function.__qualname__} takes {', '.join(unknown)}; known here: {', '.join(known) or 'nothing'}. "
            f"A view may take call, loaded (if the route declares `loads`) and, annotated, {', '.join(PARTS)}; `loads` the last three only."
        )


@dataclass
class Inputs:
    """The parts of a request as their shapes, and what was wrong with them; who asks in what order is the dialect's."""

    parts: dict[str, Any]
    failures: dict[str, Invalid]

    def demand(self, *names: str) -> None:
        """Raise what is wrong with these parts, all of it at once."""
        details = [problem for name in names if name in self.failures for problem in self.failures[name].details]
        if details:
            raise Invalid(*details)


class Entry:
    """A Lambda entry point: one Chalice app with one route."""

    def __init__(self, dialect: Dialect, route: Route, view: View) -> None:
        collect_garbage_rarely()
        self.dialect, self.route, self.view = dialect, route, view
        self._takes = tuple(inspect.signature(view).parameters)
        self._asks_by = tuple(inspect.signature(route.loads).parameters) if route.loads else ()
        self.app = Chalice(app_name=dialect.name, configure_logs=False)
        self.app.api.binary_types = []  # bytes are packed by edge.answer
        self.app.route(route.resource, methods=[route.method], content_types=[])(self._serve)

    def __call__(self, event: Any, context: Any) -> Any:
        logger.set_correlation_id(event["requestContext"].get("requestId"))
        response = self.app(event, context)
        flush()
        return pack(response, {k.lower(): v for k, v in (event.get("headers") or {}).items()}.get("accept-encoding", ""))

    def _serve(self, **values: str) -> Response:
        given: Any = self.app.current_request
        request = Request.from_event(given.to_original_event(), given.raw_body)
        caller: dict[str, str] = {}
        answer = self._answer(request, caller).with_headers({"X-Request-Id": request.id, **self.dialect.headers})
        logger.info(self.route.name, extra={"status": answer.status, **caller})
        return Response(answer.body, {**answer.all_headers()}, answer.status)

    def _answer(self, request: Request, caller: dict[str, str]) -> Answer:
        try:
            return self.dialect.show(self._run(request, caller), self.route.status)
        except FleetError as error:
            return self.dialect.on_error(error)
        except Exception:  # the one place: whatever gets here is a bug, told in the dialect's own form
            logger.exception("unexpected")
            count("Unexpected")
            return self.dialect.on_error(Unexpected())

    def _run(self, request: Request, caller: dict[str, str]) -> Any:
        inputs = self._inputs(request)
        ask = self._ask(inputs)
        principal, found = self.dialect.authenticate(request, ask.keys if ask else ())
        caller.update(kind=principal.kind, caller=principal.id)
        self.dialect.authorize(principal, self.route.scope)
        inputs.demand("path", "query")
        inputs.demand("body")
        call = Call(principal, request)
        arguments = {"call": call, **inputs.parts}
        if ask:
            arguments["loaded"] = ask.read(principal.reach, found)
            self.dialect.permit(principal, arguments["loaded"])
        return self.view(**{name: arguments[name] for name in self._takes})

    def _ask(self, inputs: Inputs) -> Any:
        """What the route is about, unless the request is too broken to tell."""
        if self.route.loads is None or any(name in inputs.failures for name in self._asks_by):
            return None
        return self.route.loads(**{name: inputs.parts[name] for name in self._asks_by})

    def _inputs(self, request: Request) -> Inputs:
        inputs = Inputs({}, {})
        readers: dict[str, Callable[[], Any]] = {
            "path": lambda: dict(request.values),
            "query": lambda: single_values(request.query),
            "body": lambda: self._body(request),
        }
        for name, shape in self.route.shapes.items():
            try:
                inputs.parts[name] = validate(shape, readers[name]())
            except Invalid as error:
                inputs.failures[name] = error
        return inputs

    def _body(self, request: Request) -> Any:
        if len(request.body) > self.dialect.max_body:
            raise Invalid(Problem("", f"must have at most {self.dialect.max_body} bytes"))
        if request.headers.get("content-type", JSON).partition(";")[0].strip().lower() != JSON:
            raise Invalid(Problem("", "must be application/json"))
        body = parse_json(request.body)
        takes_array = issubclass(self.route.shapes["body"], RootModel)
        if not isinstance(body, list if takes_array else dict):
            raise Invalid(Problem("", "must be an array" if takes_array else self.dialect.body_message))
        return body


class NoSuchMethod(FleetError):
    """Method not allowed"""


class Fallback:
    """Answers what no route declares: unknown paths, other methods of known paths, and CORS preflights."""

    def __init__(self, dialect: Dialect, allowed: Callable[[], Mapping[str, Sequence[str]]]) -> None:
        self.dialect, self.allowed = dialect, allowed

    def __call__(self, event: Any, context: Any) -> Any:
        request = Request.from_event(event, b"")
        methods = self.allowed().get(event["requestContext"]["resourcePath"])
        answer = self._answer(request.method, methods).with_headers({"X-Request-Id": request.id, **self.dialect.headers})
        response = {"statusCode": answer.status, "headers": answer.all_headers(), "body": answer.body}
        return pack(response, request.headers.get("accept-encoding", ""))

    def _answer(self, method: str, methods: Sequence[str] | None) -> Answer:
        if methods is None:
            return self.dialect.on_error(NotFound())
        allow = ", ".join([*methods, "OPTIONS"])
        if method == "OPTIONS" and self.dialect.preflight:
            return Answer(204, headers={**self.dialect.preflight, "Access-Control-Allow-Methods": allow, "Allow": allow})
        return self.dialect.on_error(NoSuchMethod()).with_headers({"Allow": allow})
