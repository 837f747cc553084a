"""POST /v4/organization/{organizationId}/locations: what it makes (contract, 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.ids import ANY_UUID
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from functions.wisdm.location import create
from functions.wisdm.location import list as list_locations
from tests.contract.wisdm.location.bodies import CERTIFICATE, CLIENT, KEY, MODES, SERVER, TOKEN, TOKENS, body
from tests.contract.wisdm.tenant import Tenant, meanwhile, refused, rows
from tests.harness.call import Answered, call
from tests.harness.fleet import PERMISSIONS


def created(tenant: Tenant, sent: dict[str, Any], key: str | None = None) -> Answered:
    return call(create.handler, tenant.path, key=key or tenant.key, body=sent)


def stored(answer: Answered) -> Location:
    assert answer.status == 201, answer.json
    return fetch(EVERYWHERE, Locations.by_id(answer.json["locationId"]))


def test_says_what_it_made(tenant: Tenant) -> None:
    answer = created(tenant, body())
    assert answer.status == 201
    assert answer.json == {"locationId": answer.json["locationId"], "name": "Harbour East", "workMode": "Basics station", **tenant.path}


def test_the_id_is_a_lower_case_uuid(tenant: Tenant) -> None:
    import re

    id = created(tenant, body()).json["locationId"]
    assert re.fullmatch(ANY_UUID, id)
    assert id == id.lower()


def test_is_listed_at_once(tenant: Tenant) -> None:
    id = created(tenant, body()).json["locationId"]
    assert call(list_locations.handler, tenant.path, key=tenant.key).json["locations"] == [{"id": id, "name": "Harbour East"}]


def test_the_name_is_trimmed(tenant: Tenant) -> None:
    assert created(tenant, body(name="  Harbour  ")).json["name"] == "Harbour"


@pytest.mark.parametrize("name", ["Pier", "x" * 50, "港" * 50, "🚢" * 50], ids=["4", "50", "50-han", "50-astral"])
def test_names_have_4_to_50_code_points(tenant: Tenant, name: str) -> None:
    assert created(tenant, body(name=name)).json["name"] == name


def test_without_an_address_the_organizations_is_taken(tenant: Tenant) -> None:
    assert stored(created(tenant, body())).address == tenant.organization.address


def test_an_address_of_null_is_absent(tenant: Tenant) -> None:
    assert stored(created(tenant, body(address=None))).address == tenant.organization.address


def test_an_address_is_kept_as_given(tenant: Tenant) -> None:
    address = stored(
        created(tenant, body(address={"city": "Sofia", "addressLine1": "1 Industrial St", "latitude": 42.7, "longitude": 23}))
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
    location = stored(created(tenant, body()))
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
    assert stored(created(tenant, sent)).channels == 8


def test_unknown_members_are_ignored(tenant: Tenant) -> None:
    assert created(tenant, body(colour="blue", station_of={"extra": 1}, address={"planet": "Earth"})).status == 201


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_every_mode_with_what_it_needs(tenant: Tenant, mode: str) -> None:
    assert created(tenant, body(mode)).status == 201


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_individual_keys_need_no_shared_ones(tenant: Tenant, mode: str) -> None:
    shared = {"clientCertificate": ..., "clientKey": ..., "token": ...}
    assert stored(created(tenant, body(mode, station_of={"useIndividualKeys": True, **shared}))).sealed is None


@pytest.mark.parametrize("mode", MODES[:2], ids=str)
def test_modes_without_a_client_ignore_its_credentials(tenant: Tenant, mode: str) -> None:
    ignored = {"clientCertificate": "no PEM", "clientKey": 5, "token": "\n", "useIndividualKeys": True}
    assert created(tenant, body(mode, station_of=ignored)).status == 201


@pytest.mark.parametrize(
    ("mode", "given"),
    [(CLIENT, {"clientKey": ...}), (CLIENT, {"clientCertificate": ...}), (CLIENT, {}), (TOKENS, {})],
    ids=["certificate", "key", "both", "token"],
)
def test_shared_credentials_contradict_individual_ones(tenant: Tenant, mode: str, given: dict[str, Any]) -> None:
    refused(created(tenant, body(mode, station_of={"useIndividualKeys": True, **given})), 409)


def test_a_contradiction_leaves_nothing_behind(tenant: Tenant) -> None:
    before = rows()
    created(tenant, body(TOKENS, station_of={"useIndividualKeys": True}))
    assert rows() == before


@pytest.mark.parametrize("name", ["Harbour East", "harbour EAST", "  Harbour East "], ids=["same", "case", "blanks"])
def test_a_name_is_taken_once(tenant: Tenant, name: str) -> None:
    created(tenant, body())
    before = rows()
    refused(created(tenant, body(name=name)), 409)
    assert rows() == before


def test_of_two_that_take_a_name_at_once_the_second_loses(tenant: Tenant) -> None:
    meanwhile(lambda: created(tenant, body(name="harbour EAST")))
    refused(created(tenant, body()), 409)
    assert [one["name"] for one in call(list_locations.handler, tenant.path, key=tenant.key).json["locations"]] == ["harbour EAST"]


def test_another_organization_may_have_the_name(tenant: Tenant) -> None:
    created(tenant, body())
    assert created(Tenant.of(tenant.fleet), body()).status == 201


@pytest.mark.parametrize(("mode", "secrets"), [(CLIENT, [KEY]), (TOKENS, [TOKEN]), (SERVER, [])], ids=["certificate", "token", "server"])
def test_shared_secrets_are_neither_answered_nor_kept_in_clear(tenant: Tenant, mode: str, secrets: list[str]) -> None:
    answer = created(tenant, body(mode))
    kept = str(rows())
    assert not [secret for secret in secrets if secret in answer.content.decode() or secret.strip().splitlines()[-1] in kept]


def test_the_trusted_certificate_is_kept(tenant: Tenant) -> None:
    server = stored(created(tenant, body(SERVER))).server
    assert server is not None
    assert server.trust == CERTIFICATE


def test_a_key_limited_to_locations_may_make_none(tenant: Tenant) -> None:
    before = rows()
    limited = tenant.limited(tenant.location())
    assert refused(created(tenant, body(), limited), 403) == "Action is not allowed"
    assert len(rows()) == len(before) + 6


def test_needs_its_own_permission(tenant: Tenant) -> None:
    others = tuple(name for name in PERMISSIONS if name != "WRITE_ADD_LOCATION_TO_ORGANIZATION")
    key = tenant.fleet.key(tenant.organization, permissions=others)
    assert refused(created(tenant, body(), key), 403) == "Action is not allowed"


def test_its_own_permission_is_enough(tenant: Tenant) -> None:
    key = tenant.fleet.key(tenant.organization, permissions=("WRITE_ADD_LOCATION_TO_ORGANIZATION",))
    assert created(tenant, body(), key).status == 201


def test_another_organization_is_not_found(tenant: Tenant) -> None:
    answer = call(create.handler, Tenant.of(tenant.fleet).path, key=tenant.key, body=body())
    assert refused(answer, 404) == "Organization not found"
