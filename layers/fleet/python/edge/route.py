"""A route: all that is declared of it. What is deployed, documented, granted and checked follows from this."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, get_type_hints

from pydantic import BaseModel

from edge.answer import JSON
from edge.order import CheckOrder, check_order
from fleet.errors import FleetError
from fleet.grants import Grant, grants_of, layers_of

View = Callable[..., Any]
Loader = Callable[..., Any]
"""Takes parts of the request and gives a deferred read."""
PUBLIC = "PUBLIC"
"""The scope of a route that asks for no credential; one that is sent along is not looked at."""
PARTS = ("path", "query", "body")
"""The parts of a request that views take, each as the type of its annotation."""
MOST_BODY = 4_500_000
"""Bytes of a body: Lambda takes events of 6 MB, in which a body is base64."""


class Options(TypedDict, total=False):
    """What a route says only where it differs from what its dialect, or most routes, have."""

    also: tuple[int, ...]
    """Further statuses of success, which its view names in a Reply."""
    also_at: tuple[str, ...]
    """Further paths at which it answers; one that lacks a variable of the path shape answers that this is missing."""
    reads: tuple[str, ...]
    """Media types of its body."""
    max_body: int
    """Bytes of its body, at most 4,500,000."""
    answers: tuple[str, ...]
    """Media types of its answer; the first is that of callers who accept any."""
    headers: Mapping[str, str]
    """Headers of each of its answers, errors included."""
    order: CheckOrder
    """The order of its checks."""
    memory: int
    """MB of its function."""
    timeout: int
    """Seconds of its function."""
    settings: tuple[str, ...]
    """Parameters of the root template that its function gets as variables."""
    guarded: bool
    """Whether a lower rate limit holds for it: its calls take long to answer, or let somebody guess a secret."""


@dataclass(frozen=True)
class Route:
    """What a decorated function declared. The only place that defines a path. Options explains some members."""

    dialect: str
    method: str
    path: str
    name: str
    scope: str
    security: Mapping[str, Any]
    """The OpenAPI schemes of its credentials by name; none for a public route."""
    loads: Loader | None
    """Reads the object that the route is about."""
    parent: Loader | None
    """Reads the object below which that is."""
    uses: tuple[Callable[..., Any], ...]
    raises: tuple[type[FleetError], ...]
    status: int
    summary: str
    shapes: Mapping[str, type[BaseModel]]
    """The annotated types of `path`, `query` and `body`, as far as the route has them."""
    result: Any
    order: CheckOrder
    reads: tuple[str, ...]
    max_body: int
    also: tuple[int, ...] = ()
    also_at: tuple[str, ...] = ()
    answers: tuple[str, ...] = (JSON,)
    headers: Mapping[str, str] = field(default_factory=dict)
    memory: int = 512
    timeout: int = 15
    settings: tuple[str, ...] = ()
    guarded: bool = False

    def __post_init__(self) -> None:
        check_order(self.order)
        if not 0 <= self.max_body <= MOST_BODY:
            raise TypeError(f"{self.name} reads {self.max_body} bytes: Lambda takes at most {MOST_BODY}")
        if (self.scope == PUBLIC) == bool(self.security):
            raise TypeError(f"{self.name} has the scope {self.scope} and {len(self.security)} credentials: PUBLIC is for who shows none")
        if self.scope == PUBLIC and (self.loads or self.parent):
            raise TypeError(f"{self.name} is public: objects are read with a credential, so its view has to read what it needs")

    @property
    def resource(self) -> str:
        """The path as API Gateway and Chalice have it: without the trailing slash."""
        return resource_of(self.path)

    @property
    def resources(self) -> tuple[str, ...]:
        """All paths at which the route answers, its own first."""
        return self.resource, *map(resource_of, self.also_at)

    @property
    def statuses(self) -> tuple[int, ...]:
        """All statuses of success, the usual one first."""
        return self.status, *self.also

    @property
    def grants(self) -> frozenset[Grant]:
        return grants_of(self.uses)

    @property
    def layers(self) -> frozenset[str]:
        return layers_of(self.uses)


def resource_of(path: str) -> str:
    """A path without its trailing slash."""
    return path.rstrip("/") or "/"


def describe(view: View, loads: Callable[..., Any] | None, parent: Callable[..., Any] | None = None) -> dict[str, Any]:
    """What the annotations and the docstring of a view say of its route.

    TypeError when the view, `loads` or `parent` takes what no route has.
    """
    hints = get_type_hints(view)
    loaders = {"parent": parent, "loaded": loads}
    declared = {name: loader for name, loader in loaders.items() if loader}
    parts = {name: hint for loader in declared.values() for name, hint in get_type_hints(loader).items()} | hints
    shapes = {part: parts[part] for part in PARTS if part in parts}
    _check_parameters(view, ("call", *declared, *shapes))
    for loader in declared.values():
        _check_parameters(loader, tuple(shapes))
    return {"summary": (inspect.getdoc(view) or "").partition("\n")[0], "shapes": shapes, "result": hints.get("return")}


def _check_parameters(function: Callable[..., Any], known: Sequence[str]) -> None:
    unknown = [name for name in inspect.signature(function).parameters if name not in known]
    if unknown:
        raise TypeError(
            f"{function.__module__}.{function.__qualname__} takes {', '.join(unknown)}; known here: {', '.join(known) or 'nothing'}. "
            f"A view may take call, loaded and parent (if the route declares `loads` and `parent`) and, annotated, {', '.join(PARTS)}; "
            "`loads` and `parent` the last three only."
        )
