"""Records the first call of each route in a container: the event, its AWS requests, and their responses."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from edge.entry import Entry
from fleet.aws import clients
from fleet.grants import closure
from fleet.identity import authenticate
from tests.harness.aws import forget
from tests.harness.call import Context
from tests.suite.cost import measured_world
from tests.suite.routes import every_route
from tests.suite.world import World

_HEADERS = ("content-type", "x-amz-crc32", "x-amzn-requestid")
_NOT_RECORDED = ("PYTHON", "PYTEST", "AWS_EXECUTION_ENV")
"""Chalice adds itself to the last whenever a module creates an app. With fifty in one process it becomes a kilobyte, which only
the plain boto3 of the baseline would put together and send with each request."""


@dataclass(frozen=True)
class AwsCall:
    """A call of boto3: a request, or a `presigned` URL."""

    service: str
    operation: str
    params: Mapping[str, Any]
    presigned: bool


@dataclass(frozen=True)
class Reply:
    """A response of AWS. `kind` and `digest` identify its request."""

    kind: str
    digest: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Tape:
    """Records the requests of clients that a boto3 session creates from now on."""

    calls: list[AwsCall] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    _digest: str = ""

    def listen(self, session: Any) -> None:
        session.events.register("provide-client-params.*.*", self._asking)
        session.events.register("before-send.*.*", self._sending)
        session.events.register("before-parse.*.*", self._received)

    def _asking(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        self.calls.append(AwsCall(model.service_model.service_name, model.name, dict(params), "is_presign_request" in context))

    def _sending(self, request: Any, **_: Any) -> None:
        self._digest = digest(_content(request.body))

    def _received(self, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        headers = {name: value for name, value in response_dict["headers"].items() if name.lower() in _HEADERS}
        protocol = operation_model.service_model.protocol
        kind = operation_model.http["method"] if protocol == "rest-xml" else operation_model.name
        self.replies.append(Reply(kind, self._digest, response_dict["status_code"], headers, response_dict["body"]))


def _content(body: Any) -> bytes | str:
    """The body of a request: uploads to S3 are read while they are sent."""
    if not hasattr(body, "read"):
        return body or b""
    content: bytes = body.read()
    body.seek(0)
    return content


def digest(body: bytes | str) -> str:
    return hashlib.sha256(body if isinstance(body, bytes) else body.encode()).hexdigest()


@dataclass(frozen=True)
class Recording:
    """A recorded call that can be replayed in another process, without AWS."""

    name: str
    module: str
    status: int
    layers: tuple[str, ...]
    hashes: bool
    """Whether the route hashes a password, which is slow on purpose."""
    event: Mapping[str, Any]
    environment: Mapping[str, str]
    calls: tuple[AwsCall, ...]
    replies: tuple[Reply, ...]


def record(world: World) -> list[Recording]:
    """Record each route's valid call."""
    return [_recorded(world, entry) for entry in every_route()]


def _recorded(world: World, entry: Entry) -> Recording:
    with measured_world(world) as (calling, _):
        event = calling.event(entry)
    return record_call(entry.route.name, entry, event, measured_world(world))


def record_call(name: str, entry: Entry, event: Mapping[str, Any], during: AbstractContextManager[object] | None = None) -> Recording:
    """Record a call of a route under a name. `during` is entered with the clients that make the call."""
    tape = Tape()
    clients.forget()
    forget()
    tape.listen(clients.session())
    with during or nullcontext():
        answer = entry(event, Context())
    route = entry.route
    assert answer["statusCode"] == route.status, (name, answer)
    variables = {name: value for name, value in os.environ.items() if name.isupper() and not name.startswith(_NOT_RECORDED)}
    return Recording(
        name=name,
        module=entry.view.__module__,
        status=route.status,
        layers=tuple(sorted(route.layers)),
        hashes=hashes(entry),
        event=event,
        environment=variables,
        calls=tuple(tape.calls),
        replies=tuple(tape.replies),
    )


def hashes(entry: Entry) -> bool:
    """Whether a route imports password hashing."""
    return any(function.__module__ == authenticate.__name__ for function in closure(entry.route.uses))
