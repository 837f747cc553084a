"""Rendering: the table of routes, and what each dialect's fallback has to know."""

from __future__ import annotations

import json
from collections.abc import Iterable

from edge.route import Route
from fleet.grants import Grant
from muster.generate.model import HEADER, Api, Function, Project

_HEAD = (
    "| API | method | path | name | scope | function | may |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


def routes(project: Project) -> str:
    """`docs/routes.md`: one row a route, then one a worker."""
    rows = [
        f"| {api.name} | {', '.join(each.methods)} | {_paths(each.route)} | {each.route.name} | {each.route.scope} "
        f"| {_link(each.function)} | {_may(each.function.grants)} |"
        for api in project.apis
        for each in api.routes
    ]
    workers = [
        f"| {each.function.name} | {each.worker.kind} | {each.worker.source} | {_link(each.function)} | {_may(each.function.grants)} |"
        for each in project.workers
    ]
    lines = [
        f"<!-- {HEADER} -->",
        "",
        "# Routes",
        "",
        *_HEAD,
        *rows,
        "",
        "# Workers",
        "",
        "| worker | called by | source | function | may |",
        "| --- | --- | --- | --- | --- |",
        *workers,
    ]
    return "\n".join(lines) + "\n"


def allowed_methods(project: Project, api: Api) -> str:
    """`allowed.json`: the scope of each method of each deployed path, for the answers to those that it lacks."""
    return json.dumps(project.scopes(api), indent=2) + "\n"


def _paths(route: Route) -> str:
    return ", ".join(f"`{path}`" for path in (route.path, *route.also_at))


def _link(function: Function) -> str:
    path = function.handler.rpartition(".")[0].replace(".", "/")
    return f"[{path}.py](../functions/{function.folder}/{path}.py)"


def _may(grants: Iterable[Grant]) -> str:
    """The actions by resource. Which rows of a table each is for is in the policies: infra/generated."""
    actions: dict[str, list[str]] = {}
    for resource, action in sorted({(grant.resource, grant.action) for grant in grants}):
        actions.setdefault(resource, []).append(action.partition(":")[2])
    return "; ".join(f"{resource}: {', '.join(names)}" for resource, names in actions.items()).replace("*", "\\*")
