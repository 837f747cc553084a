"""The trimmed service descriptions: operations that grants allow, and their shapes."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.grants import Grant
from muster.build.descriptions import operations, service


def test_calls_follow_from_grants() -> None:
    grants = [Grant("FleetTable", "dynamodb:BatchGetItem"), Grant("FleetKey", "kms:Decrypt"), Grant("FleetKey", "kms:Decrypt")]
    assert operations(grants) == {"dynamodb": {"BatchGetItem"}, "kms": {"Decrypt"}}


@pytest.mark.parametrize(
    ("action", "calls"),
    [
        ("s3:GetObject", {"GetObject", "HeadObject", "HeadBucket"}),
        ("s3:PutObject", {"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "HeadBucket"}),
        ("sqs:SendMessage", {"SendMessage", "SendMessageBatch"}),
    ],
)
def test_a_permission_may_be_for_several_calls(action: str, calls: set[str]) -> None:
    assert operations([Grant("Any", action)])[action.partition(":")[0]] == calls


def test_a_service_may_be_called_otherwise_than_its_actions() -> None:
    assert operations([Grant("MailIdentity", "ses:SendEmail")]) == {"sesv2": {"SendEmail"}}


@pytest.mark.parametrize("action", ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"])
def test_a_write_may_be_part_of_a_transaction(action: str) -> None:
    calls = operations([Grant("FleetTable", f"dynamodb:{action}")])["dynamodb"]
    assert "TransactWriteItems" in calls
    assert "ConditionCheckItem" not in calls


def test_a_service_keeps_what_its_calls_reach_and_no_prose() -> None:
    whole: dict[str, Any] = {
        "metadata": {"apiVersion": "1"},
        "documentation": "Much.",
        "clientContextParams": {"Option": {"documentation": "botocore reads this one.", "type": "boolean"}},
        "operations": {
            "Get": {"name": "Get", "input": {"shape": "In"}, "errors": [{"shape": "Oops"}], "documentation": "Gets."},
            "Put": {"name": "Put", "input": {"shape": "Other"}},
        },
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Text", "documentation": "A member of that name."}}},
            "Text": {"type": "string", "documentation": "Text."},
            "Oops": {"type": "structure", "members": {"all": {"shape": "Many"}}},
            "Many": {"type": "list", "member": {"shape": "In"}},
            "Other": {"type": "structure", "members": {}},
        },
    }
    kept = service(whole, frozenset({"Get"}))
    assert set(kept["operations"]) == {"Get"}
    assert set(kept["shapes"]) == {"In", "Text", "Oops", "Many"}
    assert kept["shapes"]["In"]["members"] == {"documentation": {"shape": "Text"}}
    assert kept["clientContextParams"] == whole["clientContextParams"]
    assert "documentation" not in kept
    assert "documentation" not in kept["operations"]["Get"]


def test_a_call_that_the_service_lacks_is_told() -> None:
    with pytest.raises(KeyError, match="Nope"):
        service({"operations": {}, "shapes": {}}, frozenset({"Nope"}))
