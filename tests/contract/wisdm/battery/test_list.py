"""GET /v4/location/{locationId}/gateways/battery (wisdm.md 4.4)."""

from __future__ import annotations

from typing import Any

from edge.entry import Entry
from fleet.registry.gateway import Card
from functions.wisdm.battery.list import handler as listing
from functions.wisdm.gateway.list_status import handler as status
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.battery.reports import monitor, report
from tests.contract.wisdm.tenant import MODEL, Tenant, TenantWithGateways
from tests.harness.call import Response, call
from tests.suite.settings import BATTERY


def add_gateways(tenant: TenantWithGateways, count: int) -> list[Card]:
    """Add `count` online gateways to the location."""
    cards = [tenant.gateway(tenant.place, model=MODEL) for _ in range(count)]
    for card in cards:
        tenant.fleet.online(card)
    return cards


def get_page(tenant: TenantWithGateways, entry: Entry = listing, **query: str) -> Response:
    return call(entry, {"locationId": tenant.place.id}, key=tenant.key, query=query)


def numbers(answer: Response) -> list[str]:
    return [each["sn"] for each in answer.json["gateways"]]


def test_a_location_without_any_has_an_empty_list(gateways: TenantWithGateways) -> None:
    assert get_page(gateways).json == {"pageSize": 100, "totalPages": 0, "gateways": []}


def test_has_monitored_batteries_with_a_report_alone(gateways: TenantWithGateways) -> None:
    cards = add_gateways(gateways, 4)
    for card in cards[:3]:
        monitor(gateways, card)
    for card in cards[1:]:
        report(card)
    shown = [{"sn": card.sn, "battery": BATTERY} for card in cards[1:3]]
    assert get_page(gateways).json == {"pageSize": 100, "totalPages": 1, "gateways": shown}


def test_is_walked_page_by_page(gateways: TenantWithGateways) -> None:
    cards = add_gateways(gateways, 5)
    for card in cards:
        monitor(gateways, card)
        report(card)
    pages = [get_page(gateways, pageSize="2")]
    while "nextToken" in pages[-1].json:
        pages.append(get_page(gateways, pageSize="2", nextToken=pages[-1].json["nextToken"]))
    assert [(page.json["pageSize"], page.json["totalPages"]) for page in pages] == [(2, 3)] * 3
    assert [sn for page in pages for sn in numbers(page)] == [card.sn for card in cards]


def test_a_walk_shows_once_what_stays(gateways: TenantWithGateways) -> None:
    cards = add_gateways(gateways, 6)
    late, gone = cards[1], cards[2]
    for card in cards:
        monitor(gateways, card, enabled=card is not late)
        report(card)
    first = get_page(gateways, pageSize="3")
    assert numbers(first) == [cards[0].sn, cards[2].sn, cards[3].sn]
    monitor(gateways, gone, enabled=False)
    monitor(gateways, late)
    shown = [{"sn": card.sn, "battery": BATTERY} for card in cards[4:]]
    assert get_page(gateways, nextToken=first.json["nextToken"]).json == {"pageSize": 3, "totalPages": 2, "gateways": shown}


def test_takes_its_own_tokens_alone(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, gateways.offline):
        monitor(gateways, card)
        report(card)
    own, other = (get_page(gateways, entry, pageSize="1").json["nextToken"] for entry in (listing, status))
    assert get_page(gateways, nextToken=own).status == get_page(gateways, status, nextToken=other).status == 200
    for entry, token in ((listing, other), (status, own)):
        assert invalid_fields(get_page(gateways, entry, nextToken=token)) == ["nextToken"]


def test_a_page_size_out_of_1_to_1000_is_bad(gateways: TenantWithGateways) -> None:
    for size in ("0", "1001", "x"):
        assert invalid_fields(get_page(gateways, pageSize=size)) == ["pageSize"], size


def test_another_organizations_location_is_not_found(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    path: dict[str, Any] = {"locationId": gateways.place.id}
    assert refusal_message(call(listing, path, key=other_tenant.key), 404) == "Location not found"
