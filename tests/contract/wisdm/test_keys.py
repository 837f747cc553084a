"""Keys: who is let in, and the order of checks (wisdm.md 2.1 to 2.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from edge.entry import Entry
from fleet.registry.gateway import Card
from fleet.registry.location import Location
from functions.wisdm.command import get as get_command
from functions.wisdm.command import send
from functions.wisdm.gateway import get_status, list_status, register
from functions.wisdm.gateway import list as list_gateways
from functions.wisdm.location import create
from functions.wisdm.location import list as list_locations
from functions.wisdm.logs import list_downloads
from functions.wisdm.organization import get as get_organization
from functions.wisdm.version import get as get_version
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.location.bodies import body
from tests.contract.wisdm.stored import items_written, remove, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call

READS: list[Entry] = [
    module.handler
    for module in (get_version, get_organization, list_locations, list_gateways, list_status, get_status, get_command, list_downloads)
]
WRITES: list[tuple[Entry, str | None]] = [
    (create.handler, "WRITE_ADD_LOCATION_TO_ORGANIZATION"), (register.handler, "WRITE_ADD_GATEWAY_TO_LOCATION"), (send.handler, None),
]  # fmt: skip
ENTRIES = [*READS, *(entry for entry, _ in WRITES)]
PATH = {"organizationId": "no uuid", "locationId": "no uuid", "sn": "x", "commandId": "x"}


def name(entry: Entry) -> str:
    return entry.route.name


def call_with_errors(entry: Entry, key: str | None, **more: Any) -> Response:
    """A call with a broken path and, for a POST, a broken body."""
    path = {part: value for part, value in PATH.items() if f"{{{part}}}" in entry.route.path}
    return call(entry, path, key=key, body=b"{" if entry.route.method == "POST" else None, **more)


def malformed(key: str) -> list[str]:
    return [
        "",
        "x",
        key[:-1],
        key + "A",
        key.upper(),
        key.replace("wdk_", "abc_"),
        f" {key}",
        f"{key} ",
        key.replace("_", "-"),
        "wdk_" + "é" * 56,
    ]


def test_a_malformed_key_is_forbidden(tenant: Tenant) -> None:
    for key in malformed(tenant.key):
        assert refusal_message(call(get_version.handler, headers={"X-API-KEY": key}), 403) == "Forbidden", key


REFUSED: list[dict[str, Any]] = [
    {"enabled": False}, {"api_access": False}, {"expires": datetime(2020, 1, 1, tzinfo=UTC)}, {"secret_hash": "0" * 64},
]  # fmt: skip


def test_a_key_out_of_force_is_answered_as_a_missing_one(tenant: Tenant) -> None:
    for fields in REFUSED:
        answer = call(get_version.handler, key=tenant.fleet.key(tenant.organization, **fields))
        assert refusal_message(answer, 403) == "Forbidden", fields
        assert answer.content == call(get_version.handler).content, fields


def test_an_unknown_key_is_answered_as_a_missing_one(tenant: Tenant) -> None:
    answer = call(get_version.handler, key=f"wdk_{'A' * 12}_{'b' * 43}")
    assert answer.content == call(get_version.handler).content


def test_a_deleted_key_is_dead_at_once(tenant: Tenant) -> None:
    assert call(get_version.handler, key=tenant.key).status == 200
    remove((f"APIKEY#{tenant.key[4:16]}", "APIKEY"))
    answer = call(get_version.handler, key=tenant.key)
    assert answer.content == call(get_version.handler).content


def test_a_key_ends_at_its_second(tenant: Tenant) -> None:
    now = datetime.now(UTC)
    soon, over = (tenant.fleet.key(tenant.organization, expires=now + timedelta(seconds=seconds)) for seconds in (60, -1))
    assert [call(get_version.handler, key=key).status for key in (soon, over)] == [200, 403]


def test_the_header_is_read_in_any_case(tenant: Tenant) -> None:
    for header in ("x-api-key", "X-Api-Key", "X-API-KEY"):
        assert call(get_version.handler, headers={header: tenant.key}).status == 200, header


def test_a_key_in_the_query_is_not_accepted(tenant: Tenant) -> None:
    for parameter in ("X-API-KEY", "x-api-key", "apiKey", "key"):
        refusal_message(call(get_version.handler, query={parameter: tenant.key}), 403)


def test_a_key_as_bearer_token_is_not_accepted(tenant: Tenant) -> None:
    refusal_message(call(get_version.handler, headers={"Authorization": f"Bearer {tenant.key}"}), 403)


def test_the_key_before_the_form_of_the_request(tenant: Tenant) -> None:
    for entry in ENTRIES:
        assert refusal_message(call_with_errors(entry, None), 403) == "Forbidden", name(entry)


def test_the_application_before_the_form_of_the_request(tenant: Tenant) -> None:
    key = tenant.fleet.key(tenant.organization, restriction="IP_ADDRESSES", addresses=("192.0.2.1",))
    for entry in ENTRIES:
        assert refusal_message(call_with_errors(entry, key), 403) == "Action is not allowed", name(entry)


def test_the_kind_of_key_before_the_form_of_the_request(gateways: TenantWithGateways) -> None:
    for entry, _ in WRITES:
        assert refusal_message(call_with_errors(entry, gateways.reader), 403) == "Action is not allowed", name(entry)


def test_permissions_of_a_read_only_key_do_not_count(tenant: Tenant) -> None:
    for entry, scope in WRITES:
        key = tenant.fleet.key(tenant.organization, access="READ_ONLY", permissions=(scope or "WRITE",))
        assert refusal_message(call_with_errors(entry, key), 403) == "Action is not allowed", name(entry)


def test_the_permission_before_the_form_of_the_request(tenant: Tenant) -> None:
    key = tenant.fleet.key(tenant.organization, permissions=("WRITE_REBOOT_GATEWAY",))
    for entry, _ in WRITES[:2]:
        assert refusal_message(call_with_errors(entry, key), 403) == "Action is not allowed", name(entry)


def test_the_path_is_told_before_the_body(tenant: Tenant) -> None:
    for entry in ENTRIES:
        if "{" in entry.route.path:
            fields = [detail["field"] for detail in call_with_errors(entry, tenant.key, query={}).json["details"]]
            assert fields[0] in PATH, name(entry)
            assert "" not in fields, name(entry)


def test_a_broken_body_to_what_is_unknown_is_bad(tenant: Tenant) -> None:
    path = {
        "organizationId": "4fed110b-461b-4815-8bfc-4866b3b74c27",
        "locationId": "4fed110b-461b-4815-8bfc-4866b3b74c27",
        "sn": "GW999999",
    }
    for entry, _ in WRITES:
        asked = {part: value for part, value in path.items() if f"{{{part}}}" in entry.route.path}
        refusal_message(call(entry, asked, key=tenant.key, body=b"{"), 400)


def test_the_organization_before_the_keys_locations(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    refusal_message(call(create.handler, other_tenant.path, key=gateways.key_of_place, body=body()), 404)


def test_the_keys_locations_before_the_name(tenant: Tenant) -> None:
    location = tenant.location(name="Harbour East")
    refusal_message(call(create.handler, tenant.path, key=tenant.limited_key(location), body=body()), 403)


def test_the_keys_locations_before_a_contradiction(gateways: TenantWithGateways) -> None:
    given = body("TLS Server and Client Authentication", station_of={"useIndividualKeys": True})
    refusal_message(call(create.handler, gateways.path, key=gateways.key_of_place, body=given), 403)


def of_gateway(card: Card, location: Location) -> list[tuple[Entry, dict[str, str], dict[str, Any]]]:
    dates = {"query": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-01-02T00:00:00Z"}}
    return [
        (list_gateways.handler, {"locationId": location.id}, {}),
        (list_status.handler, {"locationId": location.id}, {}),
        (register.handler, {"locationId": location.id}, {"body": {"sn": "GW777777", "eui": "a" * 16}}),
        (get_status.handler, {"sn": card.sn}, {}),
        (send.handler, {"sn": card.sn}, {"body": {"command": "uptime"}}),
        (get_command.handler, {"sn": card.sn, "commandId": "5"}, {}),
        (list_downloads.handler, {"sn": card.sn}, dates),
    ]


def test_a_key_whose_locations_are_all_gone_may_do_nothing_there(gateways: TenantWithGateways) -> None:
    key = gateways.limited_key()
    with unchanged():
        for entry, path, sent in of_gateway(gateways.online, gateways.place):
            assert refusal_message(call(entry, path, key=key, **sent), 403) == "Action is not allowed", name(entry)


def test_no_answer_holds_the_key(tenant: Tenant) -> None:
    key = tenant.fleet.key(tenant.organization, enabled=False)
    assert key[17:] not in call(get_version.handler, key=key).content.decode()


def test_the_key_is_kept_as_a_hash_only(tenant: Tenant) -> None:
    with items_written() as rows:
        key = tenant.fleet.key(tenant.organization)
    assert key[17:] not in repr(rows)
