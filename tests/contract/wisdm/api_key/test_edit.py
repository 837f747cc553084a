"""PATCH …/api-keys/{keyId} (wisdm.md 10.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from fleet.ids import new_id, to_uuid
from functions.wisdm.api_key import edit
from functions.wisdm.command import send
from functions.wisdm.gateway import list as list_gateways
from functions.wisdm.location import create as create_location
from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.console import READER, WANTED, WRONG, Console, without_text, works
from tests.contract.wisdm.location.bodies import body as location_body
from tests.contract.wisdm.stored import unchanged
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import call
from tests.harness.interference import before_next_transaction

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_changes_what_is_given_and_nothing_else(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        made = console.again().created_key()
        clock.move_to(NOON + timedelta(minutes=10))
        edited = console.again().edited_key(made["id"], name="  export of bills ")
    assert edited == {**without_text(made), "name": "export of bills", "updatedAt": "2026-01-05T12:10:00Z"}
    assert console.get(made["id"]).json == {**edited, "status": console.get(made["id"]).json["status"]}


def test_a_key_that_is_disabled_is_out_with_the_next_request_and_in_again(console: Console) -> None:
    made = console.created_key()
    assert console.edited_key(made["id"], enabled=False)["status"] == "DISABLED"
    assert not works(made["key"])
    assert console.edited_key(made["id"], enabled=True)["status"] == "ACTIVE"
    assert works(made["key"])


def test_access_counts_with_the_next_request(console: Console) -> None:
    card = console.gateway(console.location())
    console.fleet.online(card)
    made = console.created_key()
    ask = {"path": {"sn": card.sn}, "key": made["key"], "body": {"command": "uptime"}}
    assert call(send.handler, **ask).status == 200
    edited = console.edited_key(made["id"], access="READ_ONLY")
    assert (edited["access"], edited["writePermissions"]) == ("READ_ONLY", [])
    assert refusal_message(call(send.handler, **ask), 403) == "Action is not allowed"


def test_permissions_count_with_the_next_request(console: Console) -> None:
    made = console.created_key()
    ask = {"path": console.path, "key": made["key"]}
    assert call(create_location.handler, **ask, body=location_body()).status == 403
    console.edited_key(made["id"], writePermissions=["WRITE_ADD_LOCATION_TO_ORGANIZATION"])
    assert call(create_location.handler, **ask, body=location_body()).status == 201


def test_locations_count_with_the_next_request(console: Console) -> None:
    here, there = console.location(), console.location()
    made = console.created_key(READER, locationIds=[here.id])

    def statuses() -> list[int]:
        return [call(list_gateways.handler, {"locationId": each.id}, key=made["key"]).status for each in (here, there)]

    assert statuses() == [200, 403]
    console.edited_key(made["id"], locationIds=[there.id])
    assert statuses() == [403, 200]
    assert console.edited_key(made["id"], locationIds=[])["locationIds"] == []
    assert statuses() == [200, 200]


def test_a_restriction_counts_with_the_next_request(console: Console) -> None:
    made = console.created_key(READER, applicationRestriction={"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.7"]})
    ask = {"path": console.path, "key": made["key"], "headers": {"Origin": "https://app.example.com"}}
    assert call(list_locations.handler, **ask).status == 403
    restriction = {"type": "HTTP_REFERRERS", "httpReferrers": ["https://*.example.com/*"]}
    assert console.edited_key(made["id"], applicationRestriction=restriction)["applicationRestriction"] == restriction
    assert call(list_locations.handler, **ask).status == 200
    assert console.edited_key(made["id"], applicationRestriction={"type": "NONE"})["applicationRestriction"] == {"type": "NONE"}
    assert call(list_locations.handler, console.path, key=made["key"]).status == 200


def test_a_reader_becomes_a_writer_with_its_permissions(console: Console) -> None:
    id = console.created_key(READER)["id"]
    assert invalid_fields(console.edit(id, access="READ_WRITE")) == ["writePermissions"]
    edited = console.edited_key(id, access="READ_WRITE", writePermissions=["WRITE_REBOOT_GATEWAY"])
    assert edited["writePermissions"] == ["WRITE_REBOOT_GATEWAY"]


BAD: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    (WANTED, {}, [""]),
    (WANTED, {"colour": "blue"}, [""]),
    (WANTED, {"name": None}, [""]),
    (WANTED, {"lifespanDays": 90}, ["lifespanDays"]),
    (WANTED, {"key": "wdk_mine", "name": "x"}, ["key"]),
    (WANTED, {"name": ""}, ["name"]),
    (WANTED, {"name": "x" * 51}, ["name"]),
    (WANTED, {"access": "ALL"}, ["access"]),
    (WANTED, {"writePermissions": []}, ["writePermissions"]),
    (WANTED, {"writePermissions": ["WRITE_REBOOT_GATEWAY"] * 2}, ["writePermissions"]),
    (WANTED, {"access": "READ_ONLY", "writePermissions": ["WRITE_REBOOT_GATEWAY"]}, ["writePermissions"]),
    (READER, {"writePermissions": ["WRITE_REBOOT_GATEWAY"]}, ["writePermissions"]),
    (WANTED, {"applicationRestriction": {"type": "IP_ADDRESSES"}}, ["applicationRestriction.ipAddresses"]),
    (WANTED, {"locationIds": [to_uuid(new_id())]}, ["locationIds.0"]),
    (WANTED, {"enabled": 1}, ["enabled"]),
]


def test_what_breaks_a_rule_is_named(console: Console) -> None:
    ids = {wanted["name"]: console.created_key(wanted)["id"] for wanted in (WANTED, READER)}
    with unchanged():
        for wanted, changes, fields in BAD:
            assert invalid_fields(console.edit(ids[wanted["name"]], **changes)) == fields, changes


def test_a_name_that_another_key_has_is_a_conflict(console: Console) -> None:
    console.created_key(READER)
    assert "choose another" in refusal_message(console.edit(console.created_key()["id"], name="READER"), 409)


def test_a_name_may_change_its_case_and_come_back(console: Console) -> None:
    id = console.created_key()["id"]
    for name in ("Billing Export", "other", "billing export"):
        assert console.edited_key(id, name=name)["name"] == name


def test_an_old_name_is_free_again(console: Console) -> None:
    console.edited_key(console.created_key()["id"], name="other")
    assert console.create().status == 201


def test_two_changes_at_once_both_count(console: Console) -> None:
    id = console.created_key()["id"]
    before_next_transaction(lambda: console.edited_key(id, name="other"))
    assert console.edited_key(id, enabled=False)["name"] == "other"


def test_a_rule_is_held_against_the_key_as_it_is_by_then(console: Console) -> None:
    id = console.created_key()["id"]
    before_next_transaction(lambda: console.edited_key(id, access="READ_ONLY"))
    changed = console.edit(id, writePermissions=["WRITE_RESET_PASSWORD"], confirmation=console.console_user.proof())
    assert invalid_fields(changed) == ["writePermissions"]


def test_a_key_that_is_deleted_meanwhile_is_not_found(console: Console) -> None:
    id = console.created_key()["id"]
    before_next_transaction(lambda: console.delete(id))
    assert refusal_message(console.edit(id, enabled=False), 404)


def test_the_audit_log_names_the_fields(console: Console) -> None:
    made = console.created_key()
    console.edited_key(made["id"], name="other", enabled=True, access="READ_ONLY")
    entry = console.audit()[-1]
    assert (entry.action, entry.key, entry.fields) == ("api_key.edited", made["id"], ("name", "access", "writePermissions"))


def test_the_key_is_looked_for_in_the_organization_that_is_named(console: Console, other_tenant: Tenant) -> None:
    path = {**other_tenant.path, "keyId": console.created_key()["id"]}
    answer = call(edit.handler, path, headers=console.bearer, body={"enabled": False})
    assert refusal_message(answer, 404) == "Organization not found"


HERE, THERE = {"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.0/24"]}, {"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.7"]}
WEB = {"type": "HTTP_REFERRERS", "httpReferrers": ["https://a.example.com", "https://b.example.com"]}


def test_what_lets_a_key_do_more_is_confirmed_as_making_one(console: Console) -> None:
    """Its access, its permissions, where it is used from, its locations, and whether it is used at all."""
    one, other = console.location().id, console.location().id
    narrow = console.created_key(applicationRestriction=THERE, locationIds=[one])["id"]
    web = console.created_key(READER, name="web", applicationRestriction=WEB)["id"]
    console.edited_key(web, enabled=False)
    wider: list[tuple[str, dict[str, Any]]] = [
        (narrow, {"writePermissions": [*WANTED["writePermissions"], "WRITE_RESET_PASSWORD"]}),
        (narrow, {"applicationRestriction": {"type": "NONE"}}),
        (narrow, {"applicationRestriction": HERE}),
        (narrow, {"applicationRestriction": WEB}),
        (narrow, {"locationIds": []}),
        (narrow, {"locationIds": [one, other]}),
        (web, {"enabled": True}),
        (web, {"access": "READ_WRITE", "writePermissions": ["WRITE_REBOOT_GATEWAY"]}),
        (web, {"applicationRestriction": {"type": "HTTP_REFERRERS", "httpReferrers": ["https://c.example.com"]}}),
    ]
    for id, changes in wider:
        before = console.get(id).json
        assert invalid_fields(console.edit(id, **changes)) == ["confirmation"], changes
        assert console.get(id).json == before
    for id, changes in wider:
        console.edited_key(id, **changes)
        assert console.get(id).json.items() >= changes.items()


def test_what_lets_a_key_do_less_needs_none(console: Console) -> None:
    id = console.created_key(applicationRestriction=HERE, locationIds=[console.location().id])["id"]
    narrower: list[dict[str, Any]] = [
        {"name": "other"}, {"applicationRestriction": THERE}, {"writePermissions": ["WRITE_REBOOT_GATEWAY"]}, {"access": "READ_ONLY"},
        {"enabled": False}, {"enabled": False, "confirmation": WRONG},
    ]  # fmt: skip
    for changes in narrower:
        assert console.edit(id, **changes).status == 200, changes
    assert "confirmation.failed" not in {entry.action for entry in console.audit()}


def test_a_wrong_confirmation_counts_as_in_making_a_key(console: Console) -> None:
    id = console.created_key()["id"]
    console.edited_key(id, enabled=False)
    for _ in range(5):
        assert refusal_message(console.edit(id, enabled=True, confirmation=WRONG), 403) == "Verification failed"
    assert refusal_message(console.edit(id, enabled=True, confirmation=console.console_user.proof()), 429)
    assert console.edit(id, name="other").status == 200
    assert [entry.action for entry in console.audit()].count("confirmation.failed") == 5
    assert invalid_fields(console.edit(id, confirmation=WRONG)) == [""]


def test_names_are_compared_as_they_are_read(console: Console) -> None:
    console.created_key(READER, name="Caf\u00e9")
    assert refusal_message(console.create(READER, name="CAFE\u0301"), 409)
    for invisible in ("\u200b", "\u202e", "\u0085", "\ufeff"):
        assert invalid_fields(console.create(READER, name=f"read{invisible}er")) == ["name"]
