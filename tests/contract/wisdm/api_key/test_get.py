"""GET …/api-keys/{keyId} (wisdm.md 10.2 and 10.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine

from fleet.ids import new_id, to_uuid
from functions.wisdm.api_key import get
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.console import READER, Console, without_text
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import call

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_the_list_holds_what_a_key_is(console: Console) -> None:
    made = console.created_key()
    assert console.keys().json["apiKeys"][0] == console.get(made["id"]).json == without_text(made)


def test_the_id_is_taken_in_any_case(console: Console) -> None:
    id = console.created_key()["id"]
    assert console.get(id.upper()).json["id"] == id


def test_a_key_of_another_organization_is_as_unknown_as_any(console: Console, guarded_console: Console) -> None:
    foreign, unknown = console.get(guarded_console.created_key()["id"]), console.get(to_uuid(new_id()))
    assert refusal_message(foreign, 404) == "API key not found"
    assert foreign.content == unknown.content


def test_the_public_part_of_a_text_is_no_id(console: Console) -> None:
    assert invalid_fields(console.get(console.created_key()["key"][4:16])) == ["keyId"]


def test_an_expired_key_says_so(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        id = console.again().created_key(READER)["id"]
        clock.move_to(NOON + timedelta(days=30))
        assert console.again().get(id).json["status"] == "EXPIRED"
        assert console.again().edited_key(id, enabled=False)["status"] == "EXPIRED"


def test_the_key_is_looked_for_in_the_organization_that_is_named(console: Console, other_tenant: Tenant) -> None:
    path = {**other_tenant.path, "keyId": console.created_key()["id"]}
    answer = call(get.handler, path, headers=console.bearer)
    assert refusal_message(answer, 404) == "Organization not found"
