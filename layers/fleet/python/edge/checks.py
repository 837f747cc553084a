"""Request handling: one request on its way through the checks of its route."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge.dialect import Credential, Dialect, find_caller, json_only, permits_all
from edge.order import Step
from edge.paths import is_text
from edge.request import Call, Request
from edge.route import PUBLIC, Loader, Route
from edge.validate import validate
from fleet.access import Principal, Reach
from fleet.aws.reads import Found, Read
from fleet.errors import FleetError, Invalid, Problem

ANYBODY = Principal("anybody", "", Reach.of(), frozenset({PUBLIC}))
"""The caller of a public route."""
_NOTHING = Found()


class RoutePlan:
    """Data of a route, computed once: the steps that have something to check, and the loaders with their parameters."""

    def __init__(self, dialect: Dialect, route: Route, credentials: Sequence[Credential]) -> None:
        self.dialect, self.route, self.credentials = dialect, route, credentials
        self.loaders = {name: (loader, takes(loader)) for name, loader in (("parent", route.parent), ("loaded", route.loads)) if loader}
        self.steps = tuple(_STEPS[step] for step in route.order if self._has(step))

    def _has(self, step: Step) -> bool:
        """Whether there is something to check."""
        route, dialect = self.route, self.dialect
        needs: Mapping[Step, object] = {
            Step.NEGOTIATE: dialect.negotiate is not json_only,
            Step.CREDENTIAL: self.credentials,
            Step.SCOPE: self.credentials,
            Step.PARENT: route.parent,
            Step.PATH_AND_QUERY: {"path", "query"} & set(route.shapes),
            Step.BODY: "body" in route.shapes,
            Step.OBJECT: route.loads,
            Step.PERMIT: route.loads and dialect.permit is not permits_all,
        }
        return bool(needs[step])


class Checks:
    """What is known of a request so far. `run` takes the steps in the route's order, and gives the arguments of the view."""

    def __init__(self, plan: RoutePlan, request: Request) -> None:
        self.plan, self.dialect, self.route, self.request = plan, plan.dialect, plan.route, request
        self.call = Call(ANYBODY, request, self.route.answers[0])
        self._parts: dict[str, Any] = {}
        self._failures: dict[str, FleetError] = {}
        self._reads: dict[str, Read[Any] | None] = {}
        self._found = _NOTHING
        self._objects: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """All that a view may take, by name."""
        for step in self.plan.steps:
            step(self)
        return {"call": self.call, **self._parts, **self._objects}

    @property
    def caller(self) -> dict[str, str]:
        """Kind and id of the caller, for the log; empty until a credential is good."""
        who = self.call.principal
        return {} if who is ANYBODY and self.plan.credentials else {"kind": who.kind, "caller": who.id}

    def negotiate(self) -> None:
        self.call = Call(self.call.principal, self.request, self.dialect.negotiate(self.request, self.route))

    def credential(self) -> None:
        self._reads = {name: self._read(*loader) for name, loader in self.plan.loaders.items()}
        keys = [key for read in self._reads.values() if read for key in read.keys]
        principal, self._found = find_caller(self.plan.credentials, self.request, keys)
        self.call = Call(principal, self.request, self.call.answers)

    def scope(self) -> None:
        self.dialect.authorize(self.call.principal, self.route.scope)

    def parent(self) -> None:
        self._load("parent")
        self._permit("parent")

    def path_and_query(self) -> None:
        self._demand("path", "query")

    def body(self) -> None:
        self._demand("body")

    def object(self) -> None:
        self._load("loaded")

    def permit(self) -> None:
        self._permit("loaded")

    def _read(self, loader: Loader, names: Sequence[str]) -> Read[Any] | None:
        """What a loader reads; None where the parts of the request that it takes are not valid."""
        if any(self._failure(name) for name in names):
            return None
        read: Read[Any] = loader(**{name: self._parts[name] for name in names})
        return read

    def _load(self, name: str) -> None:
        read = self._reads[name]
        if read is None:
            self._demand(*self.plan.loaders[name][1])
        else:
            self._objects[name] = read.parse(self.call.reach, self._found)

    def _permit(self, name: str) -> None:
        thing = self._objects[name]
        for each in thing if isinstance(thing, tuple) else (thing,):
            self.dialect.permit(self.call, each)

    def _demand(self, *names: str) -> None:
        """Raise what is wrong with these parts, all of it at once."""
        failures = [failure for name in names if (failure := self._failure(name))]
        if failures:
            raise _together(failures)

    def _failure(self, name: str) -> FleetError | None:
        """What is wrong with a part; it is read when it is first asked for."""
        if name in self.route.shapes and name not in self._parts and name not in self._failures:
            try:
                self._parts[name] = validate(self.route.shapes[name], _READERS[name](self))
            except FleetError as error:
                self._failures[name] = error
        return self._failures.get(name)

    def _path(self) -> Any:
        values = dict(self.request.values)
        if broken := [name for name, value in values.items() if not is_text(value)]:
            raise Invalid(*(Problem((name,), kind="string_unicode") for name in broken))
        return values

    def _query(self) -> Any:
        return self.dialect.read_query(self.request.query, self.route.shapes["query"])

    def _body(self) -> Any:
        return self.dialect.read_body(self.request, self.route)


def _together(failures: Sequence[FleetError]) -> FleetError:
    """The problems of all parts as one error, unless one of the parts could not be read at all."""
    if len(failures) == 1:
        return failures[0]
    invalid = [failure for failure in failures if isinstance(failure, Invalid)]
    other = next((failure for failure in failures if failure not in invalid), None)
    return other or Invalid(*(problem for failure in invalid for problem in failure.details))


_STEPS: Mapping[Step, Callable[[Checks], None]] = {
    Step.NEGOTIATE: Checks.negotiate,
    Step.CREDENTIAL: Checks.credential,
    Step.SCOPE: Checks.scope,
    Step.PARENT: Checks.parent,
    Step.PATH_AND_QUERY: Checks.path_and_query,
    Step.BODY: Checks.body,
    Step.OBJECT: Checks.object,
    Step.PERMIT: Checks.permit,
}
_READERS: Mapping[str, Callable[[Checks], Any]] = {"path": Checks._path, "query": Checks._query, "body": Checks._body}


def takes(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters."""
    return tuple(inspect.signature(function).parameters)
