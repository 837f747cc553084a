"""The ledger's findings: denied actions and unused grants, of tables by their rows."""

from __future__ import annotations

import json
from pathlib import Path

import boto3

from muster.rehearse.ledger import Entry, Finding, Grant, findings, grants_of, read
from tests.harness.recorder import Recorder

TABLE = "arn:aws:dynamodb:eu-west-1:000000000000:table/Fleet"
FILES = "arn:aws:s3:::files/logs"
ROLES = {"GetRole": "get_version"}


def _found(entries: list[Entry], granted: list[Grant]) -> list[Finding]:
    return list(findings(entries, ROLES, {"GetRole": granted}))


def test_what_is_used_as_granted_is_well() -> None:
    used = [Entry("GetRole", "dynamodb:Query", TABLE, True), Entry("GetRole", "s3:PutObject", f"{FILES}/GW/a.gz", True)]
    assert _found(used, [Grant("dynamodb:Query", TABLE), Grant("s3:PutObject", f"{FILES}/*")]) == []


def test_a_denied_action_is_told() -> None:
    denied = Entry("GetRole", "dynamodb:PutItem", TABLE, False)
    assert _found([denied], []) == [Finding("get_version", "was denied dynamodb:PutItem on table/Fleet")]


def test_a_grant_that_nothing_used_is_told_with_its_resource() -> None:
    used = [Entry("GetRole", "dynamodb:Query", TABLE, True), Entry("Other", "dynamodb:PutItem", TABLE, True)]
    granted = [Grant("dynamodb:Query", TABLE), Grant("dynamodb:PutItem", TABLE), Grant("dynamodb:DeleteItem", TABLE)]
    assert _found(used, granted) == [
        Finding("get_version", "is granted dynamodb:DeleteItem, dynamodb:PutItem on table/Fleet, which nothing used")
    ]


def test_a_denied_action_does_not_count_as_use() -> None:
    denied = Entry("GetRole", "s3:GetObject", f"{FILES}/GW/a.gz", False)
    assert len(_found([denied], [Grant("s3:GetObject", f"{FILES}/*")])) == 2


def _put(*keys: str, allowed: bool = True) -> Entry:
    return Entry("GetRole", "dynamodb:PutItem", TABLE, allowed, keys)


def _rows(*patterns: str) -> list[Grant]:
    return [Grant("dynamodb:PutItem", TABLE, pattern) for pattern in patterns]


def test_a_grant_on_rows_is_used_by_a_request_on_one_of_them() -> None:
    assert _found([_put("USER#1", "AUDIT#7")], _rows("AUDIT#*", "USER#?")) == []


def test_a_pattern_whose_rows_nothing_used_is_told() -> None:
    text = "is granted dynamodb:PutItem of TRIES#*, dynamodb:PutItem of USER#? on table/Fleet, which nothing used"
    assert _found([_put("AUDIT#7"), _put("USER#12")], _rows("AUDIT#*", "TRIES#*", "USER#?")) == [Finding("get_version", text)]


def test_a_denied_action_is_told_with_the_keys_that_are_not_granted() -> None:
    denied = [_put("AUDIT#7", "USER#1", "TUID#2", allowed=False), _put("AUDIT#7")]
    assert _found(denied, _rows("AUDIT#*")) == [Finding("get_version", "was denied dynamodb:PutItem of USER#1, TUID#2 on table/Fleet")]


def test_one_whose_keys_are_granted_by_several_statements_is_told_with_all() -> None:
    denied = _put("AUDIT#7", "USER#1", allowed=False)
    findings = _found([denied, _put("AUDIT#8"), _put("USER#1")], _rows("AUDIT#*", "USER#*"))
    assert findings == [Finding("get_version", "was denied dynamodb:PutItem of AUDIT#7, USER#1 on table/Fleet")]


def test_a_denied_request_without_a_key_is_told_as_that() -> None:
    denied = Entry("GetRole", "dynamodb:PutItem", TABLE, False)
    findings = _found([denied, _put("AUDIT#7")], _rows("AUDIT#*"))
    assert findings == [Finding("get_version", "was denied dynamodb:PutItem without a key on table/Fleet")]


def test_a_grant_of_a_policy_is_one_for_each_action_and_pattern_of_rows(aws_requests: Recorder) -> None:
    iam = boto3.client("iam")
    rows = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["AUDIT#*", "USER#?"]}, "Null": {"dynamodb:LeadingKeys": "false"}}
    statements = [
        {"Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:Query"], "Resource": TABLE, "Condition": rows},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{FILES}/*"},
    ]
    iam.create_role(RoleName="GetRole", AssumeRolePolicyDocument="{}")
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="GetRole", PolicyName="grants", PolicyDocument=document)
    on_table = [Grant(f"dynamodb:{action}", TABLE, pattern) for action in ("PutItem", "Query") for pattern in ("AUDIT#*", "USER#?")]
    assert grants_of("GetRole") == [*on_table, Grant("s3:PutObject", f"{FILES}/*")]


def test_a_file_of_the_ledger_is_read_by_role(tmp_path: Path) -> None:
    role = {"role": "arn:aws:sts::000000000000:assumed-role/GetRole/get", "decision": "allowed"}
    lines = [
        {**role, "action": "kms:Decrypt", "resource": "key", "keys": []},
        {**role, "action": "dynamodb:PutItem", "resource": TABLE, "keys": ["AUDIT#7", "USER#1"]},
    ]
    (tmp_path / "ledger.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert read(tmp_path / "ledger.jsonl") == [Entry("GetRole", "kms:Decrypt", "key", True), _put("AUDIT#7", "USER#1")]
    assert read(tmp_path / "none.jsonl") == []
