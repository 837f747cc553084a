"""Holds every call of a route against the committed OpenAPI document of its API.

Of a response the document must have the operation, the status, the content type and each header, and the body must match
the schema; objects must not have members that the schema does not name. Of a request that was accepted, the parameters and
the body must match their schemas.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker

from edge.answer import JSON
from edge.route import Route
from muster.home import ROOT

_IGNORED = {"title", "description", "examples", "default"}
_CHECKED = {"type", "enum", "const", "required", "pattern", "format"}
_CHECKED |= {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}
_OF_THE_BODY = {"Content-Type"}
"""Headers that OpenAPI documents elsewhere: with the body."""
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?")
_FORMATS = FormatChecker(())
_NUMBERS: Mapping[str, Callable[[str], Any]] = {"integer": int, "number": float}


class NotDocumented(AssertionError):
    """A call differs from the OpenAPI document."""


def check(route: Route, event: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raise NotDocumented when a call differs from the document."""
    for problem in problems(route, event, status, headers, body):
        raise NotDocumented(f"Run `make generate` if the route's declaration is new; else mend the route or its shapes: {problem}")


def problems(route: Route, event: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    """How a call differs from the document: API, operation, status, and place in the body."""
    found = _response(route.dialect, route.method.lower(), route.resource, route.name, status)(headers, body)
    asked = _request(route.dialect, route.method.lower(), route.resource)(event) if status < 400 else ()
    yield from (f"{route.dialect} {route.name} {status} {problem}" for problem in found)
    yield from (f"{route.dialect} {route.name} accepts {problem}" for problem in asked)


@functools.cache
def document(dialect: str) -> Mapping[str, Any]:
    """The committed document of an API."""
    found: dict[str, Any] = json.loads((ROOT / "docs/openapi" / f"{dialect}.json").read_text())
    return found


def resolved(dialect: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A header or a response of a document, where it may be a reference to a component."""
    for part in value["$ref"].split("/")[2:] if "$ref" in value else ():
        value = document(dialect)["components"][part] if part in document(dialect)["components"] else value[part]
    return value


@functools.cache
def _response(dialect: str, method: str, path: str, name: str, status: int) -> Callable[[Mapping[str, str], bytes], Iterable[str]]:
    """What checks the responses of an operation with this status."""
    operation = document(dialect)["paths"].get(path, {}).get(method, {})
    if operation.get("operationId") != name:
        return lambda headers, body: [f"is no operation of {method.upper()} {path}"]
    if str(status) not in operation["responses"]:
        return lambda headers, body: ["is no documented status"]
    response = resolved(dialect, operation["responses"][str(status)])
    declared = {name: resolved(dialect, header) for name, header in response.get("headers", {}).items()}
    components = document(dialect)["components"]["schemas"]
    bodies = {kind: _validator(closed(content["schema"], components)) for kind, content in response.get("content", {}).items()}
    return lambda headers, body: [*_headers(declared, headers), *_body(bodies, headers.get("Content-Type"), body)]


def _headers(declared: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
    for name in headers.keys() - declared.keys() - _OF_THE_BODY:
        yield f"has the header {name}, and it is not documented"
    for name, header in declared.items():
        if name in headers:
            yield from (f"{name}: {problem}" for problem in _value(header["schema"], headers[name]))
        elif header.get("required"):
            yield f"lacks the header {name}"


def _body(bodies: Mapping[str, Draft202012Validator], content_type: str | None, body: bytes) -> Iterable[str]:
    if not bodies:
        return [f"has a body of {content_type}, and none is documented"] if content_type or body else []
    if content_type is None or content_type not in bodies:
        return [f"is {content_type}, and {', '.join(bodies)} is documented"]
    return _errors(bodies[content_type], json.loads(body))


@functools.cache
def _request(dialect: str, method: str, path: str) -> Callable[[Mapping[str, Any]], Iterable[str]]:
    """What checks the accepted requests of an operation."""
    operation = document(dialect)["paths"].get(path, {}).get(method, {})
    body = operation.get("requestBody", {"content": {}})
    schema = body["content"].get(JSON, {"schema": {}})["schema"]
    validator = _validator({**schema, "components": {"schemas": document(dialect)["components"]["schemas"]}})

    def check(event: Mapping[str, Any]) -> Iterator[str]:
        for parameter in operation.get("parameters", ()):
            yield from (f"{parameter['name']}: {problem}" for problem in _parameter(parameter, event))
        if JSON in body["content"] and event["body"]:
            yield from _errors(validator, json.loads(base64.b64decode(event["body"])))
        elif body.get("required"):
            yield "no body"

    return check


def _parameter(parameter: Mapping[str, Any], event: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with a parameter that is one value, or a name that is repeated; all APIs read an empty value of a query as none."""
    if parameter["schema"].get("type") == "array":  # an entry with an index has another name
        values = (event["multiValueQueryStringParameters"] or {}).get(parameter["name"], [])
        return [problem for value in values for problem in _value(parameter["schema"]["items"], value)]
    part = "pathParameters" if parameter["in"] == "path" else "queryStringParameters"
    text = (event[part] or {}).get(parameter["name"], "")
    if parameter["in"] == "path":
        text = unquote(text)
    elif text == "":
        return ["is missing"] if parameter["required"] else []
    return _value(parameter["schema"], text)


def _value(schema: Mapping[str, Any], text: str) -> Iterable[str]:
    """What is wrong with a value that is written as text."""
    try:
        return _errors(_validator(schema), _NUMBERS.get(schema.get("type", ""), str)(text))
    except ValueError:
        return [f"{text!r} is not of type {schema['type']!r}"]


def _errors(validator: Draft202012Validator, value: Any) -> Iterable[str]:
    return (f"{re.sub(r'[0-9]+(?=])', '', error.json_path)}: {error.message}" for error in validator.iter_errors(value))


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=_FORMATS)


def _is_time(value: object) -> bool:
    """A time with its zone (RFC 3339)."""
    return not isinstance(value, str) or (datetime.fromisoformat(value).tzinfo is not None and _TIME.match(value) is not None)


def _is_local_time(value: object) -> bool:
    """The same without a zone."""
    return not isinstance(value, str) or (datetime.fromisoformat(value).tzinfo is None and _TIME.fullmatch(value) is not None)


_FORMATS.checks("date-time", raises=ValueError)(_is_time)
_FORMATS.checks("date-time-local", raises=ValueError)(_is_local_time)


def closed(schema: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with its references resolved, whose objects allow no additional properties unless it declares them."""
    if "$ref" in schema:
        return closed(components[schema["$ref"].rpartition("/")[2]], components)
    found: dict[str, Any] = {"additionalProperties": False} if schema.get("type") == "object" else {}
    for word, value in schema.items():
        if word in ("properties", "patternProperties"):
            found[word] = {name: closed(each, components) for name, each in value.items()}
        elif word in ("anyOf", "prefixItems"):
            found[word] = [closed(each, components) for each in value]
        elif word in ("items", "additionalProperties"):
            found[word] = value if isinstance(value, bool) else closed(value, components)
        elif word not in _IGNORED:
            assert word in _CHECKED, f"{__name__} does not know yet what {word} means for an object that is closed"
            found[word] = value
    return found
