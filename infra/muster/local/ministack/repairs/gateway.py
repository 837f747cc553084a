"""Repairs of MiniStack 1.5.33's API Gateway: the whole OpenAPI definition is imported, and events and responses are as on AWS."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack import app
from ministack.core.responses import get_request_client_ip
from ministack.services import apigateway_v1

_ANY = "x-amazon-apigateway-any-method"
_FRONT = "x-amazon-apigateway-gateway-responses"
_BINARY = "x-amazon-apigateway-binary-media-types"
_LARGEST = 6 * 1024 * 1024
"""Largest response of a function, in bytes."""


def openapi() -> None:
    """Import ANY methods, mock integrations and gateway responses, and binary media types."""
    operation, whole = apigateway_v1._import_operation, apigateway_v1._import_rest_api

    def import_operation(api: str, resource: str, method: str, *more: Any) -> None:
        operation(api, resource, "ANY" if method.lower() == _ANY else method, *more)

    def import_definition(definition: Mapping[str, Any], data: Mapping[str, Any] | None = None) -> Any:
        given = dict(data or {})
        types = given.get("binaryMediaTypes") or definition.get(_BINARY) or []
        given["binaryMediaTypes"] = [name.replace("~1", "/") for name in types]
        api = whole(definition, given)
        for kind, answer in definition.get(_FRONT, {}).items():
            apigateway_v1._put_gateway_response(api, kind, answer)
        return api

    apigateway_v1._OPENAPI_HTTP_METHODS = {*apigateway_v1._OPENAPI_HTTP_METHODS, _ANY}
    apigateway_v1._import_operation, apigateway_v1._import_rest_api = import_operation, import_definition


def path() -> None:
    """The path and its values are percent-encoded in events, as the client sent them."""
    handle = app._handle_execute_api_request

    def handle_raw(host: str, path: str, *given: Any, raw_path: str | None = None, **named: Any) -> Any:
        return handle(host, raw_path or path, *given, raw_path=raw_path, **named)

    app._handle_execute_api_request = handle_raw


def event() -> None:
    """Events: the last value of a repeated query parameter, the peer as source address, and the headers that the gateway adds."""
    build = apigateway_v1._build_lambda_event_v1

    def build_event(*given: Any, **named: Any) -> Any:
        api, stage, settings, resource, path, method, headers, body, query, values = given
        peer = get_request_client_ip()
        earlier = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
        added = {"x-forwarded-for": ", ".join([*earlier, peer]), "x-forwarded-proto": "https", "x-forwarded-port": "443"}
        made = build(api, stage, settings, resource, path, method, {**headers, **added}, body, query, values, **named)
        del made["version"]
        made["queryStringParameters"] = {name: each[-1] for name, each in query.items()} if query else None
        made["requestContext"]["identity"]["sourceIp"] = peer
        return made

    apigateway_v1._build_lambda_event_v1 = build_event


def answer() -> None:
    """A function that failed, or returned something other than a response, is a 502 without details."""
    shape, matches = apigateway_v1._lambda_proxy_response, apigateway_v1._media_type_matches

    def shape_response(result: Mapping[str, Any]) -> Any:
        if result.get("throttle") or (not result.get("error") and _is_response(result.get("body"))):
            return shape(result)
        return None, "Internal server error"

    def match_first(given: str | None, types: list[str] | None) -> bool:
        return "*/*" in (types or []) or bool(matches((given or "").partition(",")[0], types))

    apigateway_v1._lambda_proxy_response, apigateway_v1._media_type_matches = shape_response, match_first


def _is_response(body: Any) -> bool:
    try:
        response = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return False
    if not isinstance(response, dict) or not str(response.get("statusCode", "")).isdigit():
        return False
    content = response.get("body") or ""
    return isinstance(content, str) and len(content) <= _LARGEST


def apply() -> None:
    openapi()
    path()
    event()
    answer()
