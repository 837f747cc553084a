"""A probe of what is enforced: without one kind of rows in one deployed policy, that route alone must answer otherwise than before."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import boto3

from muster.generate.resources import LEADING_KEYS
from muster.rehearse.world import World

ROUTE, ACTION, PATTERN = "get_organization", "dynamodb:BatchGetItem", "ORG#????????????????????????"
"""What is taken out, of a route that reads its credential by the same action."""


def without(statements: Iterable[Mapping[str, Any]], action: str, pattern: str) -> list[dict[str, Any]]:
    """The statements of a policy without one pattern of rows of one action; other actions keep it."""
    found: list[dict[str, Any]] = []
    for statement in copy.deepcopy([dict(each) for each in statements]):
        patterns = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get(LEADING_KEYS, [])
        if action not in statement["Action"] or pattern not in patterns:
            found.append(statement)
            continue
        if others := [each for each in statement["Action"] if each != action]:
            found.append({**copy.deepcopy(statement), "Action": others})
        patterns.remove(pattern)
        if patterns:
            found.append({**statement, "Action": [action]})
    return found


def differences(world: World, function: str) -> list[str]:
    """What is wrong with what the routes that read answer while the deployed function of the probe's route lacks the rows."""
    before = _statuses(world)
    with _lacking(function):
        after = _statuses(world)
    changed = {name: status for name, status in after.items() if status != before[name]}
    wrong = changed != {ROUTE: 500}
    return (
        [f"{ROUTE}: while it was not granted {ACTION} of {PATTERN}, what answered otherwise was: {changed or 'nothing'}"] if wrong else []
    )


def _statuses(world: World) -> dict[str, int]:
    return {name: world.call(name).status for name, entry in world.routes.items() if entry.route.method == "GET"}


@contextlib.contextmanager
def _lacking(function: str) -> Iterator[None]:
    """Take the rows out of the function's policy, and put them back."""
    iam = boto3.client("iam")
    role = boto3.client("lambda").get_function_configuration(FunctionName=function)["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    less = policy | {"Statement": without(policy["Statement"], ACTION, PATTERN)}
    try:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(less))
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
