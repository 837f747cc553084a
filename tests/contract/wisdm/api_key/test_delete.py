"""DELETE …/api-keys/{keyId} (wisdm.md 10.4)."""

from __future__ import annotations

import itertools

from functions.wisdm.api_key import delete
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.console import Console, works
from tests.contract.wisdm.stored import items_written
from tests.contract.wisdm.tenant import Tenant
from tests.harness.aws import item
from tests.harness.call import call
from tests.harness.interference import before_next_transaction, others_faster


def test_is_final(console: Console) -> None:
    made = console.created_key()
    answer = console.delete(made["id"])
    assert (answer.status, answer.content) == (204, b"")
    assert not works(made["key"])
    for again in (
        console.delete(made["id"]),
        console.get(made["id"]),
        console.edit(made["id"], enabled=True),
        console.regenerate(made["id"]),
    ):
        assert refusal_message(again, 404) == "API key not found"


def test_leaves_nothing_but_the_audit_log(console: Console) -> None:
    organization, user = console.organization.id, console.console_user.user.id
    head = item("FleetTable", f"APIKEYS#{organization}", "HEAD")
    with items_written() as rows:
        made = console.created_key()
        console.delete(made["id"])
    assert {row["pk"]["S"] for row in rows} == {f"AUDIT#{organization}", f"TRIES#{user}", f"APIKEYS#{organization}"}
    assert item("FleetTable", f"TRIES#{user}", "TRIES") in rows
    assert item("FleetTable", f"APIKEYS#{organization}", "HEAD") == head
    entry = console.audit()[-1]
    assert (entry.action, entry.key, entry.email) == ("api_key.deleted", made["id"], console.console_user.user.email)


def test_the_name_is_free_again(console: Console) -> None:
    console.delete(console.created_key()["id"])
    assert console.create().status == 201


def test_a_text_that_is_made_meanwhile_dies_too(console: Console) -> None:
    made = console.created_key()
    fresh: list[str] = []
    before_next_transaction(lambda: fresh.append(console.regenerate(made["id"]).json["key"]))
    assert console.delete(made["id"]).status == 204
    assert not works(fresh[0])


def test_a_key_that_is_changed_each_time_is_to_be_deleted_later(console: Console) -> None:
    made, names = console.created_key(), itertools.count(1)
    with others_faster(lambda: console.edited_key(made["id"], name=f"name {next(names)}")):
        answer = console.delete(made["id"])
    assert refusal_message(answer, 429) == "The API key is being changed too often at once"
    assert works(made["key"])


def test_of_two_at_once_one_finds_it(console: Console) -> None:
    id = console.created_key()["id"]
    before_next_transaction(lambda: console.delete(id))
    assert refusal_message(console.delete(id), 404)


def test_the_key_is_looked_for_in_the_organization_that_is_named(console: Console, other_tenant: Tenant) -> None:
    path = {**other_tenant.path, "keyId": console.created_key()["id"]}
    answer = call(delete.handler, path, headers=console.bearer)
    assert refusal_message(answer, 404) == "Organization not found"
