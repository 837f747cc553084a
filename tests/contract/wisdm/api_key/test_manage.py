"""GET, PATCH, regenerate and DELETE of …/api-keys/{keyId} (contract, 10.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import Reach
from fleet.identity import manage_api_keys
from fleet.ids import new_id, to_uuid
from fleet.registry.location import Location
from functions.wisdm.command import send
from functions.wisdm.gateway import list as list_gateways
from functions.wisdm.location import create as create_location
from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.location.bodies import body as location_body
from tests.contract.wisdm.office import READER, WANTED, Office, works
from tests.contract.wisdm.tenant import failing, meanwhile, refused, rows
from tests.harness.call import call
from tests.harness.fleet import Fleet

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def office(fleet: Fleet) -> Office:
    return Office.open(fleet)


def later(office: Office) -> Office:
    """The same office with a session that begins now."""
    return Office(office.fleet, office.organization, office.key, office.person, office.fleet.session(office.person))


def without_text(made: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name != "key"}


class TestReading:
    def test_keys_are_listed_newest_first(self, office: Office) -> None:
        made = [office.made(READER, name=name)["id"] for name in ("b", "c", "a")]
        listed = office.keys().json
        assert [key["id"] for key in listed["apiKeys"]][:3] == made[::-1]
        assert listed["total"] == len(listed["apiKeys"]) == 4

    def test_an_organization_without_keys_has_an_empty_list(self, office: Office) -> None:
        office.delete(office.keys().json["apiKeys"][0]["id"])
        assert office.keys().json == {"total": 0, "apiKeys": []}

    def test_the_list_holds_what_a_key_is(self, office: Office) -> None:
        made = office.made()
        assert office.keys().json["apiKeys"][0] == office.get(made["id"]).json == without_text(made)

    def test_the_id_is_taken_in_any_case(self, office: Office) -> None:
        id = office.made()["id"]
        assert office.get(id.upper()).json["id"] == id

    def test_a_key_of_another_organization_is_as_unknown_as_any(self, office: Office) -> None:
        foreign, unknown = office.get(Office.open(office.fleet).made()["id"]), office.get(to_uuid(new_id()))
        assert refused(foreign, 404) == "API key not found"
        assert foreign.content == unknown.content

    def test_the_public_part_of_a_text_is_no_id(self, office: Office) -> None:
        assert failing(office.get(office.made()["key"][4:16])) == ["keyId"]

    def test_an_expired_key_says_so(self, office: Office) -> None:
        with time_machine.travel(NOON, tick=False) as clock:
            id = later(office).made(READER)["id"]
            clock.move_to(NOON + timedelta(days=30))
            assert later(office).get(id).json["status"] == "EXPIRED"
            assert later(office).edited(id, enabled=False)["status"] == "EXPIRED"


class TestEditing:
    def test_changes_what_is_given_and_nothing_else(self, office: Office) -> None:
        with time_machine.travel(NOON, tick=False) as clock:
            made = later(office).made()
            clock.move_to(NOON + timedelta(minutes=10))
            edited = later(office).edited(made["id"], name="  export of bills ")
        assert edited == {**without_text(made), "name": "export of bills", "updatedAt": "2026-01-05T12:10:00Z"}
        assert office.get(made["id"]).json == {**edited, "status": office.get(made["id"]).json["status"]}

    def test_a_key_that_is_disabled_is_out_with_the_next_request_and_in_again(self, office: Office) -> None:
        made = office.made()
        assert office.edited(made["id"], enabled=False)["status"] == "DISABLED"
        assert not works(made["key"])
        assert office.edited(made["id"], enabled=True)["status"] == "ACTIVE"
        assert works(made["key"])

    def test_access_counts_with_the_next_request(self, office: Office) -> None:
        card = office.gateway(office.location())
        office.fleet.online(card)
        made = office.made()
        ask = {"path": {"sn": card.sn}, "key": made["key"], "body": {"command": "uptime"}}
        assert call(send.handler, **ask).status == 200
        edited = office.edited(made["id"], access="READ_ONLY")
        assert (edited["access"], edited["writePermissions"]) == ("READ_ONLY", [])
        assert refused(call(send.handler, **ask), 403) == "Action is not allowed"

    def test_permissions_count_with_the_next_request(self, office: Office) -> None:
        made = office.made()
        ask = {"path": office.path, "key": made["key"]}
        assert call(create_location.handler, **ask, body=location_body()).status == 403
        office.edited(made["id"], writePermissions=["WRITE_ADD_LOCATION_TO_ORGANIZATION"])
        assert call(create_location.handler, **ask, body=location_body()).status == 201

    def test_locations_count_with_the_next_request(self, office: Office) -> None:
        here, there = office.location(), office.location()
        made = office.made(READER, locationIds=[here.id])

        def seen() -> list[int]:
            return [call(list_gateways.handler, {"locationId": each.id}, key=made["key"]).status for each in (here, there)]

        assert seen() == [200, 403]
        office.edited(made["id"], locationIds=[there.id])
        assert seen() == [403, 200]
        assert office.edited(made["id"], locationIds=[])["locationIds"] == []
        assert seen() == [200, 200]

    def test_a_restriction_counts_with_the_next_request(self, office: Office) -> None:
        made = office.made(READER, applicationRestriction={"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.7"]})
        ask = {"path": office.path, "key": made["key"], "headers": {"Origin": "https://app.example.com"}}
        assert call(list_locations.handler, **ask).status == 403
        restriction = {"type": "HTTP_REFERRERS", "httpReferrers": ["https://*.example.com/*"]}
        assert office.edited(made["id"], applicationRestriction=restriction)["applicationRestriction"] == restriction
        assert call(list_locations.handler, **ask).status == 200
        assert office.edited(made["id"], applicationRestriction={"type": "NONE"})["applicationRestriction"] == {"type": "NONE"}
        assert call(list_locations.handler, office.path, key=made["key"]).status == 200

    def test_a_reader_becomes_a_writer_with_its_permissions(self, office: Office) -> None:
        id = office.made(READER)["id"]
        assert failing(office.edit(id, access="READ_WRITE")) == ["writePermissions"]
        edited = office.edited(id, access="READ_WRITE", writePermissions=["WRITE_REBOOT_GATEWAY"])
        assert edited["writePermissions"] == ["WRITE_REBOOT_GATEWAY"]

    @pytest.mark.parametrize(
        ("wanted", "changes", "fields"),
        [
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
        ],
    )  # fmt: skip
    def test_what_breaks_a_rule_is_named(self, office: Office, wanted: dict[str, Any], changes: dict[str, Any], fields: list[str]) -> None:
        id = office.made(wanted)["id"]
        kept = rows()
        assert failing(office.edit(id, **changes)) == fields
        assert rows() == kept

    def test_a_name_that_another_key_has_is_a_conflict(self, office: Office) -> None:
        office.made(READER)
        assert "choose another" in refused(office.edit(office.made()["id"], name="READER"), 409)

    def test_a_name_may_change_its_case_and_come_back(self, office: Office) -> None:
        id = office.made()["id"]
        for name in ("Billing Export", "other", "billing export"):
            assert office.edited(id, name=name)["name"] == name

    def test_an_old_name_is_free_again(self, office: Office) -> None:
        office.edited(office.made()["id"], name="other")
        assert office.create().status == 201

    def test_two_changes_at_once_both_count(self, office: Office) -> None:
        id = office.made()["id"]
        meanwhile(lambda: office.edited(id, name="other"))
        assert office.edited(id, enabled=False)["name"] == "other"

    def test_a_rule_is_held_against_the_key_as_it_is_by_then(self, office: Office) -> None:
        id = office.made()["id"]
        meanwhile(lambda: office.edited(id, access="READ_ONLY"))
        assert failing(office.edit(id, writePermissions=["WRITE_RESET_PASSWORD"])) == ["writePermissions"]

    def test_a_key_that_is_deleted_meanwhile_is_not_found(self, office: Office) -> None:
        id = office.made()["id"]
        meanwhile(lambda: office.delete(id))
        assert refused(office.edit(id, enabled=False), 404)

    def test_the_audit_log_names_the_fields(self, office: Office) -> None:
        made = office.made()
        office.edited(made["id"], name="other", enabled=True, access="READ_ONLY")
        entry = office.audit()[-1]
        assert (entry.action, entry.key, entry.fields) == ("api_key.edited", made["id"], ("name", "access", "writePermissions"))


class TestRegenerating:
    def test_keeps_id_and_settings_and_begins_life_anew(self, office: Office) -> None:
        with time_machine.travel(NOON, tick=False) as clock:
            made = later(office).made()
            clock.move_to(NOON + timedelta(days=10))
            answer = later(office).regenerate(made["id"])
        again = answer.json
        assert answer.status == 200
        assert again["key"] != made["key"]
        assert again == {
            **made, "key": again["key"], "keyPreview": f"{again['key'][:8]}…", "updatedAt": "2026-01-15T12:00:00Z",
            "expiresAt": "2026-04-15T12:00:00Z",
        }  # fmt: skip

    def test_the_old_text_is_dead_at_once(self, office: Office) -> None:
        made = office.made()
        again = office.regenerate(made["id"]).json
        assert works(again["key"])
        assert not works(made["key"])

    def test_works_on_an_expired_key(self, office: Office) -> None:
        with time_machine.travel(NOON, tick=False) as clock:
            made = later(office).made(READER)
            clock.move_to(NOON + timedelta(days=100))
            again = later(office).regenerate(made["id"]).json
            assert again["status"] == "ACTIVE"
            assert works(again["key"])
            assert not works(made["key"])

    def test_a_disabled_key_stays_disabled(self, office: Office) -> None:
        made = office.made(enabled=False)
        again = office.regenerate(made["id"]).json
        assert again["status"] == "DISABLED"
        assert not works(again["key"])

    def test_the_new_text_can_be_managed(self, office: Office) -> None:
        id = office.made()["id"]
        key = office.regenerate(id).json["key"]
        office.edited(id, enabled=False)
        assert not works(key)
        assert office.delete(id).status == 204

    def test_a_wrong_proof_leaves_the_key(self, office: Office) -> None:
        made = office.made()
        assert refused(office.regenerate(made["id"], {"password": "wrong horse 9!!"}), 403) == "Verification failed"
        assert works(made["key"])
        entry = office.audit()[-1]
        assert (entry.action, entry.key) == ("confirmation.failed", made["id"])

    def test_an_authenticator_confirms_it(self, fleet: Fleet) -> None:
        office = Office.open(fleet, totp=True)
        id = office.keys().json["apiKeys"][0]["id"]
        assert refused(office.regenerate(id, {"password": office.person.password}), 403) == "Verification failed"
        assert office.regenerate(id).status == 200

    @pytest.mark.parametrize("proof", [{}, {"password": "x", "verificationCode": "12345"}, "correct horse 9!"], ids=str)
    def test_a_confirmation_of_the_wrong_shape_is_bad(self, office: Office, proof: Any) -> None:
        assert office.regenerate(office.made()["id"], proof or {"verificationCode": "123456"}).status == 400

    def test_of_two_at_once_the_last_text_is_good(self, office: Office) -> None:
        id = office.made()["id"]
        first: list[str] = []
        meanwhile(lambda: first.append(office.regenerate(id).json["key"]))
        second = office.regenerate(id).json["key"]
        assert not works(first[0])
        assert works(second)

    def test_a_key_that_is_deleted_meanwhile_is_not_found(self, office: Office) -> None:
        id = office.made()["id"]
        meanwhile(lambda: office.delete(id))
        assert refused(office.regenerate(id), 404)

    def test_the_audit_log_tells_of_it(self, office: Office) -> None:
        id = office.made()["id"]
        office.regenerate(id)
        assert [(entry.action, entry.key) for entry in office.audit()] == [("api_key.created", id), ("api_key.regenerated", id)]


class TestDeleting:
    def test_is_final(self, office: Office) -> None:
        made = office.made()
        answer = office.delete(made["id"])
        assert (answer.status, answer.content) == (204, b"")
        assert not works(made["key"])
        for again in (
            office.delete(made["id"]),
            office.get(made["id"]),
            office.edit(made["id"], enabled=True),
            office.regenerate(made["id"]),
        ):
            assert refused(again, 404) == "API key not found"

    def test_leaves_nothing_but_the_audit_log(self, office: Office) -> None:
        kept = rows()
        made = office.made()
        office.delete(made["id"])
        left = [row for row in rows() if row not in kept and row["pk"]["S"] != f"AUDIT#{office.organization.id}"]
        assert [row["sk"]["S"] for row in left] == ["TRIES"]
        entry = office.audit()[-1]
        assert (entry.action, entry.key, entry.email) == ("api_key.deleted", made["id"], office.person.user.email)

    def test_the_name_is_free_again(self, office: Office) -> None:
        office.delete(office.made()["id"])
        assert office.create().status == 201

    def test_a_text_that_is_made_meanwhile_dies_too(self, office: Office) -> None:
        made = office.made()
        fresh: list[str] = []
        meanwhile(lambda: fresh.append(office.regenerate(made["id"]).json["key"]))
        assert office.delete(made["id"]).status == 204
        assert not works(fresh[0])

    def test_of_two_at_once_one_finds_it(self, office: Office) -> None:
        id = office.made()["id"]
        meanwhile(lambda: office.delete(id))
        assert refused(office.delete(id), 404)


class TestALocationThatIsGone:
    def seen(self, office: Office, key: str, location: Location) -> int:
        return call(list_gateways.handler, {"locationId": location.id}, key=key).status

    def gone(self, office: Office, location: Location) -> None:
        manage_api_keys.forget_location(Reach.of(office.organization.id), office.organization.id, location.id, datetime.now(UTC))

    def test_leaves_the_lists_of_keys(self, office: Office) -> None:
        stays, goes = office.location(), office.location()
        both = office.made(READER, locationIds=[stays.id, goes.id])
        self.gone(office, goes)
        assert office.get(both["id"]).json["locationIds"] == [stays.id]
        assert [self.seen(office, both["key"], location) for location in (stays, goes)] == [200, 403]

    def test_an_emptied_list_permits_nothing(self, office: Office) -> None:
        goes, other = office.location(), office.location()
        made = office.made(READER, locationIds=[goes.id])
        self.gone(office, goes)
        shown = office.get(made["id"]).json
        assert (shown["locationIds"], shown["locationsGone"]) == ([], True)
        assert [self.seen(office, made["key"], location) for location in (goes, other)] == [403, 403]
        assert call(list_locations.handler, office.path, key=made["key"]).json["total"] == 0

    def test_an_emptied_list_stays_empty_through_other_changes(self, office: Office) -> None:
        goes = office.location()
        made = office.made(READER, locationIds=[goes.id])
        self.gone(office, goes)
        office.edited(made["id"], name="other")
        again = office.regenerate(made["id"]).json
        assert again["locationsGone"] is True
        assert self.seen(office, again["key"], goes) == 403

    def test_keys_of_all_locations_stay_so(self, office: Office) -> None:
        goes, other = office.location(), office.location()
        made = office.made(READER)
        self.gone(office, goes)
        assert "locationsGone" not in office.get(made["id"]).json
        assert self.seen(office, made["key"], other) == 200

    def test_the_audit_log_tells_of_it(self, office: Office) -> None:
        goes = office.location()
        id = office.made(READER, locationIds=[goes.id])["id"]
        self.gone(office, goes)
        entry = office.audit()[-1]
        assert (entry.actor, entry.action, entry.key, entry.fields) == ("muster", "api_key.edited", id, ("locationIds",))

    def test_a_change_at_the_same_time_is_kept(self, office: Office) -> None:
        goes = office.location()
        id = office.made(READER, locationIds=[goes.id])["id"]
        meanwhile(lambda: office.edited(id, name="other"))
        self.gone(office, goes)
        shown = office.get(id).json
        assert (shown["name"], shown["locationIds"], shown["locationsGone"]) == ("other", [], True)
