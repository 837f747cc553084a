"""API keys that are limited to a location after it is deleted (wisdm.md 10.4)."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.access import Reach
from fleet.identity import manage_api_keys
from fleet.registry.location import Location
from functions.wisdm.gateway import list as list_gateways
from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.console import READER, Console
from tests.harness.call import call
from tests.harness.interference import before_next_transaction


def status_of(console: Console, key: str, location: Location) -> int:
    return call(list_gateways.handler, {"locationId": location.id}, key=key).status


def delete_location(console: Console, location: Location) -> None:
    manage_api_keys.forget_location(Reach.of(console.organization.id), console.organization.id, location.id, datetime.now(UTC))


def test_leaves_the_lists_of_keys(console: Console) -> None:
    stays, goes = console.location(), console.location()
    both = console.created_key(READER, locationIds=[stays.id, goes.id])
    delete_location(console, goes)
    assert console.get(both["id"]).json["locationIds"] == [stays.id]
    assert [status_of(console, both["key"], location) for location in (stays, goes)] == [200, 403]


def test_an_emptied_list_permits_nothing(console: Console) -> None:
    goes, other = console.location(), console.location()
    made = console.created_key(READER, locationIds=[goes.id])
    delete_location(console, goes)
    shown = console.get(made["id"]).json
    assert (shown["locationIds"], shown["locationsGone"]) == ([], True)
    assert [status_of(console, made["key"], location) for location in (goes, other)] == [403, 403]
    assert call(list_locations.handler, console.path, key=made["key"]).json["total"] == 0


def test_an_emptied_list_stays_empty_through_other_changes(console: Console) -> None:
    goes = console.location()
    made = console.created_key(READER, locationIds=[goes.id])
    delete_location(console, goes)
    console.edited_key(made["id"], name="other")
    again = console.regenerate(made["id"]).json
    assert again["locationsGone"] is True
    assert status_of(console, again["key"], goes) == 403


def test_keys_of_all_locations_stay_so(console: Console) -> None:
    goes, other = console.location(), console.location()
    made = console.created_key(READER)
    delete_location(console, goes)
    assert "locationsGone" not in console.get(made["id"]).json
    assert status_of(console, made["key"], other) == 200


def test_the_audit_log_tells_of_it(console: Console) -> None:
    goes = console.location()
    id = console.created_key(READER, locationIds=[goes.id])["id"]
    delete_location(console, goes)
    entry = console.audit()[-1]
    assert (entry.actor, entry.action, entry.key, entry.fields) == ("muster", "api_key.edited", id, ("locationIds",))


def test_a_change_at_the_same_time_is_kept(console: Console) -> None:
    goes = console.location()
    id = console.created_key(READER, locationIds=[goes.id])["id"]
    before_next_transaction(lambda: console.edited_key(id, name="other"))
    delete_location(console, goes)
    shown = console.get(id).json
    assert (shown["name"], shown["locationIds"], shown["locationsGone"]) == ("other", [], True)
