"""Rendering: the responses of an operation by status, those that API Gateway gives itself included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from edge.answer import JSON, SECURE, Answer, Reply
from edge.dialect import Dialect, json_only
from edge.errors import NotAcceptable, TooLarge, UnsupportedMediaType
from edge.route import MOST_BODY, Route
from fleet.errors import FleetError, Invalid, NotAllowed, Problem, Unauthenticated, Unexpected
from muster.generate.render_api import front_body
from muster.generate.schemas import FIELD, HERE, Schemas, schema_of

_EMPTY = (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED)
"""Statuses without a body."""
_TEXT = {"type": "string"}
RESPONSES = "#/components/responses/"
HEADERS: Mapping[str, Any] = {
    "Content-Encoding": {"description": "Only where the request accepts gzip.", "schema": {"const": "gzip", **_TEXT}},
    "Retry-After": {
        "description": "Seconds to wait before the next request.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "Vary": {"description": "What of the request the encoding depends on.", "schema": _TEXT},
    "WWW-Authenticate": {"description": "The scheme of the credential that is required.", "required": True, "schema": _TEXT},
    "X-Request-Id": {"description": "The id of the request in the logs.", "required": True, "schema": _TEXT},
    **{name: {"description": "For browsers.", "required": True, "schema": {"const": value, **_TEXT}} for name, value in SECURE.items()},
}
"""Headers that have one meaning in all APIs: components of each document."""
_FRONT: Mapping[HTTPStatus, str] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than API Gateway takes.",
    HTTPStatus.TOO_MANY_REQUESTS: "More requests than the route, or the API, takes from all callers together.",
    HTTPStatus.GATEWAY_TIMEOUT: "The function took longer than API Gateway waits.",
}
"""The answers of API Gateway that a correct client meets: the first where there is a body, the others everywhere."""
_SAMPLES: Mapping[type[FleetError], FleetError] = {
    Invalid: Invalid(Problem((FIELD,), kind="missing")),
    TooLarge: TooLarge(MOST_BODY),
    UnsupportedMediaType: UnsupportedMediaType("text/plain"),
}
"""Errors that cannot be made of nothing, or that show more with something in them."""


def responses(dialect: Dialect, route: Route, schemas: Schemas) -> dict[str, Any]:
    """The responses of a route: its successes, its errors and those of every route of its kind, and API Gateway's."""
    found = _successes(route, schemas)
    found |= _failures(dialect, route)
    for response in found.values():
        response["headers"] = _headers(
            {"X-Request-Id": "", **SECURE, **dialect.headers, **route.headers, **response.pop("more", {})}, response
        )
    for front in _FRONT:
        if front != HTTPStatus.REQUEST_ENTITY_TOO_LARGE or "body" in route.shapes:
            own = found.get(str(front.value))
            found[str(front.value)] = _either(own, _front_response(front)) if own else {"$ref": RESPONSES + _front_name(front)}
    return found


def results(route: Route) -> list[type[BaseModel]]:
    """The shapes that a route may answer with: one, several behind a union, or none; those of a Reply are what it holds."""
    return [kind for kind in _kinds(route.result) if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _kinds(result: Any) -> list[Any]:
    inner = get_args(result)
    is_model = isinstance(result, type) and issubclass(result, BaseModel)
    return [kind for each in inner for kind in _kinds(each)] if inner and (get_origin(result) is Reply or not is_model) else [result]


def json_content(schemas: list[Any], known: Schemas) -> dict[str, Any]:
    """JSON of one of these schemas, with the first example that there is."""
    content: dict[str, Any] = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
    for example in [example for schema in schemas for example in known.component(schema).get("examples", ())][:1]:
        content["example"] = example
    return content


def error_schemas(dialect: Dialect) -> dict[str, Any]:
    """The components for bodies of errors that are JSON: the API's own and API Gateway's."""
    answers = {"Error": _answer(dialect, Unexpected), "InvalidError": _answer(dialect, Invalid)}
    found = {name: schema_of(json.loads(each.body)) for name, each in answers.items() if _is_json(_media_type(each.content_type or ""))}
    return found | {"FrontError": schema_of(front_body(HTTPStatus.GATEWAY_TIMEOUT))}


def front_responses() -> dict[str, Any]:
    """The components for what API Gateway answers itself."""
    return {_front_name(status): _front_response(status) for status in _FRONT}


def _successes(route: Route, schemas: Schemas) -> dict[str, Any]:
    """The answers of success by status, in each media type: JSON as the shapes say, others as text or bytes."""
    shown = [schemas.reference(shape, "serialization") for shape in results(route)]
    content = {
        kind: json_content(shown, schemas) if kind == JSON else {"schema": _plain_schema(kind)}
        for kind in route.answers
        if kind != JSON or shown
    }
    found = {}
    for status in map(HTTPStatus, route.statuses):
        answer: dict[str, Any] = {"description": "Done." if status == route.status else f"{status.phrase}."}
        if content and status not in _EMPTY:
            answer["content"] = content
        if 300 <= status < 400 and status != HTTPStatus.NOT_MODIFIED:
            answer["more"] = {"Location": "https://example.com/"}
        found[str(status.value)] = answer
    return found


def _plain_schema(media_type: str) -> dict[str, Any]:
    return {"type": "string"} if media_type.startswith("text/") else {"type": "string", "format": "binary"}


def _failures(dialect: Dialect, route: Route) -> dict[str, Any]:
    """The errors by status, in the media types of their bodies; `more` has the headers that they have beside those of every answer."""
    found: dict[str, Any] = {}
    for kind in sorted(_errors(dialect, route), key=lambda kind: kind.__name__):
        answer = _answer(dialect, kind)
        response = found.setdefault(str(answer.status), {"description": "", "more": {}})
        response["description"] = f"{response['description']} {kind.__doc__}.".strip()
        response["more"] |= answer.headers
        if answer.content_type:
            media_type = _media_type(answer.content_type)
            content = response.setdefault("content", {}).setdefault(media_type, {"schema": _error_schema(media_type, kind), "examples": {}})
            content["examples"][kind.__name__] = {"value": _example(answer, media_type)}
    return dict(sorted(found.items()))


def _errors(dialect: Dialect, route: Route) -> set[type[FleetError]]:
    kinds = {*route.raises, Unexpected, *((Unauthenticated, NotAllowed) if dialect.credentials else ())}
    if route.shapes:
        kinds.add(Invalid)
    if "body" in route.shapes and TooLarge in dialect.statuses:
        kinds.add(TooLarge)
    if "body" in route.shapes and dialect.read_body.otherwise == "unsupported":
        kinds.add(UnsupportedMediaType)
    if dialect.negotiate is not json_only:
        kinds.add(NotAcceptable)
    return kinds


def _answer(dialect: Dialect, kind: type[FleetError]) -> Answer:
    return dialect.show_error(_SAMPLES[kind] if kind in _SAMPLES else kind())


def _media_type(content_type: str) -> str:
    """A content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type == JSON or media_type.endswith("+json")


def _error_schema(media_type: str, kind: type[FleetError]) -> dict[str, Any]:
    return {"$ref": HERE + ("InvalidError" if kind is Invalid else "Error")} if _is_json(media_type) else _plain_schema(media_type)


def _example(answer: Answer, media_type: str) -> Any:
    return json.loads(answer.body) if _is_json(media_type) else answer.body.decode(errors="replace")


def _headers(samples: Mapping[str, str], response: Mapping[str, Any]) -> dict[str, Any]:
    """The headers of a response of a function: JSON is compressed for who asks."""
    names = [*samples, *(("Content-Encoding", "Vary") if JSON in response.get("content", ()) else ())]
    return {name: _header(name, samples.get(name, "")) for name in sorted(names)}


def _header(name: str, sample: str) -> dict[str, Any]:
    return {"$ref": f"#/components/headers/{name}"} if name in HEADERS else {"schema": _TEXT, "example": sample}


def _front_name(status: HTTPStatus) -> str:
    name: str = front_body(status)["type"]
    return name


def _front_response(status: HTTPStatus) -> dict[str, Any]:
    """What API Gateway answers with this status, as infra/generated/api.yaml tells it to."""
    more = {"Retry-After": ""} if status == HTTPStatus.TOO_MANY_REQUESTS else {}
    samples = {"X-Request-Id": "", "Access-Control-Allow-Origin": "*", **SECURE, **more}
    examples = {_front_name(status): {"value": front_body(status)}}
    return {
        "description": _FRONT[status],
        "content": {JSON: {"schema": {"$ref": HERE + "FrontError"}, "examples": examples}},
        "headers": {name: _header(name, sample) for name, sample in sorted(samples.items())},
    }


def _either(own: Mapping[str, Any], front: Mapping[str, Any]) -> dict[str, Any]:
    """The response of a route to a status that API Gateway answers too."""
    ours, theirs = own.get("content", {}), front["content"][JSON]
    if JSON in ours:
        examples = ours[JSON]["examples"] | theirs["examples"]
        theirs = {"schema": {"anyOf": [ours[JSON]["schema"], theirs["schema"]]}, "examples": examples}
    return {
        "description": f"{own['description']} {front['description']}",
        "content": {**ours, JSON: theirs},
        "headers": front["headers"] | own["headers"],
    }
