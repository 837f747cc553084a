"""Repair of MiniStack 1.5.33's policies: who sends a mail by SES's second API needs permission for the sender's identity, and
`ses:FromAddress` is the sender. It asks for permission for everything, and gives the condition no value.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator

_sender: ContextVar[str] = ContextVar("sender", default="")


def identity() -> None:
    """Name the sender's identity as the resource of a mail, and remember the sender while the permissions are checked."""
    resource = iam_actions._ses_v2_resource_arn

    def resource_of(method: str, path: str, body: bytes, region: str, account: str) -> Any:
        if (method, path.rstrip("/")) != ("POST", "/v2/email/outbound-emails"):
            return resource(method, path, body, region, account)
        _sender.set(json.loads(body).get("FromEmailAddress", ""))
        return f"arn:aws:ses:{region}:{account}:identity/{_sender.get()}"

    iam_actions._ses_v2_resource_arn = resource_of


def condition() -> None:
    """Give the condition key its value."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        return (_sender.get() or None) if key.lower() == "ses:fromaddress" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_key


def apply() -> None:
    identity()
    condition()
