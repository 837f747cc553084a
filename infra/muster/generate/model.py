"""What the generator knows of the project: plain values between collecting and rendering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from edge.dialect import Dialect
from edge.route import Route
from edge.worker import Worker
from fleet.grants import Grant
from muster.dialects import Listed

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

    @property
    def id(self) -> str:
        """The logical id, `GetVersion`; role and log group add a word to it."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def deployed(self) -> str:
        """Its name in AWS after the prefix, from which others derive its ARN."""
        return f"{self.short}-{self.name}".replace("_", "-")


@dataclass(frozen=True)
class RouteFunction:
    """A route, the function that serves it, and the dialect value that it is declared on."""

    dialect: Dialect
    route: Route
    function: Function


@dataclass(frozen=True)
class WorkerFunction:
    """A worker and the function that it is."""

    worker: Worker
    function: Function


@dataclass(frozen=True)
class Api:
    """One dialect: its routes in the order of their paths, and what answers for the rest."""

    listed: Listed
    dialect: Dialect
    routes: Sequence[RouteFunction]
    fallback: Function

    @property
    def name(self) -> str:
        return self.listed.folder

    @property
    def functions(self) -> list[Function]:
        return sorted([*(route.function for route in self.routes), self.fallback], key=lambda function: function.name)

    @cached_property
    def scopes(self) -> Mapping[str, Mapping[str, str]]:
        """The scope of each method, by resource path."""
        found: dict[str, dict[str, str]] = {}
        for each in self.routes:
            found.setdefault(each.route.resource, {})[each.route.method] = each.route.scope
        return {path: dict(sorted(found[path].items())) for path in sorted(found)}


@dataclass(frozen=True)
class Project:
    """All that is deployed."""

    apis: Sequence[Api]
    workers: Sequence[WorkerFunction]
