"""GET /v4/gateway/{sn}/network/priority (wisdm.md 8.0 and 8.1)."""

from __future__ import annotations

from functions.wisdm.network.get_priority import handler as get
from functions.wisdm.network.set_priority import handler as put
from tests.contract.wisdm.answers import is_accepted, refusal_message
from tests.contract.wisdm.network.settings import change, read
from tests.contract.wisdm.stored import restored_after_each
from tests.contract.wisdm.tenant import TenantWithGateways


def test_is_as_the_gateway_reported_it_wherever_it_is(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, gateways.offline):
        gateways.fleet.report_configuration(card, priority="ETH_CELLULAR_WIFI")
        assert read(gateways, get, card).json == {"sn": card.sn, "priority": "ETH_CELLULAR_WIFI"}


def test_what_was_set_counts_before_what_was_reported(gateways: TenantWithGateways) -> None:
    gateways.fleet.report_configuration(gateways.online, priority="ETH_CELLULAR_WIFI")
    assert is_accepted(change(gateways, put, gateways.online, {"priority": "WIFI_CELLULAR_ETH"}))
    assert read(gateways, get, gateways.online).json["priority"] == "WIFI_CELLULAR_ETH"


def test_before_the_first_report_it_is_as_in_the_status(gateways: TenantWithGateways) -> None:
    cases = ((1, 2, 3, "ETH_WIFI_CELLULAR"), (3, 1, 2, "WIFI_CELLULAR_ETH"), (1, 1, 2, None), (1, 2, None, None))
    for *places, order in restored_after_each(cases):
        wan = {name: {"priority": place} for name, place in zip(("ethernet", "wifi", "cellular"), places, strict=True)}
        for card in (gateways.online, gateways.offline):
            gateways.fleet.report(card, "status", {"network": {"wan": wan}}, seq=9)
            answer = read(gateways, get, card)
            assert answer.json.get("priority") == order, places
            assert order or refusal_message(answer, 500)
    gateways.fleet.report(gateways.online, "status", {"network": {"wan": dict.fromkeys(wan)}}, seq=9)
    refusal_message(read(gateways, get, gateways.online), 500)


def test_nobody_has_said_it_yet(gateways: TenantWithGateways) -> None:
    for card in restored_after_each((gateways.online, gateways.offline, gateways.provisioning)):
        assert refusal_message(read(gateways, get, card), 500) == "The gateway has not reported these settings yet"
