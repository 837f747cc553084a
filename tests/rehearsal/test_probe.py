"""The probe takes one kind of rows of one action out of a policy."""

from __future__ import annotations

from typing import Any

from fleet.grants import Grant
from muster.entries import routes
from muster.rehearse.probe import ACTION, PATTERN, ROUTE, without

LOGS = {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "logs"}


def _on_rows(actions: list[str], *patterns: str) -> dict[str, Any]:
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [*patterns]}, "Null": {"dynamodb:LeadingKeys": "false"}}
    return {"Effect": "Allow", "Action": actions, "Resource": "Fleet", "Condition": condition}


def test_other_rows_and_other_actions_stay() -> None:
    policy = [LOGS, _on_rows(["dynamodb:PutItem", "dynamodb:Query"], "A#*", "B#*")]
    less = without(policy, "dynamodb:PutItem", "A#*")
    assert less == [LOGS, _on_rows(["dynamodb:Query"], "A#*", "B#*"), _on_rows(["dynamodb:PutItem"], "B#*")]
    assert policy == [LOGS, _on_rows(["dynamodb:PutItem", "dynamodb:Query"], "A#*", "B#*")]


def test_an_action_without_rows_is_not_granted() -> None:
    assert without([LOGS, _on_rows(["dynamodb:PutItem"], "A#*")], "dynamodb:PutItem", "A#*") == [LOGS]


def test_what_is_not_there_is_not_taken_out() -> None:
    policy = [LOGS, _on_rows(["dynamodb:PutItem"], "A#*")]
    assert without(policy, "dynamodb:Query", "A#*") == policy
    assert without(policy, "dynamodb:PutItem", "A#") == policy


def test_the_probed_route_has_what_is_taken_from_it() -> None:
    (probed,) = [entry.route for entry in routes() if entry.route.name == ROUTE]
    assert Grant("FleetTable", ACTION, PATTERN) in probed.grants
    assert len([grant for grant in probed.grants if grant.action == ACTION]) > 1, "its credential must be read still"
