"""POST /v4/location/{locationId}/gateways (wisdm.md 4.2)."""

from __future__ import annotations

from typing import Any

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
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.location.bodies import CERTIFICATE, KEY, TOKEN
from tests.contract.wisdm.stored import items_written, outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call
from tests.harness.fleet import PERMISSIONS, Hardware
from tests.harness.interference import before_each_request, before_next_transaction
from tests.harness.recorder import Recorder

MODES = ("none", "server", "client_certificate", "client_token")
IGNORED: dict[str, Any] = {"bsClientCertificate": "no PEM", "bsClientKey": 5, "bsToken": "\n"}


def register_gateway(tenant: Tenant, location: Location, hardware: Hardware, key: str | None = None, **members: Any) -> Response:
    sent = {"sn": hardware.sn, "eui": hardware.factory.eui, **members}
    return call(register.handler, {"locationId": location.id}, key=key or tenant.key, body=sent)


def location_with_server(tenant: Tenant, mode: str, *, individual: bool = False, **fields: Any) -> Location:
    server = Server(type="LNS", url="wss://lns.example", port=443, authentication=mode, trust=CERTIFICATE, individual=individual)  # type: ignore[arg-type]
    return tenant.location(server=server, **fields)


def stored_gateway(sn: str) -> Gateway:
    return fetch(EVERYWHERE, Gateways.by_sn(sn))


def test_says_what_it_registered(gateways: TenantWithGateways) -> None:
    location, hardware = gateways.place, gateways.spare
    answer = register_gateway(gateways, location, hardware)
    assert answer.status == 201
    assert answer.json == {"locationId": location.id, "sn": hardware.sn, "eui": hardware.factory.eui}


def test_the_eui_is_answered_as_spelled_and_kept_in_lower_case(gateways: TenantWithGateways) -> None:
    location, hardware = gateways.location(), gateways.fleet.hardware(eui="ac1f09fffe0a1b2c")
    assert register_gateway(gateways, location, hardware, eui="AC1f09FFFE0A1B2C").json["eui"] == "AC1f09FFFE0A1B2C"
    assert call(get_status.handler, {"sn": hardware.sn}, key=gateways.key).json["eui"] == "ac1f09fffe0a1b2c"


def test_the_serial_number_is_answered_in_upper_case(gateways: TenantWithGateways) -> None:
    hardware = gateways.fleet.hardware(sn="GWABC001")
    assert register_gateway(gateways, gateways.location(), hardware, sn="gwabc001").json["sn"] == "GWABC001"


def test_is_listed_as_provisioning_at_once(gateways: TenantWithGateways) -> None:
    location, hardware = gateways.location(), gateways.spare
    register_gateway(gateways, location, hardware)
    shown = call(list_gateways.handler, {"locationId": location.id}, key=gateways.key).json["gateways"]
    assert [(one["sn"], one["status"]) for one in shown] == [(hardware.sn, "PROVISIONING")]


def test_is_counted(gateways: TenantWithGateways) -> None:
    location = gateways.location()
    register_gateway(gateways, location, gateways.spare)
    assert call(list_status.handler, {"locationId": location.id}, key=gateways.key).json["totalPages"] == 1


def test_the_name_defaults_to_model_and_serial_number(gateways: TenantWithGateways) -> None:
    default = f"RAK7268V2-{gateways.spare.sn}"
    names: list[tuple[dict[str, Any], str]] = [({}, default), ({"name": None}, default), ({"name": "Pier 1"}, "Pier 1")]
    for given, shown in restored_after_each(names):
        register_gateway(gateways, gateways.place, gateways.spare, **given)
        assert call(get_status.handler, {"sn": gateways.spare.sn}, key=gateways.key).json["name"] == shown, given


def test_its_configuration_is_queued(gateways: TenantWithGateways) -> None:
    location, hardware = gateways.place, gateways.spare
    register_gateway(gateways, location, hardware)
    (message,) = outbox_of(hardware.sn)
    assert (message["type"], message["payload"]["location"], message["payload"]["version"]) == ("location.config", location.id, 1)


def test_a_gateway_that_the_organization_has_without_a_location_keeps_its_id(gateways: TenantWithGateways) -> None:
    hardware = gateways.spare
    before = gateways.gateway(hardware=hardware)
    location = gateways.location()
    assert register_gateway(gateways, location, hardware, name="Pier 2").status == 201
    after = stored_gateway(hardware.sn).card
    assert (after.id, after.location, after.name, after.config_version) == (before.id, location.id, "Pier 2", 1)


def test_shared_credentials_ask_nothing_of_the_gateway(gateways: TenantWithGateways) -> None:
    for mode in restored_after_each(MODES):
        assert register_gateway(gateways, location_with_server(gateways, mode), gateways.spare, **IGNORED).status == 201, mode


def test_modes_without_a_client_need_nothing(gateways: TenantWithGateways) -> None:
    for mode in restored_after_each(MODES[:2]):
        assert register_gateway(gateways, location_with_server(gateways, mode, individual=True), gateways.spare).status == 201, mode


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


def test_individual_keys_are_brought_by_the_gateway(gateways: TenantWithGateways) -> None:
    locations = {mode: location_with_server(gateways, mode, individual=True) for mode in MODES[2:]}
    with unchanged():
        for mode, given, fields in OWN:
            assert invalid_fields(register_gateway(gateways, locations[mode], gateways.spare, **given)) == fields, (mode, given)


def test_its_own_credentials_are_kept_sealed(gateways: TenantWithGateways) -> None:
    cases: list[tuple[str, dict[str, str], str]] = [
        ("client_certificate", {"bsClientCertificate": CERTIFICATE, "bsClientKey": KEY}, KEY),
        ("client_token", {"bsToken": TOKEN}, TOKEN),
    ]
    for mode, given, secret in restored_after_each(cases):
        location = location_with_server(gateways, mode, individual=True)
        with items_written() as rows:
            assert register_gateway(gateways, location, gateways.spare, **given).status == 201
        assert not [line for line in secret.strip().splitlines() if line in repr(rows)], mode


def test_a_local_suite_makes_every_credential_ignored(gateways: TenantWithGateways) -> None:
    for mode in restored_after_each(MODES):
        location = location_with_server(gateways, mode, individual=True)
        assert register_gateway(gateways, location, gateways.spare, bsHasLocalAuthSuite=True, **IGNORED).status == 201, mode


def test_a_local_suite_needs_firmware_2_2_15(gateways: TenantWithGateways) -> None:
    for firmware, status in (("2.2.14", 400), ("2.2.15", 201), ("2.10.0", 201), ("1.9.99", 400), (None, 201)):
        answer = register_gateway(gateways, gateways.place, gateways.fleet.hardware(firmware=firmware), bsHasLocalAuthSuite=True)
        assert answer.status == status, firmware


def test_old_firmware_names_the_field(gateways: TenantWithGateways) -> None:
    answer = register_gateway(gateways, gateways.location(), gateways.fleet.hardware(firmware="2.2.9"), bsHasLocalAuthSuite=True)
    assert invalid_fields(answer) == ["bsHasLocalAuthSuite"]


def test_without_a_local_suite_old_firmware_is_fine(gateways: TenantWithGateways) -> None:
    assert register_gateway(gateways, gateways.location(), gateways.fleet.hardware(firmware="1.0.0")).status == 201


def test_the_firmware_that_the_gateway_reported_counts(gateways: TenantWithGateways) -> None:
    hardware = gateways.fleet.hardware(firmware="2.2.9")
    gateways.fleet.report(gateways.gateway(hardware=hardware), "hello", {"applied": 0, "firmware": "2.2.16"})
    assert register_gateway(gateways, gateways.location(), hardware, bsHasLocalAuthSuite=True).status == 201


def test_a_location_in_another_mode_is_406(gateways: TenantWithGateways) -> None:
    refusal_message(register_gateway(gateways, gateways.location(work_mode="Packet forwarder", server=None), gateways.spare), 406)


def test_a_gateway_without_a_factory_record_is_406(gateways: TenantWithGateways) -> None:
    refusal_message(
        call(register.handler, {"locationId": gateways.location().id}, key=gateways.key, body={"sn": "GW123456", "eui": "ab" * 8}), 406
    )


def test_another_eui_than_the_factorys_is_406(gateways: TenantWithGateways) -> None:
    refusal_message(register_gateway(gateways, gateways.place, gateways.spare, eui="ff" * 8), 406)


def test_a_location_of_16_channels_needs_a_gateway_of_16(gateways: TenantWithGateways) -> None:
    for gateway, location, status in ((8, 16, 406), (16, 16, 201), (16, 8, 201), (8, 8, 201)):
        answer = register_gateway(gateways, gateways.location(channels=location), gateways.fleet.hardware(channels=gateway))
        assert answer.status == status, (gateway, location)


def test_a_gateway_that_is_in_a_location_is_409(gateways: TenantWithGateways) -> None:
    register_gateway(gateways, gateways.place, gateways.spare)
    other = gateways.location()
    with unchanged():
        for location in (gateways.place, other):
            refusal_message(register_gateway(gateways, location, gateways.spare), 409)


def test_of_two_registrations_at_once_the_second_loses(gateways: TenantWithGateways) -> None:
    first, second, hardware = gateways.place, gateways.location(), gateways.spare
    before_next_transaction(lambda: register_gateway(gateways, first, hardware))
    refusal_message(register_gateway(gateways, second, hardware), 409)
    assert stored_gateway(hardware.sn).card.location == first.id
    assert call(list_status.handler, {"locationId": second.id}, key=gateways.key).json["totalPages"] == 0
    assert len(outbox_of(hardware.sn)) == 1


def test_of_two_registrations_of_a_known_gateway_the_second_loses(gateways: TenantWithGateways) -> None:
    first, second, hardware = gateways.place, gateways.location(), gateways.spare
    gateways.gateway(hardware=hardware)
    before_next_transaction(lambda: register_gateway(gateways, first, hardware))
    refusal_message(register_gateway(gateways, second, hardware), 409)
    assert stored_gateway(hardware.sn).card.location == first.id


def test_of_two_organizations_the_second_loses(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    other, hardware = other_tenant, gateways.spare
    elsewhere = other.location()
    location = gateways.location()
    before_next_transaction(lambda: register_gateway(other, elsewhere, hardware))
    assert "no factory record" in refusal_message(register_gateway(gateways, location, hardware), 406)
    assert stored_gateway(hardware.sn).card.organization == other.organization.id
    assert call(list_status.handler, {"locationId": location.id}, key=gateways.key).json["totalPages"] == 0


def test_a_gateway_that_reports_meanwhile_is_registered(gateways: TenantWithGateways) -> None:
    location, hardware = gateways.place, gateways.spare
    card = gateways.gateway(hardware=hardware)
    before_next_transaction(lambda: gateways.fleet.report_configuration(card, priority="ETH_WIFI_CELLULAR"))
    assert register_gateway(gateways, location, hardware).status == 201
    assert stored_gateway(hardware.sn).card.location == location.id
    assert fetch(EVERYWHERE, Configurations.by_sn(hardware.sn)).section("priority").value == "ETH_WIFI_CELLULAR"
    assert call(list_status.handler, {"locationId": location.id}, key=gateways.key).json["totalPages"] == 1


def test_a_gateway_that_never_stops_to_change_is_429(gateways: TenantWithGateways) -> None:
    location, hardware = gateways.place, gateways.spare
    known = Configuration(sn=hardware.sn)
    gateways.gateway(hardware=hardware)

    def report() -> None:
        nonlocal known
        before, known = known, known.changed(version=known.version + 1)
        clients.dynamodb().put_item(
            TableName=table.table(),
            Item=Configurations.store_writes(EVERYWHERE, gateways.organization.id, before, known)[0].parameters["Item"],
        )

    with before_each_request("TransactWriteItems", report):
        answer = register_gateway(gateways, location, hardware)
    assert refusal_message(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    assert stored_gateway(hardware.sn).card.location is None


def test_a_serial_number_of_another_organization_is_as_one_that_nobody_has(
    gateways: TenantWithGateways, other_tenant: Tenant, aws_requests: Recorder
) -> None:
    """So is one that nobody has claimed, with another EUI: one answer, after the same requests."""
    other_tenant.gateway(hardware=gateways.spare)
    unclaimed = gateways.fleet.hardware()
    assert call(list_gateways.handler, {"locationId": gateways.place.id}, key=gateways.key).status == 200  # reads what is cached
    tried = [
        (gateways.spare.sn, gateways.spare.factory.eui),
        (gateways.spare.sn, "00" * 8),
        ("UNKNOWN00001", "00" * 8),
        (unclaimed.sn, "00" * 8),
    ]
    answers, requests = [], []
    for sn, eui in tried:
        aws_requests.clear()
        answers.append(call(register.handler, {"locationId": gateways.place.id}, key=gateways.key, body={"sn": sn, "eui": eui}))
        requests.append(list(aws_requests.requests))
    assert "no factory record" in refusal_message(answers[0], 406)
    assert len({answer.content for answer in answers}) == 1
    assert requests[1:] == requests[:-1]


def test_another_organizations_location_is_404(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    assert refusal_message(register_gateway(gateways, other_tenant.location(), gateways.spare), 404) == "Location not found"


def test_a_limited_key_registers_in_its_location_alone(gateways: TenantWithGateways) -> None:
    assert (
        refusal_message(register_gateway(gateways, gateways.place, gateways.spare, gateways.key_of_elsewhere), 403)
        == "Action is not allowed"
    )
    assert register_gateway(gateways, gateways.place, gateways.spare, gateways.key_of_place).status == 201


def test_needs_its_own_permission(gateways: TenantWithGateways) -> None:
    others = tuple(name for name in PERMISSIONS if name != "WRITE_ADD_GATEWAY_TO_LOCATION")
    key = gateways.fleet.key(gateways.organization, permissions=others)
    refusal_message(register_gateway(gateways, gateways.place, gateways.spare, key), 403)


def test_its_own_permission_is_enough(gateways: TenantWithGateways) -> None:
    key = gateways.fleet.key(gateways.organization, permissions=("WRITE_ADD_GATEWAY_TO_LOCATION",))
    assert register_gateway(gateways, gateways.place, gateways.spare, key).status == 201
