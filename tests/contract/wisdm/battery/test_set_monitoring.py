"""POST /v4/gateway/{sn}/battery (wisdm.md 7.1)."""

from __future__ import annotations

from typing import Any

from functions.wisdm.battery.get import handler as get
from functions.wisdm.battery.list import handler as listing
from functions.wisdm.battery.set_monitoring import handler as put
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.battery.reports import monitor, report
from tests.contract.wisdm.network.settings import change, read
from tests.contract.wisdm.stored import outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.harness.call import call
from tests.suite.settings import BATTERY


def listed_batteries(tenant: TenantWithGateways) -> Any:
    return call(listing, {"locationId": tenant.place.id}, key=tenant.key).json


def test_disabling_hides_it_at_once_and_keeps_it(gateways: TenantWithGateways) -> None:
    card = gateways.online
    monitor(gateways, card)
    report(card)
    monitor(gateways, card, enabled=False)
    refusal_message(read(gateways, get, card), 404)
    assert listed_batteries(gateways) == {"pageSize": 100, "totalPages": 0, "gateways": []}
    monitor(gateways, card)
    assert read(gateways, get, card).json["battery"] == BATTERY
    assert listed_batteries(gateways)["totalPages"] == 1


def test_the_gateway_is_told_and_twice_is_fine(gateways: TenantWithGateways) -> None:
    for card, sent in ((gateways.online, {"batteryMonitoring"}), (gateways.offline, set())):
        for enabled in restored_after_each((True, False)):
            monitor(gateways, card, enabled)
            monitor(gateways, card, enabled)
            assert {message["payload"]["section"] for message in outbox_of(card.sn)} == sent, enabled


def test_models_with_a_battery(gateways: TenantWithGateways) -> None:
    for model in ("RAK7240V2", "RAK7240CV2", "RAK7267", "RAK7267C", "RAK7285", "RAK7285C", "RAK7289V2", "RAK7289CV2"):
        card = gateways.gateway(model=model)
        gateways.fleet.online(card)
        monitor(gateways, card)


def test_models_without_a_battery(gateways: TenantWithGateways) -> None:
    for model in ("RAK7268V2", "RAK7289", "RAK7240", "RAK7258", "RAK72890V2", "XRAK7285"):
        card = gateways.gateway(model=model)
        gateways.fleet.online(card)
        with unchanged():
            for enabled in (True, False):
                assert invalid_fields(change(gateways, put, card, {"enabled": enabled})) == ["enabled"], (model, enabled)


def test_a_bad_body_is_refused(gateways: TenantWithGateways) -> None:
    bodies: list[dict[str, Any]] = [{}, {"enabled": None}, {"enabled": 1}, {"enabled": "true"}]
    with unchanged():
        for body in bodies:
            assert invalid_fields(change(gateways, put, gateways.online, body)) == ["enabled"], body


def test_a_gateway_that_is_not_configured_cannot_be_set(gateways: TenantWithGateways) -> None:
    with unchanged():
        refusal_message(change(gateways, put, gateways.provisioning, {"enabled": True}), 500)
