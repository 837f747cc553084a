"""Calls routes with API Gateway's event, and workers with that of their source."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from edge.entry import Entry
from edge.sizes import MOST_PAYLOAD, fits, payload_size
from edge.worker import WorkerEntry
from muster.generate.render_api import front_body
from tests.harness import documents
from tests.harness.canary import watch_secrets_in

SOURCE = "203.0.113.9"


@dataclass(frozen=True)
class Response:
    """A response as the client reads it: decoded and unpacked."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    encoding: str | None

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Context:
    """The context that Lambda passes to a handler with the event."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:test"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def percent_encoded(text: str) -> str:
    """A path's value with each byte as an escape, as a client may send it."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def event(
    method: str,
    resource: str,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str | Sequence[str]] | None = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    source: str = SOURCE,
) -> dict[str, Any]:
    """A REST-API (version 1) proxy event. A parameter of the query that is repeated has a list of values.

    As on AWS, the path and its values are percent-encoded; here each character is, so that nothing works which forgets to decode.
    """
    full, encoded = resource, {}
    values = {name: [value] if isinstance(value, str) else list(value) for name, value in (query or {}).items()}
    for name, value in (path or {}).items():
        greedy = f"{{{name}+}}" in resource
        encoded[name] = "/".join(map(percent_encoded, value.split("/"))) if greedy else percent_encoded(value)
        full = full.replace(f"{{{name}+}}" if greedy else f"{{{name}}}", encoded[name])
    return {
        "resource": resource,
        "path": full,
        "httpMethod": method,
        "headers": dict(headers or {}) or None,
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()} or None,
        "queryStringParameters": {name: each[-1] for name, each in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": encoded or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": full,
            "stage": "live",
            "requestId": "11111111-2222-4333-8444-555555555555",
            "identity": {"sourceIp": source},
        },
        "body": None if body is None else base64.b64encode(body).decode(),
        "isBase64Encoded": body is not None,
    }


def sent_as(event: Mapping[str, Any], **values: str) -> dict[str, Any]:
    """The event with these path values as a client encoded them, or did not."""
    path = event["resource"]
    for name, value in (parameters := {**event["pathParameters"], **values}).items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    return {**event, "path": path, "pathParameters": parameters, "requestContext": {**event["requestContext"], "path": path}}


def answered(response: Mapping[str, Any]) -> Response:
    """A function's response as the client gets it: 502 in place of one that Lambda does not carry."""
    if not fits(response):
        return refused(502)
    content = base64.b64decode(response["body"]) if response.get("isBase64Encoded") else response["body"].encode()
    headers = {**response["headers"]}
    encoding = headers.get("Content-Encoding")
    content = gzip.decompress(content) if encoding == "gzip" else content
    watch_secrets_in(content.decode(errors="replace"))
    return Response(response["statusCode"], headers, content, encoding)


def refused(status: int) -> Response:
    """The answer of API Gateway in place of a function's."""
    return Response(status, {"Content-Type": "application/json"}, json.dumps(front_body(HTTPStatus(status))).encode(), None)


def event_of(
    entry: Entry,
    path: Mapping[str, str] | None = None,
    *,
    key: str | None = None,
    body: Any = None,
    query: Mapping[str, str | Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    source: str = SOURCE,
) -> dict[str, Any]:
    """The event of a call. Bytes are sent as they are, any other body as JSON."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    all_headers = {**({"X-API-KEY": key} if key else {}), **({"Content-Type": "application/json"} if sent else {}), **(headers or {})}
    return event(entry.route.method, entry.route.resource, path=path, query=query, body=sent, headers=all_headers, source=source)


def call(entry: Entry, path: Mapping[str, str] | None = None, **given: Any) -> Response:
    """Call a route with the arguments of `event_of`; the call is checked against the OpenAPI document."""
    return serve(entry, event_of(entry, path, **given))


def serve(entry: Entry, event: Mapping[str, Any]) -> Response:
    """A route's response to an event; both are checked against the OpenAPI document.

    As on AWS, an event that is too large is 413, and an answer that is too large or comes too late 502.
    """
    if payload_size(event) > MOST_PAYLOAD:
        return refused(413)
    started = time.perf_counter()
    answer = answered(entry(event, Context()))
    if answer.status == 502 or time.perf_counter() - started > entry.route.timeout:
        return refused(502)
    documents.check(entry.route, event, answer.status, answer.headers, answer.content)
    return answer


class CallFails(Exception):
    """What Lambda would not have carried out: the source delivers everything in the event again."""


def invoke(entry: WorkerEntry, event: Mapping[str, Any]) -> Any:
    """A worker's answer to an event. As on AWS, neither is larger than Lambda carries, and the answer comes in time, or CallFails."""
    started = time.perf_counter()
    if payload_size(event) > MOST_PAYLOAD:
        raise CallFails("the source would deliver these records in several events")
    answer = entry(event, Context())
    if payload_size(answer) > MOST_PAYLOAD:
        raise CallFails(f"the answer has more than {MOST_PAYLOAD} bytes")
    if time.perf_counter() - started >= entry.worker.timeout:
        raise CallFails(f"timed out after {entry.worker.timeout} seconds")
    return answer
