"""Repair of MiniStack 1.5.33's policies: `dynamodb:LeadingKeys`, which it gives no value to, is taken from the request."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from .partition_keys import leading_keys

_body: ContextVar[bytes] = ContextVar("body", default=b"")


def requested(action: str, resource_arn: str) -> list[str]:
    """The partition keys that the request whose permissions are being checked names of a table; none for another kind of resource."""
    return leading_keys(action, resource_arn.rpartition("/")[2], json.loads(_body.get() or b"{}"))


def bodies() -> None:
    """Remember the body of a request while its permissions are checked, which happens in its own task."""
    extract = iam_actions.extract_iam_action

    def extract_and_remember(service: str, method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        _body.set(body if service == "dynamodb" else b"")
        return extract(service, method, path, headers, body, query)

    iam_actions.extract_iam_action = extract_and_remember


def condition() -> None:
    """Give the condition key its values; none where the request names no partition key, as a scan."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        if key.lower() != "dynamodb:leadingkeys":
            return resolve(key, context)
        return requested(context.action, context.resource_arn) or None

    iam_evaluator._resolve_condition_key = resolve_key


def apply() -> None:
    bodies()
    condition()
