"""`lastUsedAt` of API keys (wisdm.md 10.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.aws import clients
from fleet.identity.api_keys import KEPT
from functions.wisdm.action import reboot
from functions.wisdm.gateway import get_status
from functions.wisdm.version import get as get_version
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.console import READER, Console, works
from tests.contract.wisdm.stored import unchanged
from tests.harness.aws import item
from tests.harness.call import call
from tests.harness.interference import answered, before_first_request
from tests.harness.recorder import Recorder

NOON = datetime(2026, 1, 5, 12, 34, 56, tzinfo=UTC)
HOUR = timedelta(hours=1)
READ, READ_AND_RECORDED = ["dynamodb:BatchGetItem"], ["dynamodb:BatchGetItem", "dynamodb:PutItem"]
REASONS = (
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "TransactionConflictException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "InternalServerError",
)


@pytest.fixture
def noon(clock: None) -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as noon:
        yield noon


@pytest.fixture
def signed_in(console: Console, noon: Any) -> Console:
    """A console whose session is an hour's from noon on."""
    return console.again()


def last_use(console: Console, id: str) -> str | None:
    """When a key was last used, as all of its answers say."""
    used: str | None = console.get(id).json["lastUsedAt"]
    assert [key["lastUsedAt"] for key in console.keys().json["apiKeys"] if key["id"] == id] == [used]
    assert console.edited_key(id, name="reader")["lastUsedAt"] == used
    return used


def row(text: str) -> dict[str, Any] | None:
    return item("FleetTable", f"USED#{text[4:16]}", "USED")


def test_is_null_before_the_first_use_and_the_hour_of_the_last_one_afterwards(signed_in: Console) -> None:
    made = signed_in.created_key(READER)
    assert made["lastUsedAt"] is last_use(signed_in, made["id"]) is None
    assert works(made["key"])
    assert last_use(signed_in, made["id"]) == "2026-01-05T12:00:00Z"


def test_is_written_once_an_hour(console: Console, noon: Any, aws_requests: Recorder) -> None:
    made = console.again().created_key(READER)
    for at, requests in (
        (NOON, READ_AND_RECORDED),
        (NOON, READ),
        (NOON.replace(minute=59, second=59), READ),
        (NOON.replace(minute=0, second=0) + HOUR, READ_AND_RECORDED),
        (NOON + HOUR, READ),
        (NOON + 30 * HOUR, READ_AND_RECORDED),
    ):
        noon.move_to(at)
        aws_requests.clear()
        assert works(made["key"])
        assert [each for each in aws_requests.requests if "Secret" not in each] == requests, at
    assert last_use(console.again(), made["id"]) == "2026-01-06T18:00:00Z"


def test_never_goes_back(console: Console, noon: Any) -> None:
    """Neither where an earlier call comes late, nor where a later one is recorded between its read and its write."""
    made = console.again().created_key(READER)
    noon.move_to(NOON + HOUR)

    def used_later() -> None:
        noon.move_to(NOON + 2 * HOUR)
        assert works(made["key"])

    with before_first_request("PutItem", used_later):
        assert works(made["key"])
    noon.move_to(NOON)
    with unchanged():
        assert works(made["key"])
    assert last_use(console.again(), made["id"]) == "2026-01-05T14:00:00Z"


def test_of_calls_at_once_each_is_answered(signed_in: Console) -> None:
    made = signed_in.created_key(READER)
    with before_first_request("PutItem", lambda: works(made["key"])):
        assert works(made["key"])
    assert last_use(signed_in, made["id"]) == "2026-01-05T12:00:00Z"


def test_a_key_that_is_refused_is_not_used(signed_in: Console) -> None:
    made = signed_in.created_key(READER, applicationRestriction={"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.7"]})
    disabled = signed_in.created_key(READER, name="disabled", enabled=False)
    with unchanged():
        assert refusal_message(call(get_version.handler, key=made["key"]), 403) == "Action is not allowed"
        assert not works(f"{made['key'][:-43]}{'B' * 43}", source="198.51.100.7")
        assert not works(disabled["key"])
    assert works(made["key"], source="198.51.100.7")
    assert last_use(signed_in, made["id"]) == "2026-01-05T12:00:00Z"


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (403, lambda key: call(reboot.handler, {"sn": "UNKNOWN00001"}, key=key)),
        (404, lambda key: call(get_status.handler, {"sn": "UNKNOWN00001"}, key=key)),
        (400, lambda key: call(get_status.handler, {"sn": "?"}, key=key)),
    ],
    ids=["may not", "not found", "invalid"],
)
def test_a_call_with_a_good_key_is_a_use_whatever_it_comes_to(signed_in: Console, status: int, ask: Callable[[str], Any]) -> None:
    made = signed_in.created_key(READER)
    assert ask(made["key"]).status == status
    assert last_use(signed_in, made["id"]) == "2026-01-05T12:00:00Z"


@pytest.mark.parametrize("reason", REASONS)
def test_a_call_succeeds_though_its_use_cannot_be_recorded(
    signed_in: Console, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    made = signed_in.created_key(READER)
    sent: list[str] = []

    def refuse(params: Any) -> dict[str, Any]:
        sent.append(reason)
        return {"Error": {"Code": reason, "Message": "blue-anchor-7"}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    caplog.clear()
    capsys.readouterr()
    with answered("PutItem", refuse), unchanged():
        assert works(made["key"])
    told = [vars(record) for record in caplog.records if record.levelname == "WARNING"]
    assert [(each["reason"], each["caller"]) for each in told] == [(reason, made["id"])]
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "KeyUseNotRecorded" in line]
    assert [each["KeyUseNotRecorded"] for each in counted] == [[1.0]]
    assert not [secret for secret in ("blue-anchor-7", made["key"][4:16], made["key"][17:]) if secret in repr((told, counted))]
    assert sent == [reason], "it is not tried again: the caller waits"
    assert last_use(signed_in, made["id"]) is None


def test_nobody_waits_long_for_it() -> None:
    config: Any = clients.dynamodb_in_passing().meta.config
    assert config.connect_timeout + config.read_timeout <= 1
    assert config.retries["total_max_attempts"] == 1


def test_a_deleted_key_takes_it_along(signed_in: Console) -> None:
    made = signed_in.created_key(READER)
    assert works(made["key"])
    assert row(made["key"])
    assert signed_in.delete(made["id"]).status == 204
    assert row(made["key"]) is None


def test_a_use_that_is_recorded_while_the_key_is_deleted_expires(signed_in: Console) -> None:
    made = signed_in.created_key(READER)
    with before_first_request("PutItem", lambda: signed_in.delete(made["id"])):
        assert works(made["key"])
    left = row(made["key"])
    assert left
    assert int(left["ttl"]["N"]) == int((NOON.replace(minute=0, second=0) + KEPT).timestamp())
    assert not works(made["key"])


def test_a_new_text_has_not_been_used(signed_in: Console) -> None:
    made = signed_in.created_key(READER)
    assert works(made["key"])
    again = signed_in.regenerate(made["id"]).json
    assert again["lastUsedAt"] is last_use(signed_in, made["id"]) is None
    assert row(made["key"]) is None
    assert works(again["key"])
    assert last_use(signed_in, made["id"]) == "2026-01-05T12:00:00Z"


def test_a_change_during_which_the_text_is_replaced_does_not_show_the_use_of_the_old_one(signed_in: Console) -> None:
    made = signed_in.created_key(READER)
    assert works(made["key"])
    with before_first_request("TransactWriteItems", lambda: signed_in.regenerate(made["id"])):
        assert signed_in.edited_key(made["id"], name="other")["lastUsedAt"] is None


def test_is_not_seen_by_another_organization(signed_in: Console, guarded_console: Console) -> None:
    made = signed_in.created_key(READER)
    assert works(made["key"])
    other = guarded_console.again()
    assert refusal_message(other.get(made["id"]), 404) == "API key not found"
    assert refusal_message(other.at_organization_of(signed_in).keys(), 404) == "Organization not found"
    assert made["id"] not in other.keys().content.decode()


def test_a_full_list_costs_one_request_more(signed_in: Console, aws_requests: Recorder) -> None:
    for number in range(signed_in.keys().json["total"], 50):
        signed_in.fleet.key(signed_in.organization, name=f"key number {number}")
    aws_requests.clear()
    assert signed_in.keys().json["total"] == 50
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:BatchGetItem"]
