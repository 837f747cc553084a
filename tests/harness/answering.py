"""An AWS that answers every request of a service with one error. The AWS in memory does what it was asked all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse


class _Raw:
    """The body of a response, as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@contextmanager
def answering(client: Any, status: int, code: str) -> Iterator[list[str]]:
    """This client gets an error of this status and code for whatever it asks; yields the methods of the requests that it sends."""
    service, asked = client.meta.service_model.service_name, list[str]()
    xml = f"<Error><Code>{code}</Code><Message>no</Message></Error>" if service == "s3" else '{"message": "no"}'

    def answer(request: Any, **_: Any) -> AWSResponse:
        asked.append(request.method)
        headers: Any = {"x-amzn-ErrorType": code}
        return AWSResponse(request.url, status, headers, _Raw(xml.encode()))

    client.meta.events.register_first("before-send.*.*", answer, unique_id="answering")
    try:
        yield asked
    finally:
        client.meta.events.unregister("before-send.*.*", unique_id="answering")
