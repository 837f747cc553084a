"""Rendering: the OpenAPI 3.1 document of each API, from the shapes of its routes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from edge.answer import JSON
from edge.dialect import Dialect
from edge.route import Route
from fleet.errors import FleetError, Invalid, NotAllowed, Problem, Unauthenticated, Unexpected
from muster.entries import Mistake
from muster.generate.model import Api, RouteFunction

_HERE = "#/components/schemas/"
Parts = Mapping[Any, JsonSchemaValue]
"""The schema of each (shape, mode) that a route names, as a reference to its component."""


class _Schemas(GenerateJsonSchema):
    """A member that may be absent is one that is not required: null means the same and is not told."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"]) if schema.get("default", "") is None else super().default_schema(schema)


class _SchemasWithNull(_Schemas):
    """The same for an API whose answers show null where there is no value."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        if self.mode == "validation":
            return super().nullable_schema(schema)
        return GenerateJsonSchema.nullable_schema(self, schema)


def render(api: Api, version: str) -> str:
    """The document as JSON text."""
    return json.dumps(document(api, version), indent=2, ensure_ascii=False) + "\n"


def document(api: Api, version: str) -> dict[str, Any]:
    """The document: an operation a route, a component a shape."""
    wanted = sorted({pair for each in api.routes for pair in _shapes(each.route)}, key=lambda pair: (pair[0].__name__, pair[1]))
    generator = _SchemasWithNull if api.dialect.shows_null else _Schemas
    parts, definitions = models_json_schema(wanted, by_alias=True, ref_template=_HERE + "{model}", schema_generator=generator)
    components: dict[str, Any] = definitions.get("$defs", {})
    paths: dict[str, Any] = {}
    for each in api.routes:
        paths.setdefault(each.route.path, {})[each.route.method.lower()] = _operation(api.dialect, each, parts, components)
    errors = _error_schemas(api.dialect)
    return {
        "openapi": "3.1.0",
        "info": {"title": api.listed.title, "version": version},
        "servers": [{"url": "/"}],
        "security": _demanded(api.dialect.security),
        "paths": paths,
        "components": {
            "schemas": {name: components[name] for name in sorted(_reached(paths, components))} | errors,
            "securitySchemes": {name: scheme for security in _securities(api) for name, scheme in security.items()},
        },
    }


def _securities(api: Api) -> list[Mapping[str, Any]]:
    """The API's own schemes, and those of its routes."""
    return [api.dialect.security, *(each.route.security for each in api.routes)]


def _demanded(security: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: []} for name in security]


def results(route: Route) -> list[type[BaseModel]]:
    """The shapes that a route may answer with: one, several behind a union, or none."""
    kinds = get_args(route.result) or (route.result,)
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _shapes(route: Route) -> Iterable[tuple[type[BaseModel], JsonSchemaMode]]:
    yield from ((shape, "validation") for shape in route.shapes.values())
    yield from ((shape, "serialization") for shape in results(route))


def _operation(usual: Dialect, each: RouteFunction, parts: Parts, components: Mapping[str, Any]) -> dict[str, Any]:
    route = each.route
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [each.function.handler.partition(".")[0]],
        "summary": route.summary,
        "x-scope": route.scope,
    }
    if each.route.security != usual.security:
        operation["security"] = _demanded(each.route.security)
    if parameters := [*_parameters(route, "path", parts, components), *_parameters(route, "query", parts, components)]:
        operation["parameters"] = parameters
    if "body" in route.shapes:
        operation["requestBody"] = {"required": True, "content": _content([parts[route.shapes["body"], "validation"]], components)}
    operation["responses"] = _responses(each.dialect, route, parts, components)
    return operation


def _parameters(route: Route, place: str, parts: Parts, components: Mapping[str, Any]) -> list[dict[str, Any]]:
    shape = _component(parts[route.shapes[place], "validation"], components) if place in route.shapes else {"properties": {}}
    if place == "path":
        declared = [part.strip("{}").removesuffix("+") for part in route.path.split("/") if part.startswith("{")]
        if set(declared) != set(shape["properties"]):
            raise Mistake(f"{route.dialect} {route.name}: the path shape has not the variables of {route.path}")
    required = set(shape.get("required", ()))
    return [
        {"name": name, "in": place, "required": place == "path" or name in required, "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def _responses(dialect: Dialect, route: Route, parts: Parts, components: Mapping[str, Any]) -> dict[str, Any]:
    shown = [parts[shape, "serialization"] for shape in results(route)]
    good: dict[str, Any] = {"description": "Done."}
    if shown:
        good["content"] = _content(shown, components)
    return {str(route.status): good} | _failures(dialect, route)


def _failures(dialect: Dialect, route: Route) -> dict[str, Any]:
    """The errors of a route by status: those it declares, and those that any route may answer with."""
    kinds = {*route.raises, Unauthenticated, NotAllowed, Unexpected, *([Invalid] if route.shapes else [])}
    found: dict[str, Any] = {}
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        status, body = _told(dialect, kind)
        name = "InvalidError" if kind is Invalid else "Error"
        response = found.setdefault(status, {"description": "", "content": {JSON: {"schema": {"$ref": _HERE + name}, "examples": {}}}})
        response["content"][JSON]["examples"][kind.__name__] = {"value": body}
        response["description"] = f"{response['description']} {kind.__doc__}.".strip()
    return dict(sorted(found.items()))


def _told(dialect: Dialect, kind: type[FleetError]) -> tuple[str, Any]:
    error = Invalid(Problem(("field",), "is required")) if kind is Invalid else kind()
    answer = dialect.show_error(error)
    return str(answer.status), json.loads(answer.body)


def _error_schemas(dialect: Dialect) -> dict[str, Any]:
    return {"Error": _schema_of(_told(dialect, Unexpected)[1]), "InvalidError": _schema_of(_told(dialect, Invalid)[1])}


def _schema_of(value: Any) -> dict[str, Any]:
    """The schema of a sample: an error body is known by what the dialect makes of an error."""
    if isinstance(value, dict):
        return {"type": "object", "required": list(value), "properties": {name: _schema_of(member) for name, member in value.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": _schema_of(value[0]) if value else {}}
    return {"type": "integer" if isinstance(value, int) else "string"}


def _content(schemas: list[JsonSchemaValue], components: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
    for example in [example for schema in schemas for example in _component(schema, components).get("examples", ())][:1]:
        content["example"] = example
    return {JSON: content}


def _component(schema: JsonSchemaValue, components: Mapping[str, Any]) -> dict[str, Any]:
    component: dict[str, Any] = components[schema["$ref"].removeprefix(_HERE)] if "$ref" in schema else schema
    return component


def _reached(value: Any, components: Mapping[str, Any]) -> set[str]:
    """The components that are referred to, from here or from each other: parameters took the members of theirs."""
    found: set[str] = set()
    todo = [value]
    while todo:
        match todo.pop():
            case {"$ref": str(target)} if (name := target.removeprefix(_HERE)) in components:
                if name not in found:
                    found.add(name)
                    todo.append(components[name])
            case dict() as members:
                todo.extend(members.values())
            case list() as entries:
                todo.extend(entries)
    return found
