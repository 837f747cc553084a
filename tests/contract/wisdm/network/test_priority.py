"""GET and POST /v4/gateway/{sn}/network/priority (contract, 8.0 and 8.1)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from functions.wisdm.network.get_priority import handler as get
from functions.wisdm.network.set_priority import handler as put
from tests.contract.wisdm.network.settings import change, offline, online, provisioning, read
from tests.contract.wisdm.tenant import Tenant, failing, meanwhile, refused, sent_to


def test_is_as_the_gateway_reported_it(tenant: Tenant) -> None:
    card = offline(tenant)
    tenant.fleet.configured(card, priority="ETH_CELLULAR_WIFI")
    assert read(tenant, get, card).json == {"sn": card.sn, "priority": "ETH_CELLULAR_WIFI"}


@pytest.mark.parametrize("priority", ["_".join(order) for order in itertools.permutations(("ETH", "WIFI", "CELLULAR"))])
def test_every_order_may_be_set_and_is_read_at_once(tenant: Tenant, priority: str) -> None:
    card = online(tenant)
    tenant.fleet.configured(card, priority="ETH_CELLULAR_WIFI")
    answer = change(tenant, put, card, {"priority": priority, "unknown": 1})
    assert (answer.status, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)
    assert read(tenant, get, card).json["priority"] == priority
    (message,) = sent_to(card.sn)
    assert (message["type"], message["payload"]) == ("config.desired", {"version": 1, "section": "priority"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"priority": None},
        {"priority": 1},
        *({"priority": text} for text in ("ETH", "ETH_ETH_WIFI", "eth_wifi_cellular", "ETH_WIFI", "ETH_WIFI_LTE")),
    ],
    ids=str,
)
def test_another_order_is_refused(tenant: Tenant, body: Any) -> None:
    card = online(tenant)
    assert failing(change(tenant, put, card, body)) == ["priority"]
    assert sent_to(card.sn) == []


def test_nobody_has_said_it_yet(tenant: Tenant) -> None:
    assert refused(read(tenant, get, online(tenant)), 500) == "The gateway has not reported these settings yet"


def test_a_gateway_that_is_away_cannot_be_set(tenant: Tenant) -> None:
    for make, message in (
        (offline, "The gateway is offline"),
        (provisioning, "The gateway has not applied its location's configuration yet"),
    ):
        card = make(tenant)
        assert refused(change(tenant, put, card, {"priority": "ETH_WIFI_CELLULAR"}), 500) == message
        assert sent_to(card.sn) == []


def test_a_change_that_came_between_is_kept(tenant: Tenant) -> None:
    card = online(tenant)
    meanwhile(lambda: change(tenant, put, card, {"priority": "WIFI_ETH_CELLULAR"}))
    assert change(tenant, put, card, {"priority": "ETH_WIFI_CELLULAR"}).status == 204
    assert sorted(message["payload"]["version"] for message in sent_to(card.sn)) == [1, 2]
    assert read(tenant, get, card).json["priority"] == "ETH_WIFI_CELLULAR"
