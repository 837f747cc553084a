"""Collecting: every route, fallback and worker below `functions/`, checked against what Lambda and API Gateway allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from edge.entry import Entry
from edge.route import Route
from edge.worker import Entry as WorkerEntry
from edge.worker import Worker
from fleet.grants import grants_of, layers_of
from muster.dialects import listed
from muster.entries import WORKERS, Mistake, dialects, fallback_of, placed_workers, routes_of
from muster.generate.model import Api, Function, Project, RouteFunction, WorkerFunction

LONGEST_PREFIX = 24
LONGEST_NAME = 64
"""Characters of a Lambda function's name."""
LONGEST_ROUTE = 29
"""Seconds that API Gateway waits for a route."""


def collect(root: Path) -> Project:
    """Read the project at `root`, whose `functions` is the one that Python imports. Mistake when it cannot be deployed."""
    return Project([_api(dialect, root) for dialect in dialects(root)], _workers(root))


def _api(name: str, root: Path) -> Api:
    dialect, own = fallback_of(name, root).dialect, listed(name)
    found = [_route(place, entry) for place, entry in routes_of(name, root).items()]
    _once(name, (each.function.name for each in found))
    _once(name, (f"{each.route.method} {each.route.resource}" for each in found))
    summary = f"Answer what no route of {own.title} declares."
    uses = fallback_of(name, root).uses
    fallback = Function(name, own.short, "fallback", "fallback.handler", summary, 512, 10, grants_of(uses), layers_of(uses))
    return Api(own, dialect, sorted(found, key=lambda each: (each.route.resource, each.route.method)), fallback)


def _route(place: str, entry: Entry) -> RouteFunction:
    route = entry.route
    if route.timeout >= LONGEST_ROUTE:
        raise Mistake(f"{route.dialect} {route.name}: {route.timeout} s is longer than API Gateway waits")
    return RouteFunction(entry.dialect, route, _function(route.dialect, listed(route.dialect).short, place, route))


def _workers(root: Path) -> list[WorkerFunction]:
    found = [_worker(place, entry) for place, entry in placed_workers(root).items()]
    _once(WORKERS, (each.function.name for each in found))
    return sorted(found, key=lambda each: each.function.name)


def _worker(place: str, entry: WorkerEntry) -> WorkerFunction:
    return WorkerFunction(entry.worker, _function(WORKERS, WORKERS, place, entry.worker))


def _function(folder: str, short: str, place: str, it: Route | Worker) -> Function:
    """What is deployed for a declaration. Mistake when its name cannot be a function's."""
    function = Function(folder, short, it.name, f"{place}.handler", it.summary, it.memory, it.timeout, it.grants, it.layers)
    if not function.name.replace("_", "").isalnum() or not function.name.islower():
        raise Mistake(f"{function.folder} {function.name}: a name is lower-case words with underscores")
    if LONGEST_PREFIX + 1 + len(function.deployed) > LONGEST_NAME:
        raise Mistake(f"{function.folder} {function.name}: with a prefix of {LONGEST_PREFIX} the function's name is too long")
    return function


def _once(folder: str, names: Iterable[str]) -> None:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            raise Mistake(f"functions/{folder}: {name} is declared {count} times")
