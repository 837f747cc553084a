"""What the generator knows of the project: plain values between collecting and rendering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from edge.dialect import Dialect
from edge.paths import shape_of
from edge.route import Route
from edge.worker import Worker
from fleet.grants import Grant
from muster.dialects import ListedDialect
from muster.entries import Mistake
from muster.paths import deployed_paths, variables

HEADER = "Written by `muster generate`. Do not edit."


@dataclass(frozen=True)
class Function:
    """A Lambda function: `folder` is the dialect's or `workers`, `short` begins its deployed name, `handler` is its place in the folder."""

    folder: str
    short: str
    name: str
    handler: str
    summary: str
    memory: int
    timeout: int
    grants: frozenset[Grant]
    layers: frozenset[str]
    settings: tuple[str, ...] = ()
    """Parameters of the root template that it gets as variables."""

    @property
    def id(self) -> str:
        """The logical id, `GetVersion`; role and log group add a word to it."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def deployed_name(self) -> str:
        """Its name in AWS after the prefix, from which others derive its ARN."""
        return f"{self.short}-{self.name}".replace("_", "-")


@dataclass(frozen=True)
class RouteFunction:
    """A route, the function that serves it, the dialect value that it is declared on, and the methods that it answers."""

    dialect: Dialect
    route: Route
    function: Function
    methods: tuple[str, ...]


@dataclass(frozen=True)
class WorkerFunction:
    """A worker and the function that it is."""

    worker: Worker
    function: Function


@dataclass(frozen=True)
class Api:
    """One dialect: its routes in the order of their paths, and what answers for the rest."""

    listing: ListedDialect
    dialect: Dialect
    routes: Sequence[RouteFunction]
    fallback: Function

    @property
    def name(self) -> str:
        return self.listing.folder

    @property
    def functions(self) -> list[Function]:
        return sorted([*(route.function for route in self.routes), self.fallback], key=lambda function: function.name)


@dataclass(frozen=True)
class Project:
    """All that is deployed. Mistake when the routes of all APIs cannot be in one tree of paths."""

    apis: Sequence[Api]
    workers: Sequence[WorkerFunction]

    def __post_init__(self) -> None:
        _check_operations(each.route for api in self.apis for each in api.routes)

    @cached_property
    def deployed_paths(self) -> Mapping[str, str]:
        """The path that API Gateway has for each resource of a route."""
        return deployed_paths(resource for api in self.apis for each in api.routes for resource in each.route.resources)

    def scopes(self, api: Api) -> Mapping[str, Mapping[str, str]]:
        """The scope of each method of each deployed path of an API."""
        found: dict[str, dict[str, str]] = {}
        for each in api.routes:
            for resource in each.route.resources:
                found.setdefault(self.deployed_paths[resource], {})[each.route.method] = each.route.scope
        return {path: dict(sorted(found[path].items())) for path in sorted(found)}


def _check_operations(routes: Iterable[Route]) -> None:
    """Refuse one operation twice, and one path with two sets of names for its variables, which no OpenAPI document can hold."""
    operations: dict[tuple[str, str], Route] = {}
    paths: dict[str, tuple[Route, list[str]]] = {}
    for route, resource in ((each, resource) for each in routes for resource in each.resources):
        names = variables(resource)
        other, others = paths.setdefault(shape_of(resource), (route, names))
        if others != names:
            raise Mistake(f"{_describe(route)} and {_describe(other)} have one path: give its variables the same names")
        if (other := operations.setdefault((route.method, shape_of(resource)), route)) is not route:
            raise Mistake(f"{_describe(route)} is declared already, as {_describe(other)}: change the path or the method of one of them")


def _describe(route: Route) -> str:
    return f"{route.dialect} {route.name} ({', '.join(f'{route.method} {path}' for path in (route.path, *route.also_at))})"
