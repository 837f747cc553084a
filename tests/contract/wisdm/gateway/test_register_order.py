"""POST /v4/location/{locationId}/gateways: what is checked before what (wisdm.md 4.2 and 2.2)."""

from __future__ import annotations

from typing import Any

from fleet.registry.location import Location
from fleet.registry.lorawan import Server
from functions.wisdm.gateway import register
from tests.contract.wisdm.answers import invalid_fields
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call

INDIVIDUAL = Server(type="LNS", url="wss://lns.example", port=443, authentication="client_token", trust="x", individual=True)
EUI = "ac1f09fffe0a1b2c"


def register_gateway(gateways: TenantWithGateways, location: str, key: str | None = None, **members: Any) -> Response:
    body = {name: value for name, value in ({"sn": "GW123456", "eui": EUI} | members).items() if value is not ...}
    return call(register.handler, {"locationId": location}, key=key or gateways.key, body=body)


SHAPES: list[tuple[str, Any]] = [
    ("sn", ...), ("sn", None), ("sn", "GW123"), ("sn", "x" * 33), ("sn", "GW-123456"), ("sn", 123456), ("sn", "GW123456\n"),
    ("sn", "ＧＷ１２３４５６"),
    ("eui", ...), ("eui", EUI[:-1]), ("eui", EUI + "0"), ("eui", "AC:1F:09:FF:FE:0A:1B"), ("eui", "g" * 16), ("eui", 1), ("eui", " " + EUI),
    ("name", " "), ("name", "x" * 65), ("name", 5), ("name", "Pier\x00"), ("name", "Pier\n1"),
    ("bsHasLocalAuthSuite", "true"), ("bsHasLocalAuthSuite", 1), ("bsHasLocalAuthSuite", []),
]  # fmt: skip


def test_shapes(gateways: TenantWithGateways) -> None:
    for name, value in SHAPES:
        assert invalid_fields(register_gateway(gateways, gateways.place.id, **{name: value})) == [name], ascii(value)


def test_every_failing_field_is_told(gateways: TenantWithGateways) -> None:
    answer = register_gateway(gateways, gateways.place.id, sn=1, eui="", name=" ", bsHasLocalAuthSuite="no")
    assert invalid_fields(answer) == ["sn", "eui", "name", "bsHasLocalAuthSuite"]


def test_shape_before_location(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    assert register_gateway(gateways, other_tenant.location().id, sn="x").status == 400


def test_the_path_before_the_body(gateways: TenantWithGateways) -> None:
    assert invalid_fields(register_gateway(gateways, "nowhere", sn="x")) == ["locationId"]


def test_location_before_the_keys_locations(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    assert register_gateway(gateways, other_tenant.location().id, gateways.key_of_elsewhere).status == 404


def test_the_keys_locations_before_another_organizations_gateway(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    foreign = other_tenant.gateway().sn
    assert register_gateway(gateways, gateways.place.id, gateways.key_of_elsewhere, sn=foreign).status == 403


def test_the_mode_before_another_organizations_gateway(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    foreign = other_tenant.gateway().sn
    answer = register_gateway(gateways, other_mode(gateways).id, sn=foreign)
    assert (answer.status, "Basics Station" in answer.json["message"]) == (406, True)


def test_the_keys_locations_before_the_mode(gateways: TenantWithGateways) -> None:
    assert register_gateway(gateways, other_mode(gateways).id, gateways.key_of_elsewhere).status == 403


def test_the_mode_before_the_factory_record(gateways: TenantWithGateways) -> None:
    mode = register_gateway(gateways, other_mode(gateways).id).json
    record = register_gateway(gateways, gateways.place.id).json
    assert (mode["statusCode"], record["statusCode"]) == (406, 406)
    assert mode["message"] != record["message"]


def test_the_factory_record_before_the_credentials(gateways: TenantWithGateways) -> None:
    assert register_gateway(gateways, gateways.location(server=INDIVIDUAL).id).status == 406


def test_the_channels_before_the_credentials(gateways: TenantWithGateways) -> None:
    factory = gateways.spare.factory
    assert register_gateway(gateways, gateways.location(server=INDIVIDUAL, channels=16).id, sn=factory.sn, eui=factory.eui).status == 406


def test_the_credentials_before_the_assignment(gateways: TenantWithGateways) -> None:
    hardware = gateways.hardware[gateways.online.sn]
    assert register_gateway(gateways, gateways.location(server=INDIVIDUAL).id, sn=hardware.sn, eui=hardware.factory.eui).status == 400


def test_the_firmware_before_the_assignment(gateways: TenantWithGateways) -> None:
    hardware = gateways.fleet.hardware(firmware="2.2.9")
    gateways.gateway(gateways.place, hardware)
    assert register_gateway(gateways, gateways.place.id, sn=hardware.sn, eui=hardware.factory.eui, bsHasLocalAuthSuite=True).status == 400


def other_mode(gateways: TenantWithGateways) -> Location:
    return gateways.location(work_mode="Packet forwarder", server=None)
