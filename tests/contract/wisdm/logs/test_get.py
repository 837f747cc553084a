"""GET /v4/gateway/{sn}/syslog (wisdm.md 9.1)."""

from __future__ import annotations

from functions.wisdm.logs.get import handler as get
from functions.wisdm.logs.set import handler as put
from tests.contract.wisdm.answers import is_accepted
from tests.contract.wisdm.logs.settings import DEFAULTS, FULL
from tests.contract.wisdm.network.settings import change, read
from tests.contract.wisdm.tenant import TenantWithGateways


def test_has_defaults_before_anyone_said_otherwise(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, gateways.offline, gateways.provisioning):
        assert read(gateways, get, card).json == {"sn": card.sn, **DEFAULTS}


def test_is_what_the_gateway_reported_until_it_is_set(gateways: TenantWithGateways) -> None:
    gateways.fleet.report_configuration(gateways.online, syslog=FULL)
    assert read(gateways, get, gateways.online).json == {"sn": gateways.online.sn, **FULL}
    assert is_accepted(change(gateways, put, gateways.online, {"shareLogs": "none"}))
    assert read(gateways, get, gateways.online).json["shareLogs"] == "none"
