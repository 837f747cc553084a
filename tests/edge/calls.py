"""Calls of the APIs of these tests through the event of API Gateway, and routes that answer with what they read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from edge.answer import Answer
from edge.api import Api
from edge.dialect import json_answer
from edge.entry import Entry
from edge.fallback import Fallback
from edge.request import Call
from edge.route import PUBLIC
from edge.shape import Upload
from edge.words import plain
from fleet.errors import FleetError, Invalid
from tests.harness.call import Context, Response, answered, event

Query = Mapping[str, str | Sequence[str]]


def ask(
    entry: Entry | Fallback,
    *values: str,
    method: str | None = None,
    resource: str | None = None,
    card: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    media_type: str | None = "application/json",
    **more: Any,
) -> Response:
    """Call a route or a fallback; `values` are those of the path's variables. A body that is not bytes is sent as JSON."""
    if isinstance(entry, Entry):
        method, resource = method or entry.route.method, resource or entry.route.resource
    assert method
    assert resource
    path = dict(zip(variables(resource), values, strict=True))
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    own = {"Authorization": f"Bearer {card}"} if card else {}
    typed = {"Content-Type": media_type} if sent is not None and media_type is not None else {}
    return answered(entry(event(method, resource, path=path, body=sent, headers={**own, **typed, **(headers or {})}, **more), Context()))


def variables(resource: str) -> list[str]:
    """The names in braces."""
    return [part[1:-1] for part in resource.split("/") if part.startswith("{")]


def echo(api: Api, **options: Any) -> Entry:
    """A public route that takes a `body` or a `query` of this shape and answers with the members that were sent."""
    parts: dict[str, Any] = {name: options.pop(name) for name in ("body", "query") if name in options}

    def view(call: Call, **read: Any) -> Answer:
        return json_answer(200, {name: shown(value) for name, value in read.items()})

    def view_body(call: Call, body: Any) -> Answer:
        return view(call, body=body)

    def view_query(call: Call, query: Any) -> Answer:
        return view(call, query=query)

    chosen = view_body if "body" in parts else view_query
    chosen.__annotations__ = parts
    method = "POST" if "body" in parts else "GET"
    return api.route(method, "/echo", "echo", scope=PUBLIC, **options)(chosen)


def shown(value: Any) -> Any:
    """A value as JSON: of a shape the members that were sent, of a file its name, type and content."""
    if isinstance(value, Upload):
        return [value.name, value.media_type, value.content.decode()]
    if isinstance(value, BaseModel):
        return {name: shown(getattr(value, name)) for name in value.model_fields_set}
    if isinstance(value, list):
        return list(map(shown, value))
    return {name: shown(each) for name, each in value.items()} if isinstance(value, dict) else value


def problems_of(error: FleetError, status: int) -> dict[str, Any]:
    """An `error_body` that shows everything that the toolkit knows of each problem."""
    details = error.details if isinstance(error, Invalid) else ()
    problems = [
        {"place": each.place, "kind": each.kind, "context": each.context if each.kind != "value_error" else {}, "text": plain(each)}
        for each in details
    ]
    return {"error": type(error).__name__, "problems": problems}


def kinds(answer: Response) -> list[tuple[list[str | int], str]]:
    """The place and the kind of each problem in a response of 400."""
    assert answer.status == 400, answer.content
    return [(each["place"], each["kind"]) for each in answer.json["problems"]]


def part(name: str, content: bytes = b"x", filename: str | None = None, media_type: str | None = None, extra: str = "") -> bytes:
    """A part of a multipart body whose boundary is `cut`."""
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    typed = f"\r\nContent-Type: {media_type}" if media_type else ""
    return f"{head}{typed}{extra}\r\n\r\n".encode() + content + b"\r\n"


CUT = "multipart/form-data; boundary=cut"
END = b"--cut--\r\n"
