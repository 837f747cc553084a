"""Rendering: the OpenAPI 3.1 document of each API, from the declarations and shapes of its routes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from edge.answer import JSON, Answer, Reply
from edge.dialect import Dialect, json_only
from edge.errors import NotAcceptable, UnsupportedMediaType
from edge.paths import variables_of
from edge.query import single
from edge.route import Route
from fleet.errors import FleetError, Invalid, NotAllowed, Problem, Unauthenticated, Unexpected
from muster.entries import Mistake
from muster.generate.model import Api, RouteFunction
from muster.generate.schemas import FIELD, HERE, Schemas, Shown, schema_of

_EMPTY = (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED)
"""Statuses without a body."""


def render(api: Api, version: str) -> str:
    """The document as JSON text."""
    return json.dumps(document(api, version), indent=2, ensure_ascii=False) + "\n"


def document(api: Api, version: str) -> dict[str, Any]:
    """The document: an operation for each path of a route, a component for each shape. HEAD goes without saying."""
    schemas = Schemas((pair for each in api.routes for pair in _shapes(each.route)), shows_null=api.dialect.shows != "values")
    paths: dict[str, Any] = {}
    for each in api.routes:
        for number, path in enumerate((each.route.path, *each.route.also_at)):
            paths.setdefault(path, {})[each.route.method.lower()] = _operation(api.dialect, each, path, number, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": api.listing.title, "version": version},
        "servers": [{"url": "/"}],
        "security": _requirements(api.dialect.security),
        "paths": paths,
        "components": {
            "schemas": schemas.referenced_components(paths) | _error_schemas(api.dialect),
            "securitySchemes": {name: scheme for security in _securities(api) for name, scheme in security.items()},
        },
    }


def _securities(api: Api) -> list[Mapping[str, Any]]:
    """The API's own schemes, and those of its routes."""
    return [api.dialect.security, *(each.route.security for each in api.routes)]


def _requirements(security: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: []} for name in security]


def results(route: Route) -> list[type[BaseModel]]:
    """The shapes that a route may answer with: one, several behind a union, or none; those of a Reply are what it holds."""
    return [kind for kind in _kinds(route.result) if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _kinds(result: Any) -> list[Any]:
    inner = get_args(result)
    is_model = isinstance(result, type) and issubclass(result, BaseModel)
    return [kind for each in inner for kind in _kinds(each)] if inner and (get_origin(result) is Reply or not is_model) else [result]


def _shapes(route: Route) -> Iterable[Shown]:
    yield from ((shape, "validation") for shape in route.shapes.values())
    yield from ((shape, "serialization") for shape in results(route))


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
    operation["responses"] = _with_headers(route, _successes(route, schemas) | _failures(each.dialect, route))
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
    return component.get("properties", {}), set(component.get("required", ()))


def _body(each: RouteFunction, schemas: Schemas) -> dict[str, Any]:
    """The body in each media type that is read. It may be left out where that means an object without members, and such a one is valid."""
    schema = schemas.reference(each.route.shapes["body"], "validation")
    reader = each.dialect.read_body
    may_be_empty = reader.empty_is_object and not schemas.component(schema).get("required")
    example = _content([schema], schemas)
    return {"required": not may_be_empty, "content": {kind: example if kind == JSON else {"schema": schema} for kind in each.route.reads}}


def _successes(route: Route, schemas: Schemas) -> dict[str, Any]:
    """The answers of success by status, in each media type: JSON as the shapes say, others as text or bytes."""
    shown = [schemas.reference(shape, "serialization") for shape in results(route)]
    content = {
        kind: _content(shown, schemas) if kind == JSON else {"schema": _plain_schema(kind)}
        for kind in route.answers
        if kind != JSON or shown
    }
    found = {}
    for status in map(HTTPStatus, route.statuses):
        answer: dict[str, Any] = {"description": "Done." if status == route.status else f"{status.phrase}."}
        if content and status not in _EMPTY:
            answer["content"] = content
        found[str(status.value)] = answer
    return found


def _plain_schema(media_type: str) -> dict[str, Any]:
    return {"type": "string"} if media_type.startswith("text/") else {"type": "string", "format": "binary"}


def _content(schemas: list[Any], known: Schemas) -> dict[str, Any]:
    """JSON of one of these schemas, with the first example that there is."""
    content: dict[str, Any] = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
    for example in [example for schema in schemas for example in known.component(schema).get("examples", ())][:1]:
        content["example"] = example
    return content


def _with_headers(route: Route, responses: dict[str, Any]) -> dict[str, Any]:
    """The responses with the headers that each answer of the route has."""
    headers = {name: {"schema": {"type": "string"}, "example": value} for name, value in route.headers.items()}
    return {status: response | ({"headers": headers} if headers else {}) for status, response in responses.items()}


def _failures(dialect: Dialect, route: Route) -> dict[str, Any]:
    """The errors of a route by status, in the media types of their bodies: declared ones, and those of every route of its kind."""
    found: dict[str, Any] = {}
    for kind in sorted(_errors(dialect, route), key=lambda kind: kind.__name__):
        answer = _answer(dialect, kind)
        response = found.setdefault(str(answer.status), {"description": ""})
        response["description"] = f"{response['description']} {kind.__doc__}.".strip()
        if answer.content_type:
            media_type = _media_type(answer.content_type)
            content = response.setdefault("content", {}).setdefault(media_type, {"schema": _error_schema(media_type, kind), "examples": {}})
            content["examples"][kind.__name__] = {"value": _example(answer, media_type)}
    return dict(sorted(found.items()))


def _media_type(content_type: str) -> str:
    """A content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type == JSON or media_type.endswith("+json")


def _error_schema(media_type: str, kind: type[FleetError]) -> dict[str, Any]:
    return {"$ref": HERE + ("InvalidError" if kind is Invalid else "Error")} if _is_json(media_type) else _plain_schema(media_type)


def _example(answer: Answer, media_type: str) -> Any:
    return json.loads(answer.body) if _is_json(media_type) else answer.body.decode(errors="replace")


def _errors(dialect: Dialect, route: Route) -> set[type[FleetError]]:
    kinds = {*route.raises, Unauthenticated, NotAllowed, Unexpected}
    if route.shapes:
        kinds.add(Invalid)
    if "body" in route.shapes and dialect.read_body.otherwise == "unsupported":
        kinds.add(UnsupportedMediaType)
    if dialect.negotiate is not json_only:
        kinds.add(NotAcceptable)
    return kinds


_SAMPLES: Mapping[type[FleetError], FleetError] = {
    Invalid: Invalid(Problem((FIELD,), kind="missing")),
    UnsupportedMediaType: UnsupportedMediaType("text/plain"),
}
"""Errors that cannot be made of nothing, or that show more with something in them."""


def _answer(dialect: Dialect, kind: type[FleetError]) -> Answer:
    return dialect.show_error(_SAMPLES[kind] if kind in _SAMPLES else kind())


def _error_schemas(dialect: Dialect) -> dict[str, Any]:
    """The components for bodies of errors that are JSON."""
    answers = {"Error": _answer(dialect, Unexpected), "InvalidError": _answer(dialect, Invalid)}
    return {
        name: schema_of(json.loads(answer.body)) for name, answer in answers.items() if _is_json(_media_type(answer.content_type or ""))
    }
