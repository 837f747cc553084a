"""Repairs of the condition keys of MiniStack 1.5.33's policies: secure transport and the principal."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

A_ROLE = ":assumed-role/"


def conditions() -> None:
    """Treat loopback requests as encrypted, since our templates demand TLS; match a role's session to the role."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        if key.lower() == "aws:securetransport":
            return "true"
        found = resolve(key, context)
        return _role(found) if key.lower() == "aws:principalarn" and A_ROLE in found else found

    iam_evaluator._resolve_condition_key = resolve_key


def _role(session: str) -> str:
    name = session.partition(A_ROLE)[2].partition("/")[0]
    role = iam._roles.get(name)
    return str(role["Arn"]) if role else session


def apply() -> None:
    conditions()
