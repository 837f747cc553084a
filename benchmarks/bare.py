"""The baseline: a route's AWS calls, made by boto3 alone. Standard library and boto3 only, since cold starts are measured with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Call = tuple[str, str, dict[str, Any], bool]
"""Service, operation, parameters, and whether it is a presigned URL instead of a request."""


def baseline(calls: Iterable[Call]) -> Callable[[], None]:
    """A function that makes these calls, with one plain client for each service."""
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
                continue  # a failed condition is a valid answer

    return ask
