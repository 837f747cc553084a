"""GET and POST /v4/gateway/{sn}/battery (contract, 5.3 and 7.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.configuration import report as configuration_report
from fleet.marks import Mark
from fleet.registry.gateway import Card
from functions.wisdm.battery.get import handler as get
from functions.wisdm.battery.list import handler as listing
from functions.wisdm.battery.set_monitoring import handler as put
from functions.wisdm.gateway.list_status import handler as status
from tests.contract.wisdm.network.settings import change, offline, online, provisioning, read
from tests.contract.wisdm.tenant import Tenant, failing, refused, sent_to
from tests.harness.call import call

MODEL = "RAK7289CV2"
BATTERY: dict[str, Any] = {
    "temperature": 4,
    "voltage": 24.85,
    "soc": 63,
    "current": -145,
    "soh": 98,
    "cycles": 31,
    "remainCapacity": 31400,
    "fullChargeCapacity": 49800,
    "mode": "DISCHARGING",
}


@pytest.fixture
def tenant(standing: Tenant) -> Tenant:
    """One for all tests: each has a gateway of its own."""
    return standing


def report(card: Card, **changed: Any) -> None:
    """What the uplink makes of a report of the battery."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    known = fetch(EVERYWHERE, desire.monitored(card.sn))
    configuration_report.battery(EVERYWHERE, known, Mark("00000000-0000-4000-8000-000000000001", 9, now, now), BATTERY | changed)


def monitor(tenant: Tenant, card: Card, enabled: bool = True) -> None:
    assert change(tenant, put, card, {"enabled": enabled}).status == 204


def listed(tenant: Tenant, card: Card) -> Any:
    return call(listing, {"locationId": str(card.location)}, key=tenant.key).json


@pytest.mark.parametrize("make", [online, offline])
def test_is_the_newest_report_while_it_is_monitored(tenant: Tenant, make: Any) -> None:
    card = make(tenant, model=MODEL)
    monitor(tenant, card)
    report(card)
    assert read(tenant, get, card).json == {"sn": card.sn, "battery": BATTERY}


def test_says_why_there_is_none(tenant: Tenant) -> None:
    card = online(tenant, model=MODEL)
    report(card)
    assert refused(read(tenant, get, card), 404) == "Battery monitoring is disabled"
    silent = online(tenant, model=MODEL)
    monitor(tenant, silent)
    assert refused(read(tenant, get, silent), 404) == "The gateway has not reported its battery yet"
    assert refused(read(tenant, get, provisioning(tenant)), 404) == "The gateway has not applied its location's configuration yet"


def test_disabling_hides_it_at_once_and_keeps_it(tenant: Tenant) -> None:
    card = online(tenant, model=MODEL)
    monitor(tenant, card)
    report(card)
    monitor(tenant, card, enabled=False)
    refused(read(tenant, get, card), 404)
    assert listed(tenant, card) == {"pageSize": 100, "totalPages": 0, "gateways": []}
    monitor(tenant, card)
    assert read(tenant, get, card).json["battery"] == BATTERY
    assert listed(tenant, card)["totalPages"] == 1


@pytest.mark.parametrize("enabled", [True, False])
def test_the_gateway_is_told_and_twice_is_fine(tenant: Tenant, enabled: bool) -> None:
    card = offline(tenant, model=MODEL)
    monitor(tenant, card, enabled)
    monitor(tenant, card, enabled)
    assert {message["payload"]["section"] for message in sent_to(card.sn)} == {"batteryMonitoring"}


@pytest.mark.parametrize("model", ["RAK7240V2", "RAK7240CV2", "RAK7267", "RAK7267C", "RAK7285", "RAK7285C", "RAK7289V2", "RAK7289CV2"])
def test_models_with_a_battery(tenant: Tenant, model: str) -> None:
    monitor(tenant, online(tenant, model=model))


@pytest.mark.parametrize("model", ["RAK7268V2", "RAK7289", "RAK7240", "RAK7258", "RAK72890V2", "XRAK7285"])
@pytest.mark.parametrize("enabled", [True, False])
def test_models_without_a_battery(tenant: Tenant, model: str, enabled: bool) -> None:
    card = online(tenant, model=model)
    assert failing(change(tenant, put, card, {"enabled": enabled})) == ["enabled"]
    assert sent_to(card.sn) == []


@pytest.mark.parametrize("body", [{}, {"enabled": None}, {"enabled": 1}, {"enabled": "true"}], ids=str)
def test_a_bad_body_is_refused(tenant: Tenant, body: Any) -> None:
    assert failing(change(tenant, put, online(tenant, model=MODEL), body)) == ["enabled"]


def test_a_gateway_that_is_not_configured_cannot_be_set(tenant: Tenant) -> None:
    card = provisioning(tenant, model=MODEL)
    refused(change(tenant, put, card, {"enabled": True}), 500)
    assert sent_to(card.sn) == []


class TestList:
    """GET /v4/location/{locationId}/gateways/battery (contract, 4.4)."""

    def test_has_monitored_batteries_with_a_report_alone(self, tenant: Tenant) -> None:
        location = tenant.location()
        cards = [tenant.gateway(location, model=MODEL) for _ in range(4)]
        for card in cards:
            tenant.fleet.online(card)
        for card in cards[:3]:
            monitor(tenant, card)
        for card in cards[1:]:
            report(card)
        answer = call(listing, {"locationId": location.id}, key=tenant.key).json
        assert answer == {
            "pageSize": 100,
            "totalPages": 1,
            "gateways": [{"sn": card.sn, "battery": BATTERY} for card in cards[1:3]],
        }

    def test_is_walked_page_by_page(self, tenant: Tenant) -> None:
        location, seen, token = tenant.location(), [], None
        cards = [tenant.gateway(location, model=MODEL) for _ in range(5)]
        for card in cards:
            tenant.fleet.online(card)
            monitor(tenant, card)
            report(card)
        for page in range(3):
            query = {"pageSize": "2", **({"nextToken": token} if token else {})}
            answer = call(listing, {"locationId": location.id}, key=tenant.key, query=query).json
            assert (answer["pageSize"], answer["totalPages"]) == (2, 3)
            seen += [each["sn"] for each in answer["gateways"]]
            token = answer.get("nextToken")
            assert (token is None) == (page == 2)
        assert seen == [card.sn for card in cards]

    def test_a_walk_shows_once_what_stays(self, tenant: Tenant) -> None:
        location = tenant.location()
        cards = [tenant.gateway(location, model=MODEL) for _ in range(6)]
        late, gone = cards[1], cards[2]
        for card in cards:
            tenant.fleet.online(card)
            monitor(tenant, card, enabled=card is not late)
            report(card)
        first = call(listing, {"locationId": location.id}, key=tenant.key, query={"pageSize": "3"}).json
        assert [each["sn"] for each in first["gateways"]] == [cards[0].sn, cards[2].sn, cards[3].sn]
        monitor(tenant, gone, enabled=False)
        monitor(tenant, late)
        second = call(listing, {"locationId": location.id}, key=tenant.key, query={"nextToken": first["nextToken"]}).json
        assert second == {"pageSize": 3, "totalPages": 2, "gateways": [{"sn": card.sn, "battery": BATTERY} for card in cards[4:]]}

    def test_takes_its_own_tokens_alone(self, tenant: Tenant) -> None:
        location, query = tenant.location(), {"pageSize": "1"}
        for _ in range(2):
            card = tenant.gateway(location, model=MODEL)
            tenant.fleet.online(card)
            monitor(tenant, card)
            report(card)
        own, other = (
            call(entry, {"locationId": location.id}, key=tenant.key, query=query).json["nextToken"] for entry in (listing, status)
        )
        told = [call(entry, {"locationId": location.id}, key=tenant.key, query={"nextToken": token})
                for entry, token in ((listing, own), (status, other), (listing, other), (status, own))]  # fmt: skip
        assert [answer.status for answer in told] == [200, 200, 400, 400]
        assert failing(told[2]) == failing(told[3]) == ["nextToken"]
        for size in ("0", "1001", "x"):
            assert failing(call(listing, {"locationId": location.id}, key=tenant.key, query={"pageSize": size})) == ["pageSize"]
