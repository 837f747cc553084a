"""POST …/api-keys (contract, 10.2 to 10.4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.ids import new_id, to_uuid
from fleet.tenancy.audit_entry import AuditEntry
from functions.wisdm.api_key import create
from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.office import READER, WANTED, Office, works
from tests.contract.wisdm.tenant import Tenant, failing, meanwhile, refused, rows
from tests.harness.call import call
from tests.harness.fleet import PERMISSIONS, Fleet
from tests.harness.recorder import Recorder

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def office(fleet: Fleet) -> Office:
    return Office.open(fleet)


@pytest.fixture
def guarded(fleet: Fleet) -> Office:
    return Office.open(fleet, totp=True)


def test_answers_the_whole_key_with_its_text(office: Office) -> None:
    location = office.location()
    restriction = {"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.7", "203.0.113.0/24"]}
    with time_machine.travel(NOON, tick=False):
        token = office.fleet.session(office.person)
        signed_in = Office(office.fleet, office.organization, office.key, office.person, token)
        made = signed_in.made(applicationRestriction=restriction, locationIds=[location.id.upper()])
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


def test_the_text_is_shown_this_once(office: Office) -> None:
    made = office.made()
    shown = {name: value for name, value in made.items() if name != "key"}
    assert office.get(made["id"]).json == shown
    assert office.keys().json["apiKeys"] == [shown, *office.keys().json["apiKeys"][1:]]
    assert made["key"][17:] not in repr(rows())


def test_the_key_works_at_once_and_as_long_as_it_lives(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in = Office(office.fleet, office.organization, office.key, office.person, office.fleet.session(office.person))
        key = signed_in.made(lifespanDays=1)["key"]
        assert works(key)
        clock.move_to(NOON + timedelta(days=1) - timedelta(seconds=1))
        assert works(key)
        clock.move_to(NOON + timedelta(days=1))
        assert not works(key)


def test_what_is_left_out_has_its_default(office: Office) -> None:
    made = office.made(READER)
    told = {name: made[name] for name in ("writePermissions", "applicationRestriction", "locationIds", "enabled")}
    assert told == {"writePermissions": [], "applicationRestriction": {"type": "NONE"}, "locationIds": [], "enabled": True}


def test_a_key_may_begin_disabled(office: Office) -> None:
    made = office.made(enabled=False)
    assert made["status"] == "DISABLED"
    assert not works(made["key"])


def test_a_key_is_limited_to_its_locations(office: Office) -> None:
    mine, _ = office.location(name="mine"), office.location(name="other")
    key = office.made(READER, locationIds=[mine.id, mine.id])["key"]
    assert call(list_locations.handler, office.path, key=key).json["locations"] == [{"id": mine.id, "name": "mine"}]


def test_a_key_is_limited_to_its_addresses(office: Office) -> None:
    key = office.made(READER, applicationRestriction={"type": "IP_ADDRESSES", "ipAddresses": ["::ffff:198.51.100.7"]})["key"]
    assert call(list_locations.handler, office.path, key=key, source="198.51.100.7").status == 200
    assert refused(call(list_locations.handler, office.path, key=key), 403) == "Action is not allowed"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "   "}, ["name"]),
        ({"name": "x" * 51}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"access": None}, ["access"]),
        ({"access": "READ"}, ["access"]),
        ({"writePermissions": None}, ["writePermissions"]),
        ({"writePermissions": []}, ["writePermissions"]),
        ({"writePermissions": ["WRITE_EVERYTHING"]}, ["writePermissions.0"]),
        ({"writePermissions": ["WRITE_REBOOT_GATEWAY"] * 2}, ["writePermissions"]),
        ({"writePermissions": "WRITE_REBOOT_GATEWAY"}, ["writePermissions"]),
        ({"access": "READ_ONLY"}, ["writePermissions"]),
        ({"applicationRestriction": "NONE"}, ["applicationRestriction"]),
        ({"applicationRestriction": {}}, ["applicationRestriction.type"]),
        ({"applicationRestriction": {"type": "ANY"}}, ["applicationRestriction.type"]),
        ({"applicationRestriction": {"type": "IP_ADDRESSES"}}, ["applicationRestriction.ipAddresses"]),
        ({"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": []}}, ["applicationRestriction.ipAddresses"]),
        ({"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": ["10.0.0.1"] * 51}}, ["applicationRestriction.ipAddresses"]),
        ({"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": ["::1", "10.1/8"]}}, ["applicationRestriction.ipAddresses.1"]),
        ({"applicationRestriction": {"type": "HTTP_REFERRERS", "httpReferrers": ["a.test"]}}, ["applicationRestriction.httpReferrers.0"]),
        (
            {"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": ["10.0.0.1"], "httpReferrers": ["https://example.com"]}},
            ["applicationRestriction.httpReferrers"],
        ),
        ({"applicationRestriction": {"type": "NONE", "ipAddresses": ["10.0.0.1"]}}, ["applicationRestriction.ipAddresses"]),
        ({"locationIds": ["pier"]}, ["locationIds.0"]),
        ({"locationIds": [to_uuid(new_id()) for _ in range(101)]}, ["locationIds"]),
        ({"lifespanDays": None}, ["lifespanDays"]),
        ({"lifespanDays": 0}, ["lifespanDays"]),
        ({"lifespanDays": 366}, ["lifespanDays"]),
        ({"lifespanDays": 30.0}, ["lifespanDays"]),
        ({"lifespanDays": "30"}, ["lifespanDays"]),
        ({"enabled": "true"}, ["enabled"]),
        ({"confirmation": None}, ["confirmation"]),
        ({"confirmation": {}}, ["confirmation.password"]),
        ({"confirmation": {"password": "x", "verificationCode": "12345"}}, ["confirmation.verificationCode"]),
        ({"confirmation": {"password": "x", "verificationCode": 492039}}, ["confirmation.verificationCode"]),
        ({"name": "", "lifespanDays": 0, "enabled": 1}, ["name", "lifespanDays", "enabled"]),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(office: Office, changes: dict[str, Any], fields: list[str]) -> None:
    kept = rows()
    assert failing(office.create(**changes)) == fields
    assert rows() == kept


@pytest.mark.parametrize("access", ["READ_ONLY", "READ_WRITE"])
def test_the_limits_themselves_are_good(office: Office, access: str) -> None:
    permissions = list(PERMISSIONS) if access == "READ_WRITE" else []
    addresses = {"type": "IP_ADDRESSES", "ipAddresses": [f"10.0.0.{number}" for number in range(50)], "httpReferrers": []}
    locations = [office.location().id for _ in range(3)]
    wanted = {"access": access, "writePermissions": permissions, "applicationRestriction": addresses, "locationIds": locations}
    made = office.made({**READER, **wanted, "name": "x" * 50, "lifespanDays": 365})
    assert (made["writePermissions"], made["locationIds"]) == (permissions, locations)


def test_a_hundred_locations_are_within_the_budget(office: Office, signed: Recorder) -> None:
    locations = [office.location().id for _ in range(100)]
    signed.clear()
    assert office.made(READER, locationIds=locations)["locationIds"] == locations
    assert len(signed.requests) <= 3


def test_a_location_must_be_one_of_the_organization(office: Office) -> None:
    mine, foreign = office.location(), Tenant.of(office.fleet).location()
    kept = rows()
    assert failing(office.create(locationIds=[mine.id, foreign.id, to_uuid(new_id())])) == ["locationIds.1", "locationIds.2"]
    assert rows() == kept


def test_the_name_is_taken_once_in_any_case(office: Office) -> None:
    office.made()
    answer = office.create(name=WANTED["name"].upper())
    assert "choose another" in refused(answer, 409)
    assert Office.open(office.fleet).create().status == 201


def test_of_two_that_want_a_name_at_once_one_gets_it(office: Office) -> None:
    meanwhile(office.made)
    assert refused(office.create(), 409)
    assert [key["name"] for key in office.keys().json["apiKeys"]].count(WANTED["name"]) == 1


def test_fifty_keys_are_as_many_as_there_may_be(office: Office) -> None:
    for number in range(office.keys().json["total"], 49):
        office.fleet.key(office.organization, name=f"key number {number}")
    meanwhile(lambda: office.made(READER))
    assert "50" in refused(office.create(), 409)
    assert office.keys().json["total"] == 50
    assert office.delete(office.keys().json["apiKeys"][-1]["id"]).status == 204
    assert office.create().status == 201


def test_a_wrong_password_makes_nothing(office: Office) -> None:
    assert refused(office.create(confirmation={"password": "wrong horse 9!!"}), 403) == "Verification failed"
    assert office.keys().json["total"] == 1


def test_the_code_is_needed_where_there_is_an_authenticator(guarded: Office) -> None:
    code = guarded.person.code() or ""
    wrong = [
        {"password": guarded.person.password},
        {"password": guarded.person.password, "verificationCode": f"{(int(code) + 1) % 10**6:06d}"},
        {"password": "wrong horse 9!!", "verificationCode": code},
    ]
    answers = [guarded.create(confirmation=proof) for proof in wrong]
    assert {refused(answer, 403) for answer in answers} == {"Verification failed"}
    assert len({answer.content for answer in answers}) == 1
    assert guarded.create(confirmation={"password": guarded.person.password, "verificationCode": code}).status == 201


def test_a_code_is_accepted_once_wherever_it_was_used(guarded: Office) -> None:
    proof = guarded.person.proof()
    assert guarded.sign_in(verificationCode=proof["verificationCode"]).status == 201
    assert refused(guarded.create(confirmation=proof), 403) == "Verification failed"


def test_a_code_that_is_used_at_the_same_time_makes_one_key(guarded: Office) -> None:
    proof = guarded.person.proof()
    meanwhile(lambda: guarded.made(READER, confirmation=proof))
    assert refused(guarded.create(confirmation=proof), 403) == "Verification failed"
    assert guarded.keys().json["total"] == 2


def test_after_five_failures_confirmations_wait(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in = Office(office.fleet, office.organization, office.key, office.person, office.fleet.session(office.person))
        wrong = {"confirmation": {"password": "wrong horse 9!!"}}
        assert [signed_in.create(**wrong).status for _ in range(4)] == [403] * 4
        assert signed_in.regenerate(signed_in.keys().json["apiKeys"][0]["id"], wrong["confirmation"]).status == 403
        answer = signed_in.create()
        assert refused(answer, 429)
        assert answer.headers["Retry-After"] == "900"
        clock.move_to(NOON + timedelta(minutes=15))
        assert signed_in.create().status == 201


def test_nobody_outside_can_keep_a_session_from_confirming(office: Office) -> None:
    for _ in range(6):
        office.sign_in(password="wrong horse 9!!", source="198.51.100.7")
    assert office.create().status == 201


def test_guesses_made_at_once_are_answered_one_after_the_other(office: Office) -> None:
    meanwhile(lambda: [office.create(confirmation={"password": "wrong horse 9!!"}) for _ in range(5)])
    assert refused(office.create(), 429)
    assert office.keys().json["total"] == 1


def test_the_audit_log_tells_of_it(office: Office) -> None:
    office.create(confirmation={"password": "blue-anchor at dawn"})
    made = office.made()
    failed, created = office.audit()
    assert failed == AuditEntry(
        organization=office.organization.id, at=failed.at, actor=office.person.user.id, email=office.person.user.email,
        action="confirmation.failed",
    )  # fmt: skip
    assert (created.action, created.key, created.fields) == ("api_key.created", made["id"], ())
    kept = repr(rows())
    assert not [secret for secret in ("blue-anchor at dawn", office.person.password) if secret in kept]


def test_nothing_of_it_is_kept_when_the_name_is_taken(office: Office) -> None:
    office.made()
    kept = [row for row in rows() if row["sk"]["S"] != "TRIES"]
    office.create()
    assert [row for row in rows() if row["sk"]["S"] != "TRIES"] == kept


def test_unknown_members_are_ignored(office: Office) -> None:
    made = office.made(id="x", status="EXPIRED", key="wdk_mine", colour="blue")
    assert (made["status"], made["key"][:4]) == ("ACTIVE", "wdk_")


def test_a_plan_without_the_api_makes_a_key_that_is_not_let_in(fleet: Fleet) -> None:
    organization = fleet.organization(plan="Free")
    person = fleet.person(organization, totp=False)
    office = Office(fleet, organization, "", person, fleet.session(person))
    assert not works(office.made()["key"])


def test_a_malformed_organization_is_bad(office: Office) -> None:
    assert failing(call(create.handler, {"organizationId": "x"}, headers=office.bearer, body=WANTED)) == ["organizationId"]
