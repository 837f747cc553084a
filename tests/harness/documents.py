"""Checks every response of a route against the committed OpenAPI document of its API.

The document must have the operation, the status and the content type, and the body must match the schema. Objects must not
have members that the schema does not name.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from edge.route import Route
from muster.home import ROOT

UNDOCUMENTED = frozenset(
    f"wisdm {answer}.lastUsedAt: None is not of type 'string'"
    for answer in (
        "create_api_key 201 $",
        "edit_api_key 200 $",
        "get_api_key 200 $",
        "list_api_keys 200 $.apiKeys[]",
        "regenerate_api_key 200 $",
    )
)
"""Known errors of the documents. Nothing may be added; a test fails for entries that are no longer needed."""
_IGNORED = {"title", "description", "examples", "default"}
_CHECKED = {"type", "enum", "const", "required", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}
Check = Callable[[str | None, bytes], Iterable[str]]


class NotDocumented(AssertionError):
    """A response differs from the OpenAPI document."""


def check(route: Route, status: int, content_type: str | None, body: bytes) -> None:
    """Raise NotDocumented when a response differs from the document and the difference is not a known error."""
    for problem in problems(route, status, content_type, body):
        if problem not in UNDOCUMENTED:
            raise NotDocumented(f"Run `make generate` if the route's declaration is new; else mend the route: {problem}")


def problems(route: Route, status: int, content_type: str | None, body: bytes) -> Iterable[str]:
    """How a response differs from the document: API, operation, status and place in the body."""
    found = _answer(route.dialect, route.method.lower(), route.path, route.name, status)(content_type, body)
    return (f"{route.dialect} {route.name} {status} {problem}" for problem in found)


@functools.cache
def document(dialect: str) -> Mapping[str, Any]:
    """The committed document of an API."""
    found: dict[str, Any] = json.loads((ROOT / "docs/openapi" / f"{dialect}.json").read_text())
    return found


@functools.cache
def _answer(dialect: str, method: str, path: str, name: str, status: int) -> Check:
    """The validator for responses of an operation with this status."""
    operation = document(dialect)["paths"].get(path, {}).get(method, {})
    if operation.get("operationId") != name:
        return lambda content_type, body: [f"is no operation of {method.upper()} {path}"]
    response = operation["responses"].get(str(status))
    if response is None:
        return lambda content_type, body: ["is no documented status"]
    if "content" not in response:
        return lambda content_type, body: [f"has a body of {content_type}, and none is documented"] if content_type or body else []
    ((kind, content),) = response["content"].items()
    schema = closed(content["schema"], document(dialect)["components"]["schemas"])
    return functools.partial(_body, kind, Draft202012Validator(schema))


def _body(kind: str, validator: Draft202012Validator, content_type: str | None, body: bytes) -> Iterable[str]:
    if content_type != kind:
        return [f"is {content_type}, and {kind} is documented"]
    return (f"{re.sub(r'[0-9]+(?=])', '', error.json_path)}: {error.message}" for error in validator.iter_errors(json.loads(body)))


def closed(schema: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with its references resolved, whose objects allow no additional properties unless it declares them."""
    if "$ref" in schema:
        return closed(components[schema["$ref"].rpartition("/")[2]], components)
    found: dict[str, Any] = {"additionalProperties": False} if schema.get("type") == "object" else {}
    for word, value in schema.items():
        if word == "properties":
            found[word] = {name: closed(each, components) for name, each in value.items()}
        elif word in ("anyOf", "prefixItems"):
            found[word] = [closed(each, components) for each in value]
        elif word in ("items", "additionalProperties"):
            found[word] = value if isinstance(value, bool) else closed(value, components)
        elif word not in _IGNORED:
            assert word in _CHECKED, f"{__name__} does not know yet what {word} means for an object that is closed"
            found[word] = value
    return found
