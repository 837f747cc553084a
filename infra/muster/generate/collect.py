"""Collecting: every route, fallback and worker below `functions/`, imported and checked."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from edge.route import Entry, Fallback
from edge.worker import Entry as WorkerEntry
from muster.generate.model import Api, Function, Mistake, Project, RouteFunction, WorkerFunction

LONGEST_PREFIX = 24
LONGEST_NAME = 64
"""Characters of a Lambda function's name."""
LONGEST_ROUTE = 29
"""Seconds that API Gateway waits for a route."""


def collect(root: Path) -> Project:
    """Read the project at `root`, whose `functions` is the one that Python imports. Mistake when it cannot be deployed."""
    folders = sorted(path for path in (root / "functions").iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))
    apis = [_api(folder) for folder in folders if folder.name != "workers"]
    return Project(apis, _workers(root / "functions" / "workers"))


def _api(folder: Path) -> Api:
    entry = _imported(folder, "fallback")
    if not isinstance(entry, Fallback):
        raise Mistake(f"functions/{folder.name}/fallback.py: handler is not a dialect's fallback")
    name = entry.dialect.name
    if name != folder.name:
        raise Mistake(f"functions/{folder.name}: holds the routes of {name}")
    found = [_route(folder, place) for place in _places(folder)]
    _once(folder, (each.function.name for each in found))
    _once(folder, (f"{each.route.method} {each.route.resource}" for each in found))
    summary = f"Answer what no route of {entry.dialect.title} declares."
    fallback = Function(name, "fallback", "fallback.handler", summary, 512, 10, frozenset(), frozenset())
    return Api(entry.dialect, sorted(found, key=lambda each: (each.route.resource, each.route.method)), fallback)


def _route(folder: Path, place: str) -> RouteFunction:
    entry = _imported(folder, place)
    if not isinstance(entry, Entry) or entry.route.dialect != folder.name:
        raise Mistake(f"functions/{folder.name}/{place}: handler is not a route of {folder.name}")
    route = entry.route
    if route.timeout >= LONGEST_ROUTE:
        raise Mistake(f"{folder.name} {route.name}: {route.timeout} s is longer than API Gateway waits")
    function = Function(folder.name, route.name, f"{place}.handler", route.summary, route.memory, route.timeout, route.grants, route.layers)
    return RouteFunction(entry.dialect, route, _named(function))


def _workers(folder: Path) -> list[WorkerFunction]:
    found = [_worker(folder, place) for place in _places(folder)] if folder.is_dir() else []
    _once(folder, (each.function.name for each in found))
    return sorted(found, key=lambda each: each.function.name)


def _worker(folder: Path, place: str) -> WorkerFunction:
    entry = _imported(folder, place)
    if not isinstance(entry, WorkerEntry):
        raise Mistake(f"functions/workers/{place}: handler is not a worker")
    worker = entry.worker
    function = Function(
        "workers", worker.name, f"{place}.handler", worker.summary, worker.memory, worker.timeout, worker.grants, worker.layers
    )
    return WorkerFunction(worker, _named(function))


def _named(function: Function) -> Function:
    if not function.name.replace("_", "").isalnum() or not function.name.islower():
        raise Mistake(f"{function.folder} {function.name}: a name is lower-case words with underscores")
    if LONGEST_PREFIX + 1 + len(function.deployed) > LONGEST_NAME:
        raise Mistake(f"{function.folder} {function.name}: with a prefix of {LONGEST_PREFIX} the function's name is too long")
    return function


def _places(folder: Path) -> Iterator[str]:
    """The dotted places of all files below the resource folders."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if len(parts) > 1 and parts[-1] != "__init__":
            yield ".".join(parts)


def _imported(folder: Path, place: str) -> Any:
    module = importlib.import_module(f"functions.{folder.name}.{place}")
    if module.__file__ is None or not Path(module.__file__).resolve().is_relative_to(folder.resolve()):
        raise Mistake(f"functions.{folder.name}.{place} is imported from elsewhere: {module.__file__}")
    return getattr(module, "handler", None)


def _once(folder: Path, names: Iterable[str]) -> None:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            raise Mistake(f"functions/{folder.name}: {name} is declared {count} times")
