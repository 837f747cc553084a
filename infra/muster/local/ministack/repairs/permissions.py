"""Repairs of MiniStack 1.5.33's permissions, and the ledger: each role's permission checks and their decisions.

LEDGER is a file with a line of JSON for each distinct combination of role, action, resource, partition keys and decision.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id

from .conditions import A_ROLE
from .leading_keys import requested

_BATCHES = {"sqs:SendMessageBatch", "sqs:DeleteMessageBatch", "sqs:ChangeMessageVisibilityBatch"}


def sqs_batch() -> None:
    """Authorize a batch of messages by the permission for the single action."""
    extract = iam_actions.extract_iam_action

    def extract_single(*request: Any) -> Any:
        action = extract(*request)
        return action.removesuffix("Batch") if action in _BATCHES else action

    iam_actions.extract_iam_action = extract_single


def ledger() -> None:
    """Log each check of a role's permissions."""
    path, enforce = Path(os.environ.pop("LEDGER")), iam_evaluator.enforce
    seen: set[str] = set()

    def enforce_and_log(key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None) -> Any:
        denied = enforce(key, action, service, region, resource_arn=resource_arn, service_context=service_context)
        who = str(getattr(iam_evaluator.resolve_principal(key or "", get_account_id()), "arn", ""))
        row = {"role": who, "action": action, "resource": resource_arn, "decision": "denied" if denied else "allowed"}
        line = json.dumps(row | {"keys": requested(action, resource_arn)}) if A_ROLE in who else ""
        if line and line not in seen:
            seen.add(line)
            with path.open("a") as file:
                file.write(f"{line}\n")
        return denied

    iam_evaluator.enforce = enforce_and_log


def apply() -> None:
    sqs_batch()
    ledger()
