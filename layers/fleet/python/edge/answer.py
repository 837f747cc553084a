"""Answers, and how they become what API Gateway takes."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar

from edge.sizes import fits

R = TypeVar("R")
JSON = "application/json"
SECURE = {"X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000"}
"""Headers of every answer: a browser takes it for nothing but its content type, and comes back over TLS alone."""
WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


@dataclass(frozen=True)
class Answer:
    """A response. Without a content type it has no body."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_status(self, status: int) -> Answer:
        return Answer(status, self.body, self.content_type, self.headers)

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        return Answer(self.status, self.body, self.content_type, {**self.headers, **headers})

    def to_response(self) -> dict[str, Any]:
        """The proxy response, for `pack`."""
        return {"statusCode": self.status, "headers": self.all_headers(), "body": self.body}

    def all_headers(self) -> dict[str, str]:
        return dict(self.headers) | ({"Content-Type": self.content_type} if self.content_type else {})


@dataclass(frozen=True)
class Reply(Generic[R]):
    """A view's result with another of its route's statuses than the usual one, or with headers of its own."""

    shape: R
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=64)  # clients send few different values
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header names gzip, or else anything, with a weight above zero (RFC 9110, 12.4.2 and 12.5.3)."""
    weights = dict(_weighted(part) for part in accept_encoding.lower().split(","))
    return weights.get("gzip", weights.get("*", 0)) > 0


def _weighted(part: str) -> tuple[str, float]:
    """A content coding and its weight: 1 without one, 0 for a malformed one."""
    coding, separator, parameter = (text.strip(" \t") for text in part.partition(";"))
    weight = WEIGHT.fullmatch(parameter)
    return coding, float(weight[1]) if weight else 0 if separator else 1


def pack(response: dict[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """A proxy response as API Gateway takes it for the request of this event. The answer to HEAD is that to GET without its body."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    packed = _packed(response, headers.get("accept-encoding", ""))
    return packed | {"body": "", "isBase64Encoded": False} if event["requestContext"]["httpMethod"] == "HEAD" else packed


def _packed(response: dict[str, Any], accept_encoding: str) -> dict[str, Any]:
    """Turn the bytes of a proxy response into text or base64: JSON is compressed for who asks, the rest passes as it is.

    What would be too large compressed, as little text is, is sent as it is.
    """
    body: bytes = response["body"] if isinstance(response["body"], bytes) else response["body"].encode()  # Chalice's own are text
    headers = response["headers"]
    is_json = headers.get("Content-Type", "").startswith(JSON)
    if is_json:
        headers["Vary"] = "Accept-Encoding"
    if body and is_json and accepts_gzip(accept_encoding):
        compressed = {"body": _base64(gzip.compress(body, 6, mtime=0)), "isBase64Encoded": True}
        packed = response | compressed | {"headers": {**headers, "Content-Encoding": "gzip"}}
        if fits(packed):
            return packed
    if is_json or not body:
        return response | {"body": body.decode(), "isBase64Encoded": False}
    return response | {"body": _base64(body), "isBase64Encoded": True}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
