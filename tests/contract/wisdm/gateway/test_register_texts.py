"""POST /v4/location/{locationId}/gateways (wisdm.md 1.2, 3.4.1 and 4.2): empty texts, and white space around PEM texts."""

from __future__ import annotations

from tests.contract.wisdm.answers import invalid_fields
from tests.contract.wisdm.gateway.test_register import location_with_server, register_gateway, stored_gateway
from tests.contract.wisdm.location.bodies import CERTIFICATE, KEY
from tests.contract.wisdm.tenant import TenantWithGateways


def test_an_empty_text_is_as_one_left_out(gateways: TenantWithGateways) -> None:
    location = location_with_server(gateways, "client_certificate", individual=True)
    blank = {"name": "", "bsToken": ""}
    refused = register_gateway(gateways, location, gateways.spare, bsClientCertificate="", bsClientKey="", **blank)
    assert invalid_fields(refused) == ["bsClientCertificate", "bsClientKey"]
    assert {detail["message"] for detail in refused.json["details"]} == {"is required by the location's authentication mode"}
    padded = {"bsClientCertificate": f" {CERTIFICATE}\n", "bsClientKey": f"\n{KEY}\t"}
    assert register_gateway(gateways, location, gateways.spare, **padded, **blank).status == 201
    assert stored_gateway(gateways.spare.sn).card.name == f"{gateways.spare.factory.model}-{gateways.spare.sn}"
