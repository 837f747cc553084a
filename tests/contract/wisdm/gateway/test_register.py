"""POST /v4/location/{locationId}/gateways (contract, 4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.aws.reads import fetch
from fleet.configuration.configuration import Configuration
from fleet.configuration.configurations import Configurations
from fleet.registry.gateway import Gateway
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.lorawan import Server
from functions.wisdm.gateway import get_status, list_status, register
from functions.wisdm.gateway import list as list_gateways
from tests.contract.wisdm.location.bodies import CERTIFICATE, KEY, TOKEN
from tests.contract.wisdm.tenant import Tenant, each_time, failing, meanwhile, refused, rows, sent_to
from tests.harness.call import Answered, call
from tests.harness.fleet import PERMISSIONS, Box

MODES = ("none", "server", "client_certificate", "client_token")


def registered(tenant: Tenant, location: Location, box: Box, key: str | None = None, **members: Any) -> Answered:
    sent = {"sn": box.sn, "eui": box.factory.eui, **members}
    return call(register.handler, {"locationId": location.id}, key=key or tenant.key, body=sent)


def served(tenant: Tenant, mode: str, *, individual: bool = False, **fields: Any) -> Location:
    server = Server(type="LNS", url="wss://lns.example", port=443, authentication=mode, trust=CERTIFICATE, individual=individual)  # type: ignore[arg-type]
    return tenant.location(server=server, **fields)


def stored(sn: str) -> Gateway:
    return fetch(EVERYWHERE, Gateways.by_sn(sn))


def test_says_what_it_registered(tenant: Tenant) -> None:
    location, box = tenant.location(), tenant.fleet.box()
    answer = registered(tenant, location, box)
    assert answer.status == 201
    assert answer.json == {"locationId": location.id, "sn": box.sn, "eui": box.factory.eui}


def test_the_eui_is_answered_as_spelled_and_kept_in_lower_case(tenant: Tenant) -> None:
    location, box = tenant.location(), tenant.fleet.box(eui="ac1f09fffe0a1b2c")
    assert registered(tenant, location, box, eui="AC1f09FFFE0A1B2C").json["eui"] == "AC1f09FFFE0A1B2C"
    assert call(get_status.handler, {"sn": box.sn}, key=tenant.key).json["eui"] == "ac1f09fffe0a1b2c"


def test_the_serial_number_is_answered_in_upper_case(tenant: Tenant) -> None:
    box = tenant.fleet.box(sn="GWABC001")
    assert registered(tenant, tenant.location(), box, sn="gwabc001").json["sn"] == "GWABC001"


def test_is_listed_as_provisioning_at_once(tenant: Tenant) -> None:
    location, box = tenant.location(), tenant.fleet.box()
    registered(tenant, location, box)
    shown = call(list_gateways.handler, {"locationId": location.id}, key=tenant.key).json["gateways"]
    assert [(one["sn"], one["status"]) for one in shown] == [(box.sn, "PROVISIONING")]


def test_is_counted(tenant: Tenant) -> None:
    location = tenant.location()
    registered(tenant, location, tenant.fleet.box())
    assert call(list_status.handler, {"locationId": location.id}, key=tenant.key).json["totalPages"] == 1


@pytest.mark.parametrize(
    ("given", "shown"), [({}, "RAK7268V2-GW000777"), ({"name": None}, "RAK7268V2-GW000777"), ({"name": "Pier 1"}, "Pier 1")], ids=str
)
def test_the_name_defaults_to_model_and_serial_number(tenant: Tenant, given: dict[str, Any], shown: str) -> None:
    registered(tenant, tenant.location(), tenant.fleet.box(sn="GW000777"), **given)
    assert call(get_status.handler, {"sn": "GW000777"}, key=tenant.key).json["name"] == shown


def test_its_configuration_is_queued(tenant: Tenant) -> None:
    location, box = tenant.location(), tenant.fleet.box()
    registered(tenant, location, box)
    (message,) = sent_to(box.sn)
    assert (message["type"], message["payload"]["location"], message["payload"]["version"]) == ("location.config", location.id, 1)


def test_a_gateway_that_the_organization_has_without_a_location_keeps_its_id(tenant: Tenant) -> None:
    box = tenant.fleet.box()
    before = tenant.gateway(box=box)
    location = tenant.location()
    assert registered(tenant, location, box, name="Pier 2").status == 201
    after = stored(box.sn).card
    assert (after.id, after.location, after.name, after.config_version) == (before.id, location.id, "Pier 2", 1)


@pytest.mark.parametrize("mode", MODES)
def test_shared_credentials_ask_nothing_of_the_gateway(tenant: Tenant, mode: str) -> None:
    ignored: dict[str, Any] = {"bsClientCertificate": "no PEM", "bsClientKey": 5, "bsToken": "\n"}
    assert registered(tenant, served(tenant, mode), tenant.fleet.box(), **ignored).status == 201


@pytest.mark.parametrize("mode", MODES[:2])
def test_modes_without_a_client_need_nothing(tenant: Tenant, mode: str) -> None:
    assert registered(tenant, served(tenant, mode, individual=True), tenant.fleet.box()).status == 201


OWN: list[tuple[str, dict[str, Any], list[str]]] = [
    ("client_certificate", {}, ["bsClientCertificate", "bsClientKey"]),
    ("client_certificate", {"bsClientCertificate": CERTIFICATE}, ["bsClientKey"]),
    ("client_certificate", {"bsClientKey": KEY}, ["bsClientCertificate"]),
    ("client_certificate", {"bsClientKey": KEY, "bsClientCertificate": KEY}, ["bsClientCertificate"]),
    ("client_certificate", {"bsClientKey": CERTIFICATE, "bsClientCertificate": CERTIFICATE}, ["bsClientKey"]),
    ("client_certificate", {"bsClientKey": KEY, "bsClientCertificate": 5}, ["bsClientCertificate"]),
    ("client_token", {}, ["bsToken"]),
    ("client_token", {"bsToken": None}, ["bsToken"]),
    ("client_token", {"bsToken": ""}, ["bsToken"]),
    ("client_token", {"bsToken": "a\r\nb"}, ["bsToken"]),
    ("client_token", {"bsToken": "x" * 4097}, ["bsToken"]),
]


@pytest.mark.parametrize(("mode", "given", "fields"), OWN, ids=lambda value: str(value)[:40])
def test_individual_keys_are_brought_by_the_gateway(tenant: Tenant, mode: str, given: dict[str, Any], fields: list[str]) -> None:
    location, box = served(tenant, mode, individual=True), tenant.fleet.box()
    before = rows()
    assert failing(registered(tenant, location, box, **given)) == fields
    assert rows() == before


@pytest.mark.parametrize(
    ("mode", "given"),
    [("client_certificate", {"bsClientCertificate": CERTIFICATE, "bsClientKey": KEY}), ("client_token", {"bsToken": TOKEN})],
    ids=["certificate", "token"],
)
def test_its_own_credentials_are_kept_sealed(tenant: Tenant, mode: str, given: dict[str, str]) -> None:
    assert registered(tenant, served(tenant, mode, individual=True), tenant.fleet.box(), **given).status == 201
    kept = str(rows())
    assert not [secret for name, secret in given.items() if name != "bsClientCertificate" and secret.strip().splitlines()[-1] in kept]


@pytest.mark.parametrize("mode", MODES)
def test_a_local_suite_makes_every_credential_ignored(tenant: Tenant, mode: str) -> None:
    ignored: dict[str, Any] = {"bsClientCertificate": "no PEM", "bsClientKey": 5, "bsToken": "\n"}
    answer = registered(tenant, served(tenant, mode, individual=True), tenant.fleet.box(), bsHasLocalAuthSuite=True, **ignored)
    assert answer.status == 201


@pytest.mark.parametrize(("firmware", "status"), [("2.2.14", 400), ("2.2.15", 201), ("2.10.0", 201), ("1.9.99", 400), (None, 201)], ids=str)
def test_a_local_suite_needs_firmware_2_2_15(tenant: Tenant, firmware: str | None, status: int) -> None:
    answer = registered(tenant, tenant.location(), tenant.fleet.box(firmware=firmware), bsHasLocalAuthSuite=True)
    assert answer.status == status


def test_old_firmware_names_the_field(tenant: Tenant) -> None:
    answer = registered(tenant, tenant.location(), tenant.fleet.box(firmware="2.2.9"), bsHasLocalAuthSuite=True)
    assert failing(answer) == ["bsHasLocalAuthSuite"]


def test_without_a_local_suite_old_firmware_is_fine(tenant: Tenant) -> None:
    assert registered(tenant, tenant.location(), tenant.fleet.box(firmware="1.0.0")).status == 201


def test_the_firmware_that_the_gateway_reported_counts(tenant: Tenant) -> None:
    box = tenant.fleet.box(firmware="2.2.9")
    tenant.fleet.reports(tenant.gateway(box=box), "hello", {"applied": 0, "firmware": "2.2.16"})
    assert registered(tenant, tenant.location(), box, bsHasLocalAuthSuite=True).status == 201


def test_a_location_in_another_mode_is_406(tenant: Tenant) -> None:
    refused(registered(tenant, tenant.location(work_mode="Packet forwarder", server=None), tenant.fleet.box()), 406)


def test_a_gateway_without_a_factory_record_is_406(tenant: Tenant) -> None:
    refused(call(register.handler, {"locationId": tenant.location().id}, key=tenant.key, body={"sn": "GW123456", "eui": "ab" * 8}), 406)


def test_another_eui_than_the_factorys_is_406(tenant: Tenant) -> None:
    refused(registered(tenant, tenant.location(), tenant.fleet.box(), eui="ff" * 8), 406)


@pytest.mark.parametrize(("gateway", "location", "status"), [(8, 16, 406), (16, 16, 201), (16, 8, 201), (8, 8, 201)], ids=str)
def test_a_location_of_16_channels_needs_a_gateway_of_16(tenant: Tenant, gateway: int, location: int, status: int) -> None:
    answer = registered(tenant, tenant.location(channels=location), tenant.fleet.box(channels=gateway))
    assert answer.status == status


@pytest.mark.parametrize("same", [True, False], ids=["same", "other"])
def test_a_gateway_that_is_in_a_location_is_409(tenant: Tenant, same: bool) -> None:
    location, box = tenant.location(), tenant.fleet.box()
    registered(tenant, location, box)
    before = rows()
    refused(registered(tenant, location if same else tenant.location(), box), 409)
    assert len(rows()) == len(before) + (0 if same else 3)


def test_of_two_registrations_at_once_the_second_loses(tenant: Tenant) -> None:
    first, second, box = tenant.location(), tenant.location(), tenant.fleet.box()
    meanwhile(lambda: registered(tenant, first, box))
    refused(registered(tenant, second, box), 409)
    assert stored(box.sn).card.location == first.id
    assert call(list_status.handler, {"locationId": second.id}, key=tenant.key).json["totalPages"] == 0
    assert len(sent_to(box.sn)) == 1


def test_of_two_registrations_of_a_known_gateway_the_second_loses(tenant: Tenant) -> None:
    first, second, box = tenant.location(), tenant.location(), tenant.fleet.box()
    tenant.gateway(box=box)
    meanwhile(lambda: registered(tenant, first, box))
    refused(registered(tenant, second, box), 409)
    assert stored(box.sn).card.location == first.id


def test_of_two_organizations_the_second_loses(tenant: Tenant) -> None:
    other, box = Tenant.of(tenant.fleet), tenant.fleet.box()
    elsewhere = other.location()
    location = tenant.location()
    meanwhile(lambda: registered(other, elsewhere, box))
    assert refused(registered(tenant, location, box), 404) == "Gateway not found"
    assert stored(box.sn).card.organization == other.organization.id
    assert call(list_status.handler, {"locationId": location.id}, key=tenant.key).json["totalPages"] == 0


def test_a_gateway_that_reports_meanwhile_is_registered(tenant: Tenant) -> None:
    location, box = tenant.location(), tenant.fleet.box()
    card = tenant.gateway(box=box)
    meanwhile(lambda: tenant.fleet.configured(card, priority="ETH_WIFI_CELLULAR"))
    assert registered(tenant, location, box).status == 201
    assert stored(box.sn).card.location == location.id
    assert fetch(EVERYWHERE, Configurations.by_sn(box.sn)).section("priority").value == "ETH_WIFI_CELLULAR"
    assert call(list_status.handler, {"locationId": location.id}, key=tenant.key).json["totalPages"] == 1


def test_a_gateway_that_never_stops_to_change_is_429(tenant: Tenant) -> None:
    location, box = tenant.location(), tenant.fleet.box()
    known = Configuration(sn=box.sn)
    tenant.gateway(box=box)

    def report() -> None:
        nonlocal known
        before, known = known, known.changed(version=known.version + 1)
        clients.dynamodb().put_item(
            TableName=table.table(),
            Item=Configurations.storing(EVERYWHERE, tenant.organization.id, before, known)["Put"]["Item"],
        )

    with each_time(report):
        answer = registered(tenant, location, box)
    assert refused(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    assert stored(box.sn).card.location is None


def test_a_serial_number_of_another_organization_is_404(tenant: Tenant) -> None:
    other, box = Tenant.of(tenant.fleet), tenant.fleet.box()
    other.gateway(box=box)
    assert refused(registered(tenant, tenant.location(), box), 404) == "Gateway not found"


def test_another_organizations_location_is_404(tenant: Tenant) -> None:
    assert refused(registered(tenant, Tenant.of(tenant.fleet).location(), tenant.fleet.box()), 404) == "Location not found"


def test_a_limited_key_registers_in_its_location(tenant: Tenant) -> None:
    location = tenant.location()
    assert registered(tenant, location, tenant.fleet.box(), tenant.limited(location)).status == 201


def test_a_limited_key_registers_nowhere_else(tenant: Tenant) -> None:
    key = tenant.limited(tenant.location())
    assert refused(registered(tenant, tenant.location(), tenant.fleet.box(), key), 403) == "Action is not allowed"


def test_needs_its_own_permission(tenant: Tenant) -> None:
    others = tuple(name for name in PERMISSIONS if name != "WRITE_ADD_GATEWAY_TO_LOCATION")
    key = tenant.fleet.key(tenant.organization, permissions=others)
    refused(registered(tenant, tenant.location(), tenant.fleet.box(), key), 403)


def test_its_own_permission_is_enough(tenant: Tenant) -> None:
    key = tenant.fleet.key(tenant.organization, permissions=("WRITE_ADD_GATEWAY_TO_LOCATION",))
    assert registered(tenant, tenant.location(), tenant.fleet.box(), key).status == 201
