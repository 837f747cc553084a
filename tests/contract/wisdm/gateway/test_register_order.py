"""POST /v4/location/{locationId}/gateways: what is checked before what (contract, 4.2 and 2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.registry.location import Location
from fleet.registry.lorawan import Server
from functions.wisdm.gateway import register
from tests.contract.wisdm.tenant import Tenant, failing
from tests.harness.call import Answered, call

INDIVIDUAL = Server(type="LNS", url="wss://lns.example", port=443, authentication="client_token", trust="x", individual=True)
EUI = "ac1f09fffe0a1b2c"


def sent(standing: Tenant, location: str, key: str | None = None, **members: Any) -> Answered:
    body = {name: value for name, value in ({"sn": "GW123456", "eui": EUI} | members).items() if value is not ...}
    return call(register.handler, {"locationId": location}, key=key or standing.key, body=body)


SHAPES: list[tuple[str, Any]] = [
    ("sn", ...), ("sn", None), ("sn", "GW123"), ("sn", "x" * 33), ("sn", "GW-123456"), ("sn", 123456), ("sn", "GW123456\n"),
    ("sn", "ＧＷ１２３４５６"),
    ("eui", ...), ("eui", EUI[:-1]), ("eui", EUI + "0"), ("eui", "AC:1F:09:FF:FE:0A:1B"), ("eui", "g" * 16), ("eui", 1), ("eui", " " + EUI),
    ("name", ""), ("name", "x" * 65), ("name", 5), ("name", "Pier\x00"), ("name", "Pier\n1"),
    ("bsHasLocalAuthSuite", "true"), ("bsHasLocalAuthSuite", 1), ("bsHasLocalAuthSuite", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), SHAPES, ids=lambda value: ascii(value)[:20])
def test_shapes(standing: Tenant, name: str, value: Any) -> None:
    assert failing(sent(standing, standing.location().id, **{name: value})) == [name]


def test_every_failing_field_is_told(standing: Tenant) -> None:
    answer = sent(standing, standing.location().id, sn=1, eui="", name="", bsHasLocalAuthSuite="no")
    assert failing(answer) == ["sn", "eui", "name", "bsHasLocalAuthSuite"]


def test_shape_before_location(standing: Tenant) -> None:
    assert sent(standing, Tenant.of(standing.fleet).location().id, sn="x").status == 400


def test_the_path_before_the_body(standing: Tenant) -> None:
    assert failing(sent(standing, "nowhere", sn="x")) == ["locationId"]


def test_location_before_the_keys_locations(standing: Tenant) -> None:
    assert sent(standing, Tenant.of(standing.fleet).location().id, standing.limited(standing.location())).status == 404


def test_the_keys_locations_before_another_organizations_gateway(standing: Tenant) -> None:
    foreign = Tenant.of(standing.fleet).gateway().sn
    assert sent(standing, standing.location().id, standing.limited(standing.location()), sn=foreign).status == 403


def test_another_organizations_gateway_before_the_mode(standing: Tenant) -> None:
    foreign = Tenant.of(standing.fleet).gateway().sn
    assert sent(standing, other_mode(standing).id, sn=foreign).status == 404


def test_the_keys_locations_before_the_mode(standing: Tenant) -> None:
    assert sent(standing, other_mode(standing).id, standing.limited(standing.location())).status == 403


def test_the_mode_before_the_factory_record(standing: Tenant) -> None:
    mode = sent(standing, other_mode(standing).id).json
    record = sent(standing, standing.location().id).json
    assert (mode["statusCode"], record["statusCode"]) == (406, 406)
    assert mode["message"] != record["message"]


def test_the_factory_record_before_the_credentials(standing: Tenant) -> None:
    assert sent(standing, standing.location(server=INDIVIDUAL).id).status == 406


def test_the_channels_before_the_credentials(standing: Tenant) -> None:
    factory = standing.fleet.box().factory
    assert sent(standing, standing.location(server=INDIVIDUAL, channels=16).id, sn=factory.sn, eui=factory.eui).status == 406


def test_the_credentials_before_the_assignment(standing: Tenant) -> None:
    box = standing.fleet.box()
    standing.gateway(standing.location(), box)
    assert sent(standing, standing.location(server=INDIVIDUAL).id, sn=box.sn, eui=box.factory.eui).status == 400


def test_the_firmware_before_the_assignment(standing: Tenant) -> None:
    box = standing.fleet.box(firmware="2.2.9")
    standing.gateway(standing.location(), box)
    assert sent(standing, standing.location().id, sn=box.sn, eui=box.factory.eui, bsHasLocalAuthSuite=True).status == 400


def other_mode(standing: Tenant) -> Location:
    return standing.location(work_mode="Packet forwarder", server=None)
