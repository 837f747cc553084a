"""`muster api-key create`, `list` and `delete`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws import table
from fleet.aws.reads import fetch, unchecked_item
from fleet.aws.writes import transact
from fleet.errors import Conflict, Invalid
from fleet.identity.api_key import MOST_KEYS
from fleet.identity.api_keys import ApiKeys
from functions.wisdm.organization.get import handler as get_organization
from muster.operator import api_key, organization
from muster.operator.rules import PERMISSIONS
from tests.harness.aws import item, stored
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.people import OPERATOR
from tests.operator.console import Console

CREATE = ("api-key", "create", "--organization", "harbour", "--name", "reader", "--days", "30")
READ = (*CREATE, "--access", "READ_ONLY")


@pytest.fixture
def new_organization(cloud: dict[str, str]) -> organization.OrganizationState:
    return organization.create("Harbour", "harbour")


def create_key(muster: Console, *arguments: str) -> str:
    """Create a key; returns its text."""
    return str(muster(*arguments, "--json").json["key"])


def status_of(key: str, source: str = "203.0.113.9", **headers: str) -> int:
    return call(get_organization, key=key, source=source, headers=headers).status


def test_the_key_opens_its_organization(muster: Console, new_organization: organization.OrganizationState) -> None:
    answer = call(get_organization, key=create_key(muster, *READ))
    assert (answer.status, answer.json) == (200, {"id": new_organization.uuid, "name": "Harbour"})


def test_shows_the_text_once_and_keeps_a_hash(muster: Console, new_organization: organization.OrganizationState) -> None:
    said = muster(*READ)
    (text,) = re.findall(r"wdk_[A-Za-z0-9]{12}_[A-Za-z0-9_-]{43}", said.out)
    assert "not shown again" in said.out
    assert text.split("_", 2)[2] not in repr(stored(table.table()))


def test_says_who_may_do_what_until_when(muster: Console, new_organization: organization.OrganizationState) -> None:
    with time_machine.travel(datetime(2026, 1, 5, 10, tzinfo=UTC), tick=False):
        made = muster(*CREATE, "--access", "READ_WRITE", "--permission", PERMISSIONS[0], "--json").json
    assert made == {
        "key": made["key"],
        "id": made["id"],
        "organization": new_organization.id,
        "name": "reader",
        "access": "READ_WRITE",
        "expires": "2026-02-04T10:00:00Z",
        "enabled": True,
        "organizationActive": True,
        "apiAccess": True,
    }


def test_lives_as_long_as_was_asked_for(muster: Console, new_organization: organization.OrganizationState) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        key = create_key(muster, *READ)
        clock.move_to(start + timedelta(days=30) - timedelta(seconds=1))
        assert status_of(key) == 200
        clock.move_to(start + timedelta(days=30))
        assert status_of(key) == 403


def test_works_from_its_addresses_alone(muster: Console, new_organization: organization.OrganizationState) -> None:
    key = create_key(muster, *READ, "--ip", "198.51.100.7", "--ip", "203.0.113.0/24", "--ip", "::ffff:192.0.2.1")
    assert [status_of(key, source=source) for source in ("198.51.100.7", "203.0.113.200", "192.0.2.1", "198.51.100.8")] == [
        200,
        200,
        200,
        403,
    ]


def test_works_from_its_origins_alone(muster: Console, new_organization: organization.OrganizationState) -> None:
    key = create_key(muster, *READ, "--referrer", "https://*.example.com/*")
    assert [status_of(key, Referer=page) for page in ("https://app.example.com/x", "https://example.com.evil.test/")] == [200, 403]
    assert status_of(key) == 403


def test_is_limited_to_locations_of_its_organization(
    muster: Console, fleet: Fleet, new_organization: organization.OrganizationState
) -> None:
    owner = organization.find("harbour")
    mine, theirs = fleet.location(owner), fleet.location(fleet.organization())
    made = muster(*READ, "--location", mine.id.upper(), "--json").json
    row = fetch(EVERYWHERE, unchecked_item((f"APIKEY#{made['key'][4:16]}", "APIKEY")))
    assert row
    assert f'"locations":["{mine.id}"]' in row["body"]["S"]
    for location in (theirs.id, ids.to_uuid(ids.new_id())):
        assert "--location must be a location of the organization" in muster.misused(*READ, "--location", location)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--days", "0"), "--days must be from 1 to 365"),
        (("--days", "366"), "--days must be from 1 to 365"),
        (("--name", ""), "--name must have"),
        (("--name", "n" * 51), "--name must have"),
        (("--permission", PERMISSIONS[0]), "--permission must be left out"),
        (("--access", "READ_WRITE"), "--permission must be given"),
        (("--access", "READ_WRITE", "--permission", PERMISSIONS[0], "--permission", PERMISSIONS[0]), "--permission must be given"),
        (("--permission", "WRITE_EVERYTHING"), "--permission"),
        (("--ip", "10.0.0.1/8"), "--ip must be"),
        (("--ip", "example.com"), "--ip must be"),
        (("--ip", "10.0.0.1", "--referrer", "https://example.com"), "--ip cannot be combined"),
        (("--referrer", "example.com"), "--referrer must be"),
        (("--referrer", "https://*"), "--referrer must be"),
        (("--referrer", "https://a.*.example.com/*"), "--referrer must be"),
        (("--referrer", "https://example.com:99999"), "--referrer must be"),
        (("--referrer", "https://user@example.com"), "--referrer must be"),
        (("--location", "pier"), "--location must be the UUID"),
    ],
)
def test_what_breaks_a_rule_is_named(
    muster: Console, new_organization: organization.OrganizationState, options: tuple[str, ...], text: str
) -> None:
    assert text in muster.misused(*READ, *options)


def test_the_organization_must_be_there(muster: Console) -> None:
    assert "muster organization create" in muster.refused(*READ)


def test_keys_are_listed_without_their_text(muster: Console, new_organization: organization.OrganizationState) -> None:
    made = [muster(*READ, "--name", name, "--json").json for name in ("reader", "billing")]
    listed = {each["id"]: each for each in muster("api-key", "list", "--organization", "harbour", "--json").json}
    assert [{**listed[one["id"]], "key": one["key"]} for one in made] == made
    said = muster("api-key", "list", "--organization", "harbour").out
    assert [one["id"] in said for one in made] == [True, True]
    assert "wdk_" not in said


def test_the_list_says_when_a_key_was_last_used(muster: Console, new_organization: organization.OrganizationState) -> None:
    made = muster(*READ, "--json").json
    assert "lastUsed" not in made
    assert "not used yet" in muster("api-key", "list", "--organization", "harbour").out
    with time_machine.travel(datetime(2026, 1, 5, 12, 34, tzinfo=UTC)):
        assert status_of(made["key"]) == 200
    assert "last used in the hour of 2026-01-05 12:00 UTC" in muster("api-key", "list", "--organization", "harbour").out
    (listed,) = muster("api-key", "list", "--organization", "harbour", "--json").json
    deleted = muster("api-key", "delete", "--organization", "harbour", "--key", made["id"], "--json").json
    assert listed["lastUsed"] == deleted["lastUsed"] == "2026-01-05T12:00:00Z"
    assert item("FleetTable", f"USED#{made['key'][4:16]}", "USED") is None


def test_the_list_says_which_keys_are_refused(muster: Console, new_organization: organization.OrganizationState) -> None:
    made = muster(*READ, "--json").json
    key = fetch(EVERYWHERE, ApiKeys.by_id(new_organization.id, made["id"]))
    transact(ApiKeys.edit_writes(EVERYWHERE, key, key.edited(datetime.now(UTC), enabled=False)))
    assert "not used yet, disabled\n" in muster("api-key", "list", "--organization", "harbour").out
    muster("organization", "disable", "--organization", "harbour")
    assert "not used yet, disabled, its organization is disabled\n" in muster("api-key", "list", "--organization", "harbour").out
    (listed,) = muster("api-key", "list", "--organization", "harbour", "--json").json
    assert (made["enabled"], made["organizationActive"]) == (True, True)
    assert (listed["enabled"], listed["organizationActive"]) == (False, False)


def test_a_deleted_key_is_dead_and_leaves_its_name(muster: Console, new_organization: organization.OrganizationState) -> None:
    organization.create("Meadow", "meadow")
    made = muster(*READ, "--json").json
    delete = ("api-key", "delete", "--key", made["id"].upper(), "--organization")
    for other in ((*delete, "meadow"), (*delete[:3], "nothing", "--organization", "harbour")):
        assert "muster api-key list" in muster.refused(*other)
    assert status_of(made["key"]) == 200
    assert muster(*delete, "harbour", "--json").json["id"] == made["id"]
    assert status_of(made["key"]) == 403
    assert muster(*READ).code == 0
    entries = muster("audit", "--organization", "harbour", "--json").json
    assert ("api_key.deleted", OPERATOR.actor, made["id"]) in {(entry["action"], entry["actor"], entry["key"]) for entry in entries}


def test_a_name_is_taken_once_in_an_organization(muster: Console, new_organization: organization.OrganizationState) -> None:
    organization.create("Meadow", "meadow")
    muster(*READ)
    assert "choose another" in muster.refused(*READ, "--name", "READER")
    assert muster(*READ, "--organization", "meadow").code == 0


def test_a_plan_without_the_api_has_no_keys(muster: Console) -> None:
    organization.create("Harbour", "harbour", "Free")
    assert "comes without the API" in muster.refused(*READ)


def test_an_organization_has_at_most_fifty_keys(new_organization: organization.OrganizationState) -> None:
    def key_request(number: int) -> api_key.KeyRequest:
        return api_key.KeyRequest("harbour", f"key {number}", "READ_ONLY", 1)

    for number in range(MOST_KEYS):
        api_key.create(key_request(number))
    with pytest.raises(Conflict, match="50"):
        api_key.create(key_request(MOST_KEYS))


def test_the_function_checks_what_the_options_check(new_organization: organization.OrganizationState) -> None:
    with pytest.raises(Invalid) as caught:
        api_key.create(api_key.KeyRequest("harbour", "key", "WRITE_ONLY", 1, addresses=("10.0.0.1",) * 51))  # type: ignore[arg-type]
    assert {problem.place for problem in caught.value.details} == {("access",), ("permission",), ("ip",)}
