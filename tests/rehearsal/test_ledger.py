"""The ledger's findings: denied actions and unused grants."""

from __future__ import annotations

import json
from pathlib import Path

from muster.rehearse.ledger import Entry, Finding, Grant, findings, read

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


def test_a_file_of_the_ledger_is_read_by_role(tmp_path: Path) -> None:
    line = {"role": "arn:aws:sts::000000000000:assumed-role/GetRole/get", "action": "kms:Decrypt", "resource": "key", "decision": "allowed"}
    (tmp_path / "ledger.jsonl").write_text(json.dumps(line) + "\n")
    assert read(tmp_path / "ledger.jsonl") == [Entry("GetRole", "kms:Decrypt", "key", True)]
    assert read(tmp_path / "none.jsonl") == []
