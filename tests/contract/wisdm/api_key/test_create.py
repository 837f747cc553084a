"""POST …/api-keys (wisdm.md 10.2 to 10.4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from fleet.ids import new_id, to_uuid
from fleet.tenancy.audit_entry import AuditEntry
from functions.wisdm.api_key import create
from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.console import READER, WANTED, WRONG, Console, without_text, works
from tests.contract.wisdm.stored import items_written, unchanged
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import call
from tests.harness.fleet import PERMISSIONS
from tests.harness.interference import before_next_transaction
from tests.harness.recorder import Recorder

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_answers_the_whole_key_with_its_text(console: Console) -> None:
    location = console.location()
    restriction = {"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.7", "203.0.113.0/24"]}
    with time_machine.travel(NOON, tick=False):
        made = console.again().created_key(applicationRestriction=restriction, locationIds=[location.id.upper()])
    assert made == {
        "id": made["id"],
        **WANTED,
        "applicationRestriction": restriction,
        "locationIds": [location.id],
        "enabled": True,
        "status": "ACTIVE",
        "keyPreview": f"{made['key'][:8]}…",
        "createdAt": "2026-01-05T12:00:00Z",
        "expiresAt": "2026-04-05T12:00:00Z",
        "updatedAt": "2026-01-05T12:00:00Z",
        "lastUsedAt": None,
        "key": made["key"],
    }
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["id"])
    assert re.fullmatch(r"wdk_[A-Za-z0-9]{12}_[A-Za-z0-9_-]{43}", made["key"])


def test_the_text_is_shown_this_once(console: Console) -> None:
    with items_written() as rows:
        made = console.created_key()
    shown = without_text(made)
    assert console.get(made["id"]).json == shown
    assert console.keys().json["apiKeys"] == [shown, *console.keys().json["apiKeys"][1:]]
    assert made["key"][17:] not in repr(rows)


def test_the_key_works_at_once_and_as_long_as_it_lives(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in = console.again()
        key = signed_in.created_key(lifespanDays=1)["key"]
        assert works(key)
        clock.move_to(NOON + timedelta(days=1) - timedelta(seconds=1))
        assert works(key)
        clock.move_to(NOON + timedelta(days=1))
        assert not works(key)


def test_what_is_left_out_has_its_default(console: Console) -> None:
    made = console.created_key(READER)
    settings = {name: made[name] for name in ("writePermissions", "applicationRestriction", "locationIds", "enabled")}
    assert settings == {"writePermissions": [], "applicationRestriction": {"type": "NONE"}, "locationIds": [], "enabled": True}


def test_a_key_may_begin_disabled(console: Console) -> None:
    made = console.created_key(enabled=False)
    assert made["status"] == "DISABLED"
    assert not works(made["key"])


def test_a_key_is_limited_to_its_locations(console: Console) -> None:
    mine, _ = console.location(name="mine"), console.location(name="other")
    key = console.created_key(READER, locationIds=[mine.id, mine.id])["key"]
    assert call(list_locations.handler, console.path, key=key).json["locations"] == [{"id": mine.id, "name": "mine"}]


def test_a_key_is_limited_to_its_addresses(console: Console) -> None:
    key = console.created_key(READER, applicationRestriction={"type": "IP_ADDRESSES", "ipAddresses": ["::ffff:198.51.100.7"]})["key"]
    assert call(list_locations.handler, console.path, key=key, source="198.51.100.7").status == 200
    assert refusal_message(call(list_locations.handler, console.path, key=key), 403) == "Action is not allowed"


@pytest.mark.parametrize("access", ["READ_ONLY", "READ_WRITE"])
def test_the_limits_themselves_are_good(console: Console, access: str) -> None:
    permissions = list(PERMISSIONS) if access == "READ_WRITE" else []
    addresses = {"type": "IP_ADDRESSES", "ipAddresses": [f"10.0.0.{number}" for number in range(50)], "httpReferrers": []}
    locations = [console.location().id for _ in range(3)]
    wanted = {"access": access, "writePermissions": permissions, "applicationRestriction": addresses, "locationIds": locations}
    made = console.created_key({**READER, **wanted, "name": "x" * 50, "lifespanDays": 365})
    assert (made["writePermissions"], made["locationIds"]) == (permissions, locations)


def test_a_hundred_locations_are_within_the_budget(console: Console, aws_requests: Recorder) -> None:
    locations = [console.location().id for _ in range(100)]
    aws_requests.clear()
    assert console.created_key(READER, locationIds=locations)["locationIds"] == locations
    assert len(aws_requests.requests) <= 3


def test_a_location_must_be_one_of_the_organization(console: Console, other_tenant: Tenant) -> None:
    mine, foreign = console.location(), other_tenant.location()
    with unchanged():
        assert invalid_fields(console.create(locationIds=[mine.id, foreign.id, to_uuid(new_id())])) == ["locationIds.1", "locationIds.2"]


def test_the_name_is_taken_once_in_any_case(console: Console, guarded_console: Console) -> None:
    console.created_key()
    answer = console.create(name=WANTED["name"].upper())
    assert "choose another" in refusal_message(answer, 409)
    assert guarded_console.create().status == 201


def test_of_two_that_want_a_name_at_once_one_gets_it(console: Console) -> None:
    before_next_transaction(console.created_key)
    assert refusal_message(console.create(), 409)
    assert [key["name"] for key in console.keys().json["apiKeys"]].count(WANTED["name"]) == 1


def test_fifty_keys_are_as_many_as_there_may_be(console: Console) -> None:
    for number in range(console.keys().json["total"], 49):
        console.fleet.key(console.organization, name=f"key number {number}")
    before_next_transaction(lambda: console.created_key(READER))
    assert "50" in refusal_message(console.create(), 409)
    assert console.keys().json["total"] == 50
    assert console.delete(console.keys().json["apiKeys"][-1]["id"]).status == 204
    assert console.create().status == 201


def test_a_wrong_password_makes_nothing(console: Console) -> None:
    assert refusal_message(console.create(confirmation=WRONG), 403) == "Verification failed"
    assert console.keys().json["total"] == 1


def test_the_code_is_needed_where_there_is_an_authenticator(guarded_console: Console) -> None:
    code = guarded_console.console_user.code() or ""
    wrong = [
        {"password": guarded_console.console_user.password},
        {"password": guarded_console.console_user.password, "verificationCode": f"{(int(code) + 1) % 10**6:06d}"},
        {"password": "wrong horse 9!!", "verificationCode": code},
    ]
    answers = [guarded_console.create(confirmation=proof) for proof in wrong]
    assert {refusal_message(answer, 403) for answer in answers} == {"Verification failed"}
    assert len({answer.content for answer in answers}) == 1
    assert guarded_console.create(confirmation={"password": guarded_console.console_user.password, "verificationCode": code}).status == 201


def test_a_code_is_accepted_once_wherever_it_was_used(guarded_console: Console) -> None:
    proof = guarded_console.console_user.proof()
    assert guarded_console.sign_in(verificationCode=proof["verificationCode"]).status == 201
    assert refusal_message(guarded_console.create(confirmation=proof), 403) == "Verification failed"


def test_a_code_that_is_used_at_the_same_time_makes_one_key(guarded_console: Console) -> None:
    proof = guarded_console.console_user.proof()
    before_next_transaction(lambda: guarded_console.created_key(READER, confirmation=proof))
    assert refusal_message(guarded_console.create(confirmation=proof), 403) == "Verification failed"
    assert guarded_console.keys().json["total"] == 2


def test_after_five_failures_confirmations_wait(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in = console.again()
        wrong = {"confirmation": WRONG}
        assert [signed_in.create(**wrong).status for _ in range(4)] == [403] * 4
        assert signed_in.regenerate(signed_in.keys().json["apiKeys"][0]["id"], wrong["confirmation"]).status == 403
        answer = signed_in.create()
        assert refusal_message(answer, 429)
        assert answer.headers["Retry-After"] == "900"
        clock.move_to(NOON + timedelta(minutes=15))
        assert signed_in.create().status == 201


def test_nobody_outside_can_keep_a_session_from_confirming(console: Console) -> None:
    for _ in range(6):
        console.sign_in(**WRONG, source="198.51.100.7")
    assert console.create().status == 201


def test_guesses_made_at_once_are_answered_one_after_the_other(console: Console) -> None:
    before_next_transaction(lambda: [console.create(confirmation=WRONG) for _ in range(5)])
    assert refusal_message(console.create(), 429)
    assert console.keys().json["total"] == 1


def test_the_audit_log_tells_of_it(console: Console) -> None:
    with items_written() as rows:
        console.create(confirmation={"password": "blue-anchor at dawn"})
        made = console.created_key()
    failed, created = console.audit()
    assert failed == AuditEntry(
        organization=console.organization.id, at=failed.at, actor=console.console_user.user.id, email=console.console_user.user.email,
        action="confirmation.failed",
    )  # fmt: skip
    assert (created.action, created.key, created.fields) == ("api_key.created", made["id"], ())
    assert not [secret for secret in ("blue-anchor at dawn", console.console_user.password) if secret in repr(rows)]


def test_nothing_of_it_is_kept_when_the_name_is_taken(console: Console) -> None:
    console.created_key()
    with unchanged():
        refusal_message(console.create(), 409)


def test_unknown_members_are_ignored(console: Console) -> None:
    made = console.created_key(id="x", status="EXPIRED", key="wdk_mine", colour="blue")
    assert (made["status"], made["key"][:4]) == ("ACTIVE", "wdk_")


def test_a_plan_without_the_api_has_no_keys(tenant: Tenant) -> None:
    """wisdm.md 10.4."""
    console = Console.open(tenant.fleet, tenant=Tenant(tenant.fleet, tenant.fleet.organization(plan="Free"), ""))
    with unchanged():
        assert refusal_message(console.create(), 403) == "The organization's plan comes without the API"


def test_a_malformed_organization_is_bad(console: Console) -> None:
    assert invalid_fields(call(create.handler, {"organizationId": "x"}, headers=console.bearer, body=WANTED)) == ["organizationId"]
