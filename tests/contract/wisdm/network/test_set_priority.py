"""POST /v4/gateway/{sn}/network/priority (wisdm.md 8.0 and 8.1)."""

from __future__ import annotations

import itertools
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.configuration.configuration import Configuration
from fleet.configuration.configurations import Configurations
from functions.wisdm.network import set_lan, set_wan
from functions.wisdm.network.get_priority import handler as get
from functions.wisdm.network.set_priority import handler as put
from tests.contract.wisdm.answers import invalid_fields, is_accepted, refusal_message
from tests.contract.wisdm.network.settings import LAN, WAN, change, read
from tests.contract.wisdm.stored import outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.harness.interference import before_each_request, before_next_transaction


def test_every_order_may_be_set_and_is_read_at_once(gateways: TenantWithGateways) -> None:
    card = gateways.online
    gateways.fleet.report_configuration(card, priority="ETH_CELLULAR_WIFI")
    orders = ["_".join(order) for order in itertools.permutations(("ETH", "WIFI", "CELLULAR"))]
    for priority in restored_after_each(orders):
        assert is_accepted(change(gateways, put, card, {"priority": priority, "unknown": 1})), priority
        assert read(gateways, get, card).json["priority"] == priority
        (message,) = outbox_of(card.sn)
        assert (message["type"], message["payload"]) == ("config.desired", {"version": 1, "section": "priority"}), priority


BAD = ("ETH", "ETH_ETH_WIFI", "eth_wifi_cellular", "ETH_WIFI", "ETH_WIFI_LTE", "ETH_WIFI_CELLULAR_ETH", " ETH_WIFI_CELLULAR", "", None, 1)


def test_another_order_is_refused(gateways: TenantWithGateways) -> None:
    bodies: list[dict[str, Any]] = [{}, *({"priority": value} for value in BAD)]
    with unchanged():
        for body in bodies:
            assert invalid_fields(change(gateways, put, gateways.online, body)) == ["priority"], body


def test_a_gateway_that_is_away_cannot_be_set(gateways: TenantWithGateways) -> None:
    messages = ("The gateway is offline", "The gateway has not applied its location's configuration yet")
    with unchanged():
        for card, message in zip(gateways.not_online, messages, strict=True):
            assert refusal_message(change(gateways, put, card, {"priority": "ETH_WIFI_CELLULAR"}), 500) == message


def test_a_gateway_that_never_stops_to_change_is_429(gateways: TenantWithGateways) -> None:
    known = Configuration(sn=gateways.online.sn)

    def report() -> None:
        nonlocal known
        before, known = known, known.changed(version=known.version + 1)
        writes = Configurations.store_writes(EVERYWHERE, gateways.organization.id, before, known)
        clients.dynamodb().put_item(TableName=table.table(), Item=writes[0].parameters["Item"])

    for entry, body in ((put, {"priority": "WIFI_ETH_CELLULAR"}), (set_wan.handler, WAN), (set_lan.handler, {"wifi": LAN})):
        with before_each_request("TransactWriteItems", report):
            answer = change(gateways, entry, gateways.online, body)
        assert refusal_message(answer, 429) == "The gateway is being configured too often at once"
        assert int(answer.headers["Retry-After"]) > 0
    assert outbox_of(gateways.online.sn) == []


def test_a_change_that_came_between_is_kept(gateways: TenantWithGateways) -> None:
    card = gateways.online
    before_next_transaction(lambda: change(gateways, put, card, {"priority": "WIFI_ETH_CELLULAR"}))
    assert is_accepted(change(gateways, put, card, {"priority": "ETH_WIFI_CELLULAR"}))
    assert sorted(message["payload"]["version"] for message in outbox_of(card.sn)) == [1, 2]
    assert read(gateways, get, card).json["priority"] == "ETH_WIFI_CELLULAR"
