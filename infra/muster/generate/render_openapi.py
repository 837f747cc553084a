"""Rendering: the OpenAPI 3.1 document of each API, from the declarations and shapes of its routes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from edge.answer import JSON
from edge.dialect import Dialect
from edge.paths import variables_of
from edge.query import single
from edge.route import Route
from muster.entries import Mistake
from muster.generate.model import Api, RouteFunction
from muster.generate.responses import HEADERS, error_schemas, front_responses, json_content, responses, results
from muster.generate.schemas import Schemas, Shown, without_null


def render(api: Api, version: str, licence: str) -> str:
    """The document as JSON text."""
    return json.dumps(document(api, version, licence), indent=2, ensure_ascii=False) + "\n"


def document(api: Api, version: str, licence: str) -> dict[str, Any]:
    """The document: an operation for each path of a route, a component for each shape. HEAD goes without saying.

    Paths are as API Gateway has them, without a trailing slash. `licence` is an SPDX identifier.
    """
    schemas = Schemas((pair for each in api.routes for pair in _shapes(each.route)), api.dialect.shows)
    paths: dict[str, Any] = {}
    for each in api.routes:
        for number, path in enumerate(_served(each.route)):
            paths.setdefault(path, {})[each.route.method.lower()] = _operation(api.dialect, each, path, number, schemas)
    answers = front_responses()
    return {
        "openapi": "3.1.0",
        "info": {"title": api.listing.title, "version": version, "license": {"name": licence, "identifier": licence}},
        "servers": [{"url": "/"}],
        "security": _requirements(api.dialect.security),
        "paths": paths,
        "components": {
            "headers": _referenced("headers", HEADERS, paths, answers),
            "responses": _referenced("responses", answers, paths),
            "schemas": schemas.referenced_components(paths) | error_schemas(api.dialect),
            "securitySchemes": {name: scheme for security in _securities(api) for name, scheme in security.items()},
        },
    }


def _referenced(kind: str, components: Mapping[str, Any], *values: Any) -> dict[str, Any]:
    """The components of a kind that these values refer to."""
    text = json.dumps(values)
    return {name: component for name, component in components.items() if f'"#/components/{kind}/{name}"' in text}


def _securities(api: Api) -> list[Mapping[str, Any]]:
    """The API's own schemes, and those of its routes."""
    return [api.dialect.security, *(each.route.security for each in api.routes)]


def _requirements(security: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: []} for name in security]


def _shapes(route: Route) -> Iterable[Shown]:
    yield from ((shape, "validation") for shape in route.shapes.values())
    yield from ((shape, "serialization") for shape in results(route))


def _served(route: Route) -> list[str]:
    """The paths of a route, but those that lack a variable: at these it only answers that this is missing."""
    return [path for path in route.resources if not set(variables_of(path)) < set(variables_of(route.resource))]


def _operation(usual: Dialect, each: RouteFunction, path: str, number: int, schemas: Schemas) -> dict[str, Any]:
    """The operation of a route at one of its paths. The further ones have a number behind their name."""
    route = each.route
    operation: dict[str, Any] = {
        "operationId": f"{route.name}_{number + 1}" if number else route.name,
        "tags": [each.function.handler.partition(".")[0]],
        "summary": route.summary,
        "x-scope": route.scope,
    }
    if route.security != usual.security:
        operation["security"] = _requirements(route.security)
    if parameters := [*_path_parameters(route, path, schemas), *_query_parameters(each, schemas)]:
        operation["parameters"] = parameters
    if "body" in route.shapes:
        operation["requestBody"] = _body(each, schemas)
    operation["responses"] = responses(each.dialect, route, schemas)
    return operation


def _path_parameters(route: Route, path: str, schemas: Schemas) -> list[dict[str, Any]]:
    members, _ = _members(route, "path", schemas)
    if set(variables_of(path)) != members.keys():
        raise Mistake(f"{route.dialect} {route.name}: the path shape has not the variables of {path}")
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in members.items()]


def _query_parameters(each: RouteFunction, schemas: Schemas) -> list[dict[str, Any]]:
    """Where names may be repeated, lists are; objects, and lists of them, have brackets behind their name."""
    members, required = _members(each.route, "query", schemas)
    found = []
    for name, schema in members.items():
        parameter: dict[str, Any] = {"name": name, "in": "query", "required": name in required, "schema": schema}
        if each.dialect.read_query is not single and (schemas.is_object(schema) or schemas.is_list(schema)):
            parameter |= {"style": "deepObject" if schemas.is_object(schema) else "form", "explode": True}
        found.append(parameter)
    return found


def _members(route: Route, part: str, schemas: Schemas) -> tuple[Mapping[str, Any], set[str]]:
    """The members of a part's shape, and the names of those that must be there."""
    if part not in route.shapes:
        return {}, set()
    component = schemas.component(schemas.reference(route.shapes[part], "validation"))
    members = {name: without_null(schema) for name, schema in component.get("properties", {}).items()}
    return members, set(component.get("required", ()))


def _body(each: RouteFunction, schemas: Schemas) -> dict[str, Any]:
    """The body in each media type that is read. It may be left out where that means an object without members, and such a one is valid."""
    schema = schemas.reference(each.route.shapes["body"], "validation")
    reader = each.dialect.read_body
    may_be_empty = reader.empty_is_object and not schemas.component(schema).get("required")
    example = json_content([schema], schemas)
    return {"required": not may_be_empty, "content": {kind: example if kind == JSON else {"schema": schema} for kind in each.route.reads}}
