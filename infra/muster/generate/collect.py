"""Collecting: every route, fallback and worker below `functions/`, checked against what Lambda and API Gateway allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from edge.entry import Entry
from edge.fallback import Fallback
from edge.route import Route
from edge.worker import Worker, WorkerEntry
from fleet.grants import grants_of, layers_of
from muster.dialects import ListedDialect, dialect_of
from muster.entries import WORKERS, Mistake, dialects, fallback_of, placed_workers, routes_of
from muster.generate.model import Api, Function, Project, RouteFunction, WorkerFunction
from muster.layers import DEPENDENCIES, THIRD_PARTY

LONGEST_PREFIX = 24
LONGEST_NAME = 64
"""Characters of a Lambda function's name."""
MOST_LAYERS = 5
"""Layers of a Lambda function."""
LONGEST_ROUTE = 29
"""Seconds that API Gateway waits for a route."""


def collect(root: Path) -> Project:
    """Read the project at `root`, whose `functions` is the one that Python imports. Mistake when it cannot be deployed."""
    apis = [api(dialect_of(name), fallback_of(name, root), routes_of(name, root)) for name in dialects(root)]
    return Project(apis, _workers(placed_workers(root)))


def api(own: ListedDialect, fallback: Fallback, routes: Mapping[str, Entry]) -> Api:
    """One API, from its entry in the list, its fallback, and its routes by their places below its folder."""
    found = [_route(own, place, entry) for place, entry in routes.items()]
    _once(own.folder, (each.function.name for each in found))
    summary = f"Answer what no route of {own.title} declares."
    rest = Function(
        own.folder,
        own.short,
        "fallback",
        "fallback.handler",
        summary,
        512,
        fallback.timeout,
        grants_of(fallback.uses),
        layers_of(fallback.uses),
    )
    _check_layers(rest, "fleet", own.package)
    return Api(own, fallback.dialect, sorted(found, key=lambda each: (each.route.resource, each.route.method)), rest)


def _route(own: ListedDialect, place: str, entry: Entry) -> RouteFunction:
    route = entry.route
    if route.timeout >= LONGEST_ROUTE:
        raise Mistake(f"{route.dialect} {route.name}: {route.timeout} s is longer than API Gateway waits")
    if outside := [path for path in route.resources if not own.has(path)]:
        raise Mistake(f"{route.dialect} {route.name}: its path must begin with {' or '.join(own.prefixes)}, not {outside[0]}")
    function = _function(own.folder, own.short, place, route)
    _check_layers(function, "fleet", own.package)
    return RouteFunction(entry.dialect, route, function, tuple(entry.methods))


def _workers(entries: Mapping[str, WorkerEntry]) -> list[WorkerFunction]:
    found = [_worker(place, entry) for place, entry in entries.items()]
    _once(WORKERS, (each.function.name for each in found))
    return sorted(found, key=lambda each: each.function.name)


def _worker(place: str, entry: WorkerEntry) -> WorkerFunction:
    function = _function(WORKERS, WORKERS, place, entry.worker)
    _check_layers(function, "fleet")
    return WorkerFunction(entry.worker, function)


def _function(folder: str, short: str, place: str, it: Route | Worker) -> Function:
    """What is deployed for a declaration. Mistake when its name cannot be a function's."""
    function = Function(folder, short, it.name, f"{place}.handler", it.summary, it.memory, it.timeout, it.grants, it.layers, it.settings)
    if not function.name.replace("_", "").isalnum() or not function.name.islower():
        raise Mistake(f"{function.folder} {function.name}: a name is lower-case words with underscores")
    if LONGEST_PREFIX + 1 + len(function.deployed_name) > LONGEST_NAME:
        raise Mistake(f"{function.folder} {function.name}: with a prefix of {LONGEST_PREFIX} the function's name is too long")
    return function


def _check_layers(function: Function, *own: str) -> None:
    """Refuse third-party layers that are not listed, and more layers than Lambda takes; `own` are those of the project's code."""
    if unknown := function.layers - THIRD_PARTY.keys():
        raise Mistake(f"{function.folder} {function.name}: no layer is called {min(unknown)}: add it to infra/muster/layers.py")
    every = [DEPENDENCIES.name, *own, *sorted(function.layers - {DEPENDENCIES.name})]
    if len(every) > MOST_LAYERS:
        reached = f"this function needs {len(every)}: {', '.join(every)}"
        raise Mistake(f"{function.folder} {function.name}: Lambda takes {MOST_LAYERS} layers, {reached}")


def _once(folder: str, names: Iterable[str]) -> None:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            raise Mistake(f"functions/{folder}: {name} is declared {count} times")
