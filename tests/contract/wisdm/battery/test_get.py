"""GET /v4/gateway/{sn}/battery (wisdm.md 5.3)."""

from __future__ import annotations

from functions.wisdm.battery.get import handler as get
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.battery.reports import monitor, report
from tests.contract.wisdm.network.settings import read
from tests.contract.wisdm.stored import restored_after_each
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.suite.settings import BATTERY


def test_is_the_newest_report_while_it_is_monitored_wherever_the_gateway_is(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, gateways.offline):
        monitor(gateways, card)
        report(card)
        assert read(gateways, get, card).json == {"sn": card.sn, "battery": BATTERY}


def test_says_why_there_is_none(gateways: TenantWithGateways) -> None:
    report(gateways.online)
    assert refusal_message(read(gateways, get, gateways.online), 404) == "Battery monitoring is disabled"
    monitor(gateways, gateways.offline)
    assert refusal_message(read(gateways, get, gateways.offline), 404) == "The gateway has not reported its battery yet"
    assert (
        refusal_message(read(gateways, get, gateways.provisioning), 404) == "The gateway has not applied its location's configuration yet"
    )


def test_each_mode_is_shown_as_it_was_reported(gateways: TenantWithGateways) -> None:
    monitor(gateways, gateways.online)
    for mode in restored_after_each(("CHARGING", "FULLY_CHARGED")):
        report(gateways.online, mode=mode)
        assert read(gateways, get, gateways.online).json["battery"]["mode"] == mode
