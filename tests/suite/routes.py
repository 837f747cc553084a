"""All routes, and the parts of their declarations that a valid call needs."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from edge.entry import Entry
from muster.entries import routes


@cache
def every_route() -> list[Entry]:
    """The entries of all route files, by dialect, path and method."""
    return routes()


def name(entry: Entry) -> str:
    """A route's name in a test's id."""
    return f"{entry.route.dialect}-{entry.route.name}"


def variables(entry: Entry) -> list[str]:
    """The variables of a route's path."""
    return [part[1:-1] for part in entry.route.path.split("/") if part.startswith("{")]


def example(entry: Entry, part: str) -> Any:
    """The documented example of a route's body or query; None when it has none."""
    shape = entry.route.shapes.get(part)
    return None if shape is None else deepcopy(_example(shape))


@cache
def _example(shape: Any) -> Any:
    return next(iter(shape.model_json_schema().get("examples", ())), {})
