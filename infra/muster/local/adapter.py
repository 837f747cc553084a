"""A WSGI application that does what API Gateway does: it makes the proxy event of a REST API and calls the entry."""

from __future__ import annotations

import base64
import json
import logging
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from edge.entry import Entry
from edge.fallback import Fallback
from edge.sizes import MOST_PAYLOAD, fits, payload_size
from fleet.times import unix_ms
from muster.local.context import Context, result_in_time
from muster.local.paths import Match, Paths
from muster.paths import deployed_paths

STAGE = "local"
MAX_BODY = 10 * 1024 * 1024
"""Bytes that API Gateway takes."""
MOST_SECONDS = 29
"""Seconds that API Gateway waits for a function."""
THREADS = 64
"""The most calls at a time, those included that are over and have not noticed yet."""
Start = Callable[[str, list[tuple[str, str]]], object]


class Copies:
    """A route that may be called by several threads: a Chalice app serves one request at a time, so each call has a copy."""

    def __init__(self, entry: Entry) -> None:
        self._entry, self._idle = entry, deque([entry])
        self.timeout = entry.route.timeout

    def __call__(self, event: Any, context: Any) -> Any:
        try:
            copy = self._idle.pop()
        except IndexError:
            copy = self._entry.copy()
        try:
            return copy(event, context)
        finally:
            self._idle.append(copy)


class _NoAnswer(Exception):
    """The function is still at work when API Gateway waits no longer."""


class Gateway:
    """The API: every route, and for the rest the fallback of the dialect whose path it is, by the prefixes of its paths."""

    def __init__(self, routes: Sequence[Entry], fallbacks: Mapping[str, Fallback], patience: float = MOST_SECONDS) -> None:
        at = deployed_paths(resource for entry in routes for resource in entry.route.resources)
        places = [(at[resource], entry) for entry in routes for resource in entry.route.resources]
        copies = {id(entry): Copies(entry) for entry in routes}
        self._routes: dict[tuple[str, str], Copies] = {(at, method): copies[id(e)] for at, e in places for method in e.methods}
        dialects = {fallback.dialect.name: fallback for fallback in fallbacks.values()}
        self._rest: dict[str, Fallback] = {at: dialects[e.route.dialect] for at, e in places if e.route.dialect in dialects}
        for prefix, fallback in fallbacks.items():
            for resource in (prefix, f"{prefix}/{{proxy+}}"):
                self._rest.setdefault(resource, fallback)
        self._paths, self._patience = Paths(list(self._rest)), patience
        self._functions = ThreadPoolExecutor(THREADS, thread_name_prefix="function")

    def __call__(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        status, headers, body = self._answer(environ)
        start(f"{status} {_phrase(status)}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, environ: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
        if int(environ.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            return _neutral(413, "Request body is too large")
        path, query = _target(environ["REQUEST_URI"])
        match = self._paths.match(path)
        if match is None:
            return _neutral(404, "Nothing is here")
        event = make_event(environ, match, path, query)
        if payload_size(event) > MOST_PAYLOAD:
            return _neutral(413, "Request body is too large")
        try:
            response = self._call(self._routes.get((match.resource, environ["REQUEST_METHOD"])) or self._rest[match.resource], event)
            if not fits(response):
                raise ValueError(f"the answer has more than {MOST_PAYLOAD} bytes")
            return _unpack(response)
        except _NoAnswer:
            return _neutral(504, "Endpoint request timed out")
        except Exception as error:  # what leaves a function is no answer: API Gateway says so, and tells no more
            logging.getLogger("muster").error("%s failed: %r", match.resource, error)
            return _neutral(502, "Internal server error")

    def _call(self, function: Copies | Fallback, event: Mapping[str, Any]) -> Any:
        """A function's response. RuntimeError when it takes longer than its timeout, _NoAnswer when API Gateway does not wait that long."""
        context = Context(event["resource"], function.timeout)
        call = self._functions.submit(context.run, function, event)
        if function.timeout > self._patience and not wait([call], self._patience).done:
            raise _NoAnswer
        return result_in_time(call, function.timeout)


def _target(uri: str) -> tuple[str, str]:
    """The path and the query of a request's target, undecoded. A path may begin with two slashes, which no URL parser takes for a path."""
    if uri.startswith("/"):
        path, _, query = uri.partition("#")[0].partition("?")
        return path, query
    target = urlsplit(uri)
    return target.path, target.query


def make_event(environ: Mapping[str, Any], match: Match, path: str, query_string: str) -> dict[str, Any]:
    """The version 1 proxy event. The source address is the peer's, whatever headers say; every body is binary.

    The path and its values are percent-encoded as they were sent, the query is decoded.
    """
    headers = _headers(environ)
    query = parse_qs(query_string, keep_blank_values=True)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return {
        "resource": match.resource,
        "path": "/" + path.lstrip("/"),
        "httpMethod": environ["REQUEST_METHOD"],
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(match.values) or None,
        "stageVariables": None,
        "requestContext": _request_context(environ, match.resource, path),
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def _request_context(environ: Mapping[str, Any], resource: str, path: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    host = environ.get("HTTP_HOST", "localhost").rpartition(":")[0] or environ.get("HTTP_HOST", "localhost")
    return {
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "extendedRequestId": uuid.uuid4().hex[:16],
        "httpMethod": environ["REQUEST_METHOD"],
        "identity": {"sourceIp": environ["REMOTE_ADDR"], "userAgent": environ.get("HTTP_USER_AGENT")},
        "path": path,
        "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        "requestId": str(uuid.uuid4()),
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": unix_ms(now),
        "resourceId": resource,
        "resourcePath": resource,
        "stage": STAGE,
    }


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """The headers with the names that a browser would write, and those that the gateway adds."""
    headers = {_title(name[5:]): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers |= {_title(name): environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    passed = [value for value in (headers.get("X-Forwarded-For"), environ["REMOTE_ADDR"]) if value]
    return headers | {
        "X-Forwarded-For": ", ".join(passed),
        "X-Forwarded-Port": str(environ.get("SERVER_PORT", "80")),
        "X-Forwarded-Proto": environ.get("wsgi.url_scheme", "http"),
    }


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("_"))


def _unpack(response: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = list((response.get("headers") or {}).items())
    headers += [(name, value) for name, values in (response.get("multiValueHeaders") or {}).items() for value in values]
    text = response.get("body") or ""
    return int(response["statusCode"]), headers, base64.b64decode(text) if response.get("isBase64Encoded") else text.encode()


def _neutral(status: int, message: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """What no API answers: one body with the members of all their error forms."""
    phrase = _phrase(status)
    body = {"statusCode": status, "error": phrase, "message": message, "detail": message, "type": phrase.replace(" ", "")}
    return status, [("Content-Type", "application/json")], json.dumps(body).encode()


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
