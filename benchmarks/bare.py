"""The bare calls: what a route asks of AWS, asked by boto3 alone. Standard library and boto3 only: cold starts are measured with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Call = tuple[str, str, dict[str, Any], bool]
"""Service, operation, parameters, and whether it is a URL that is signed and not a request."""


def asker(calls: Iterable[Call]) -> Callable[[], None]:
    """Something that makes these calls, with one plain client for each service."""
    import boto3
    from botocore import xform_name
    from botocore.exceptions import ClientError

    clients: dict[str, Any] = {}
    prepared: list[tuple[Any, tuple[str, ...], dict[str, Any]]] = []
    for service, operation, params, presigned in calls:
        client = clients.get(service) or clients.setdefault(service, boto3.client(service))
        name = xform_name(operation)
        if presigned:
            prepared.append((client.generate_presigned_url, (name,), {"Params": params}))
        else:
            prepared.append((getattr(client, name), (), params))

    def ask() -> None:
        for method, positional, named in prepared:
            try:
                method(*positional, **named)
            except ClientError:
                continue  # a condition that fails is an answer too

    return ask
