"""GET …/api-keys (wisdm.md 10.4)."""

from __future__ import annotations

from functions.wisdm.api_key import list as list_keys
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.console import READER, Console
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import call


def test_keys_are_listed_newest_first(console: Console) -> None:
    made = [console.created_key(READER, name=name)["id"] for name in ("b", "c", "a")]
    listed = console.keys().json
    assert [key["id"] for key in listed["apiKeys"]][:3] == made[::-1]
    assert listed["total"] == len(listed["apiKeys"]) == 4


def test_an_organization_without_keys_has_an_empty_list(console: Console) -> None:
    console.delete(console.keys().json["apiKeys"][0]["id"])
    assert console.keys().json == {"total": 0, "apiKeys": []}


def test_another_organization_is_not_found(console: Console, other_tenant: Tenant) -> None:
    assert refusal_message(call(list_keys.handler, other_tenant.path, headers=console.bearer), 404) == "Organization not found"
