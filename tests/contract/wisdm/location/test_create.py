"""POST /v4/organization/{organizationId}/locations: what it makes (wisdm.md 3.4)."""

from __future__ import annotations

import re
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.ids import ANY_UUID
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.registry.lorawan import Lorawan
from functions.wisdm.location import create
from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.location.bodies import CERTIFICATE, CLIENT, KEY, MODES, SERVER, TOKEN, TOKENS, body
from tests.contract.wisdm.stored import items_written, restored_after_each, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call
from tests.harness.fleet import PERMISSIONS
from tests.harness.interference import before_next_transaction

REGIONS = (
    *((region, "default", "G1") for region in ("EU868", "US915", "AU915", "KR920", "IN865", "RU864", "CN470", "EU433")),
    *(("AS923", f"AS923-{number}", "G1") for number in range(1, 5)),
    ("EU868", "default", "G4"), ("US915", "default", "G8"), ("AU915", "default", "G8"), ("CN470", "default", "G12"),
)  # fmt: skip
"""Regions with their variations, and the last sub-bands of those that have several."""


def create_location(tenant: Tenant, sent: dict[str, Any], key: str | None = None) -> Response:
    return call(create.handler, tenant.path, key=key or tenant.key, body=sent)


def stored_location(answer: Response) -> Location:
    assert answer.status == 201, answer.json
    return fetch(EVERYWHERE, Locations.by_id(answer.json["locationId"]))


def stored_settings(answer: Response) -> Lorawan:
    settings = stored_location(answer).wisdm
    assert settings is not None
    return settings


def test_says_what_it_made(tenant: Tenant) -> None:
    answer = create_location(tenant, body())
    assert answer.status == 201
    assert answer.json == {"locationId": answer.json["locationId"], "name": "Harbour East", "workMode": "Basics station", **tenant.path}


def test_the_id_is_a_lower_case_uuid(tenant: Tenant) -> None:
    id = create_location(tenant, body()).json["locationId"]
    assert re.fullmatch(ANY_UUID, id)
    assert id == id.lower()


def test_is_listed_at_once(tenant: Tenant) -> None:
    id = create_location(tenant, body()).json["locationId"]
    assert call(list_locations.handler, tenant.path, key=tenant.key).json["locations"] == [{"id": id, "name": "Harbour East"}]


def test_the_name_is_trimmed(tenant: Tenant) -> None:
    assert create_location(tenant, body(name="  Harbour  ")).json["name"] == "Harbour"


def test_names_have_4_to_50_code_points(tenant: Tenant) -> None:
    for name in ("Pier", "x" * 50, "港" * 50, "🚢" * 50):
        assert create_location(tenant, body(name=name)).json["name"] == name


def test_without_an_address_the_organizations_is_taken(tenant: Tenant) -> None:
    assert stored_location(create_location(tenant, body())).address == tenant.organization.address


def test_an_address_of_null_is_absent(tenant: Tenant) -> None:
    assert stored_location(create_location(tenant, body(address=None))).address == tenant.organization.address


def test_an_address_is_kept_as_given(tenant: Tenant) -> None:
    address = stored_location(
        create_location(tenant, body(address={"city": "Sofia", "addressLine1": "1 Industrial St", "latitude": 42.7, "longitude": 23}))
    ).address
    assert address is not None
    assert (address.city, address.line, address.latitude, address.longitude, address.country) == (
        "Sofia",
        "1 Industrial St",
        42.7,
        23,
        None,
    )


def test_defaults(tenant: Tenant) -> None:
    location = stored_settings(create_location(tenant, body()))
    assert location.frequency is not None
    assert location.server is not None
    frequency = (location.frequency.variation, location.frequency.public, location.frequency.sub_band)
    assert (location.channels, location.critical_updates, location.server.individual, *frequency) == (
        8,
        False,
        False,
        "default",
        True,
        "G1",
    )


def test_nulls_are_defaults(tenant: Tenant) -> None:
    sent = body(
        channelsNumber=None, enableCriticalFwAutoUpdate=None, frequency={"isLoRaWANPublic": None}, station_of={"useIndividualKeys": None}
    )
    assert stored_settings(create_location(tenant, sent)).channels == 8


def test_unknown_members_are_ignored(tenant: Tenant) -> None:
    assert create_location(tenant, body(colour="blue", station_of={"extra": 1}, address={"planet": "Earth"})).status == 201


def test_every_mode_with_what_it_needs(tenant: Tenant) -> None:
    for mode in restored_after_each(MODES):
        assert create_location(tenant, body(mode)).status == 201, mode


def test_every_kind_of_server_and_region(tenant: Tenant) -> None:
    for kind, url in restored_after_each(
        (("LNS", "wss://lns.example"), ("CUPS", "https://cups.example"), ("CUPS-BOOT", "https://cups.example"))
    ):
        server = stored_settings(create_location(tenant, body(SERVER, station_of={"serverType": kind, "serverURL": url}))).server
        assert server is not None
        assert (server.type, server.url, server.port) == (kind, url, 443)
    for region, variation, band in restored_after_each(REGIONS):
        frequency = {"region": region, "regionVariation": variation, "frequencySubBand": band}
        kept = stored_settings(create_location(tenant, body(frequency=frequency))).frequency
        assert kept is not None
        assert (kept.region, kept.variation, kept.sub_band) == (region, variation, band)


def test_a_location_may_have_16_channels(tenant: Tenant) -> None:
    assert stored_settings(create_location(tenant, body(channelsNumber=16))).channels == 16


def test_individual_keys_need_no_shared_ones(tenant: Tenant) -> None:
    shared = {"clientCertificate": ..., "clientKey": ..., "token": ...}
    for mode in restored_after_each(MODES):
        assert stored_settings(create_location(tenant, body(mode, station_of={"useIndividualKeys": True, **shared}))).sealed is None, mode


def test_empty_credentials_do_not_contradict_individual_ones(tenant: Tenant) -> None:
    empty = {"useIndividualKeys": True, "clientCertificate": "", "clientKey": "", "token": ""}
    for mode in restored_after_each(MODES):
        assert stored_settings(create_location(tenant, body(mode, station_of=empty))).sealed is None, mode


def test_an_empty_text_is_as_one_left_out(tenant: Tenant) -> None:
    sent = body(
        address={"country": "Finland", "state": "", "addressLine1": "", "city": "", "zip": ""},
        station_of={"trustCACertificate": "", "clientCertificate": "", "clientKey": "", "token": ""},
        frequency={"regionVariation": "", "frequencySubBand": ""},
    )
    location = stored_location(create_location(tenant, sent))
    assert location.address is not None
    assert {name: value for name, value in location.address.model_dump().items() if value is not None} == {"country": "Finland"}
    assert location.wisdm is not None
    assert location.wisdm.frequency is not None
    assert (location.wisdm.frequency.variation, location.wisdm.frequency.sub_band) == ("default", "G1")


def test_modes_without_a_client_ignore_its_credentials(tenant: Tenant) -> None:
    ignored = {"clientCertificate": "no PEM", "clientKey": 5, "token": "\n", "useIndividualKeys": True}
    for mode in restored_after_each(MODES[:2]):
        assert create_location(tenant, body(mode, station_of=ignored)).status == 201, mode


def test_shared_credentials_contradict_individual_ones(tenant: Tenant) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        (CLIENT, {"clientKey": ...}), (CLIENT, {"clientCertificate": ...}), (CLIENT, {}), (TOKENS, {}),
    ]  # fmt: skip
    with unchanged():
        for mode, given in cases:
            refusal_message(create_location(tenant, body(mode, station_of={"useIndividualKeys": True, **given})), 409)


def test_a_name_is_taken_once(tenant: Tenant) -> None:
    create_location(tenant, body())
    with unchanged():
        for name in ("Harbour East", "harbour EAST", "  Harbour East "):
            refusal_message(create_location(tenant, body(name=name)), 409)


def test_of_two_that_take_a_name_at_once_the_second_loses(tenant: Tenant) -> None:
    before_next_transaction(lambda: create_location(tenant, body(name="harbour EAST")))
    refusal_message(create_location(tenant, body()), 409)
    assert [one["name"] for one in call(list_locations.handler, tenant.path, key=tenant.key).json["locations"]] == ["harbour EAST"]


def test_another_organization_may_have_the_name(tenant: Tenant, other_tenant: Tenant) -> None:
    create_location(tenant, body())
    assert create_location(other_tenant, body()).status == 201


def test_shared_secrets_are_neither_answered_nor_kept_in_clear(tenant: Tenant) -> None:
    for mode, secret in restored_after_each(((CLIENT, KEY), (TOKENS, TOKEN))):
        with items_written() as rows:
            answer = create_location(tenant, body(mode))
        shown = answer.content.decode() + repr(rows)
        assert answer.status == 201
        assert not [line for line in secret.strip().splitlines() if line in shown], mode


def test_the_trusted_certificate_is_kept(tenant: Tenant) -> None:
    """Without the white space around it."""
    for sent in restored_after_each((CERTIFICATE, f"\n \t{CERTIFICATE}\r\n ", CERTIFICATE.strip())):
        server = stored_settings(create_location(tenant, body(SERVER, station_of={"trustCACertificate": sent}))).server
        assert server is not None
        assert server.trust == CERTIFICATE.strip()


def test_a_key_limited_to_locations_may_make_none(gateways: TenantWithGateways) -> None:
    with unchanged():
        assert refusal_message(create_location(gateways, body(), gateways.key_of_place), 403) == "Action is not allowed"


def test_needs_its_own_permission(tenant: Tenant) -> None:
    others = tuple(name for name in PERMISSIONS if name != "WRITE_ADD_LOCATION_TO_ORGANIZATION")
    key = tenant.fleet.key(tenant.organization, permissions=others)
    assert refusal_message(create_location(tenant, body(), key), 403) == "Action is not allowed"


def test_its_own_permission_is_enough(tenant: Tenant) -> None:
    key = tenant.fleet.key(tenant.organization, permissions=("WRITE_ADD_LOCATION_TO_ORGANIZATION",))
    assert create_location(tenant, body(), key).status == 201


def test_another_organization_is_not_found(tenant: Tenant, other_tenant: Tenant) -> None:
    answer = call(create.handler, other_tenant.path, key=tenant.key, body=body())
    assert refusal_message(answer, 404) == "Organization not found"
