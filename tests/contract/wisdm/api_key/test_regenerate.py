"""POST …/api-keys/{keyId}/regenerate (wisdm.md 10.3 and 10.4)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from fleet.tenancy import encryption
from functions.wisdm.api_key import regenerate
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.console import READER, WRONG, Console, works
from tests.contract.wisdm.stored import unchanged
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import call
from tests.harness.interference import before_next_transaction, others_faster
from tests.harness.recorder import Recorder

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_keeps_id_and_settings_and_begins_life_anew(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        made = console.again().created_key()
        clock.move_to(NOON + timedelta(days=10))
        answer = console.again().regenerate(made["id"])
    again = answer.json
    assert answer.status == 200
    assert again["key"] != made["key"]
    assert again == {
        **made, "key": again["key"], "keyPreview": f"{again['key'][:8]}…", "updatedAt": "2026-01-15T12:00:00Z",
        "expiresAt": "2026-04-15T12:00:00Z",
    }  # fmt: skip


def test_the_old_text_is_dead_at_once(console: Console) -> None:
    made = console.created_key()
    again = console.regenerate(made["id"]).json
    assert works(again["key"])
    assert not works(made["key"])


def test_works_on_an_expired_key(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        made = console.again().created_key(READER)
        clock.move_to(NOON + timedelta(days=100))
        again = console.again().regenerate(made["id"]).json
        assert again["status"] == "ACTIVE"
        assert works(again["key"])
        assert not works(made["key"])


def test_a_disabled_key_stays_disabled(console: Console) -> None:
    made = console.created_key(enabled=False)
    again = console.regenerate(made["id"]).json
    assert again["status"] == "DISABLED"
    assert not works(again["key"])


def test_the_new_text_can_be_managed(console: Console) -> None:
    id = console.created_key()["id"]
    key = console.regenerate(id).json["key"]
    console.edited_key(id, enabled=False)
    assert not works(key)
    assert console.delete(id).status == 204


def test_a_wrong_proof_leaves_the_key(console: Console) -> None:
    made = console.created_key()
    assert refusal_message(console.regenerate(made["id"], WRONG), 403) == "Verification failed"
    assert works(made["key"])
    entry = console.audit()[-1]
    assert (entry.action, entry.key) == ("confirmation.failed", made["id"])


def test_an_authenticator_confirms_it(guarded_console: Console) -> None:
    console = guarded_console
    id = console.keys().json["apiKeys"][0]["id"]
    assert refusal_message(console.regenerate(id, {"password": console.console_user.password}), 403) == "Verification failed"
    assert console.regenerate(id).status == 200


def test_a_confirmation_of_the_wrong_shape_is_bad(console: Console) -> None:
    id = console.created_key()["id"]
    proofs: list[tuple[Any, str]] = [
        ({"verificationCode": "123456"}, "confirmation.password"),
        ({"password": "x", "verificationCode": "12345"}, "confirmation.verificationCode"),
        ("correct horse 9!", "confirmation"),
    ]
    with unchanged():
        for proof, field in proofs:
            assert invalid_fields(console.regenerate(id, proof)) == [field], proof


def test_of_two_at_once_the_last_text_is_good(console: Console) -> None:
    id = console.created_key()["id"]
    first: list[str] = []
    before_next_transaction(lambda: first.append(console.regenerate(id).json["key"]))
    second = console.regenerate(id).json["key"]
    assert not works(first[0])
    assert works(second)


def test_a_key_that_is_changed_each_time_is_to_be_regenerated_later(console: Console) -> None:
    made, names = console.created_key(), itertools.count(1)
    with others_faster(lambda: console.edited_key(made["id"], name=f"name {next(names)}")):
        answer = console.regenerate(made["id"])
    assert refusal_message(answer, 429) == "The API key is being changed too often at once"
    assert works(made["key"])


def test_the_proof_is_checked_once_however_often_the_key_is_changed(guarded_console: Console, aws_requests: Recorder) -> None:
    console, names = guarded_console, itertools.count(1)
    id = console.keys().json["apiKeys"][0]["id"]

    def change() -> None:
        encryption.forget()
        if (number := next(names)) < 4:
            console.edited_key(id, name=f"name {number}")

    encryption.forget()
    aws_requests.clear()
    with others_faster(change):
        assert console.regenerate(id).status == 200
    assert next(names) > 4
    assert aws_requests.requests.count("kms:Decrypt") == 1


def test_a_key_that_is_deleted_meanwhile_is_not_found(console: Console) -> None:
    id = console.created_key()["id"]
    before_next_transaction(lambda: console.delete(id))
    assert refusal_message(console.regenerate(id), 404)


def test_the_audit_log_tells_of_it(console: Console) -> None:
    id = console.created_key()["id"]
    console.regenerate(id)
    assert [(entry.action, entry.key) for entry in console.audit()] == [("api_key.created", id), ("api_key.regenerated", id)]


def test_the_key_is_looked_for_in_the_organization_that_is_named(console: Console, other_tenant: Tenant) -> None:
    path = {**other_tenant.path, "keyId": console.created_key()["id"]}
    answer = call(regenerate.handler, path, headers=console.bearer, body={"confirmation": console.console_user.proof()})
    assert refusal_message(answer, 404) == "Organization not found"
