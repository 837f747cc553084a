"""GET /v4/location/{locationId}/gateways/status (contract, 4.3)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import table
from fleet.registry.gateway import Card
from fleet.registry.gateways import copies
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from functions.wisdm.gateway import get_status, list_status
from tests.contract.wisdm.tenant import Tenant, failing, refused, remove
from tests.harness.call import Answered, call


def paged(tenant: Tenant, location: Location, key: str | None = None, **query: str) -> Answered:
    return call(list_status.handler, {"locationId": location.id}, key=key or tenant.key, query=query)


def filled(tenant: Tenant, *numbers: int) -> Location:
    location = tenant.location()
    for number in numbers:
        added(tenant, location, number)
    return location


def added(tenant: Tenant, location: Location, number: int) -> Card:
    return tenant.gateway(location, tenant.fleet.box(sn=f"GW{number:06d}"))


def taken_out(location: Location, number: int) -> None:
    for pair in copies(location.id, f"GW{number:06d}"):
        remove(pair)
    table.transact([Locations.counting(EVERYWHERE, location, -1)])


def numbers(answer: Answered) -> list[int]:
    return [int(one["sn"][2:]) for one in answer.json["gateways"]]


def turned(letter: str) -> str:
    """The letter of a token with its lowest bit turned."""
    alphabet = ascii_uppercase + ascii_lowercase + digits + "-_"
    return alphabet[alphabet.index(letter) ^ 1]


def walked(tenant: Tenant, location: Location, size: int, between: Any = lambda: None) -> list[int]:
    """The numbers that a walk comes by, with something done after the first page."""
    answer = paged(tenant, location, pageSize=str(size))
    seen = numbers(answer)
    between()
    while "nextToken" in answer.json:
        answer = paged(tenant, location, nextToken=answer.json["nextToken"])
        seen += numbers(answer)
    return seen


def test_an_empty_location(tenant: Tenant) -> None:
    assert paged(tenant, tenant.location()).json == {"pageSize": 100, "totalPages": 0, "gateways": []}


def test_shows_what_the_route_of_one_gateway_shows(tenant: Tenant) -> None:
    location = tenant.location()
    card = tenant.gateway(location)
    tenant.fleet.online(card)
    tenant.fleet.reports(card, "status", {"system": {"cpu": 1}, "gps": {"state": "GPS_FIX", "satellites_number": 4}}, seq=2)
    assert paged(tenant, location).json["gateways"] == [call(get_status.handler, {"sn": card.sn}, key=tenant.key).json]


def test_a_page_is_in_the_order_of_serial_numbers(tenant: Tenant) -> None:
    assert numbers(paged(tenant, filled(tenant, 3, 1, 2))) == [1, 2, 3]


@pytest.mark.parametrize(("count", "size", "pages"), [(1, 1, 1), (3, 2, 2), (4, 2, 2), (5, 4, 2), (2, 1000, 1)], ids=str)
def test_total_pages(tenant: Tenant, count: int, size: int, pages: int) -> None:
    answer = paged(tenant, filled(tenant, *range(count)), pageSize=str(size)).json
    assert (answer["pageSize"], answer["totalPages"]) == (size, pages)


def test_the_last_page_has_no_token(tenant: Tenant) -> None:
    assert "nextToken" not in paged(tenant, filled(tenant, 1, 2), pageSize="2").json


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_walk_comes_by_every_gateway_once(tenant: Tenant, size: int) -> None:
    location = filled(tenant, *range(7))
    assert walked(tenant, location, size) == list(range(7))


def test_a_walk_with_reports_comes_by_every_gateway_once(tenant: Tenant) -> None:
    location = tenant.location()
    for number in range(5):
        card = added(tenant, location, number)
        if number != 2:
            tenant.fleet.reports(card, "status", {"system": {"cpu": number}})
    assert walked(tenant, location, 2) == [0, 1, 2, 3, 4]


def test_additions_and_removals_move_no_gateway_that_stays(tenant: Tenant) -> None:
    location = filled(tenant, 10, 20, 30, 40, 50)

    def change() -> None:
        for number in (10, 20, 40):
            taken_out(location, number)
        for number in (5, 25, 60):
            added(tenant, location, number)

    assert walked(tenant, location, 2, change) == [10, 20, 25, 30, 50, 60]


def test_a_report_of_a_gateway_that_left_shortens_no_page(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2, 3, 4, 5, 6)
    for number in (1, 2, 3):
        tenant.fleet.reports(Card(id="", sn=f"GW{number:06d}", organization=tenant.organization.id, location=location.id, name="",
                                  eui="", mac="", model=""), "status", {"system": {"cpu": 1}})  # fmt: skip
        remove(copies(location.id, f"GW{number:06d}")[0])
    answer = paged(tenant, location, pageSize="1")
    assert numbers(answer) == [4]
    assert "nextToken" in answer.json


def test_total_pages_follows_the_current_number(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2, 3)
    token = paged(tenant, location, pageSize="1").json["nextToken"]
    taken_out(location, 3)
    assert paged(tenant, location, nextToken=token).json["totalPages"] == 2


def test_a_token_carries_its_page_size(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2, 3, 4)
    token = paged(tenant, location, pageSize="2").json["nextToken"]
    assert paged(tenant, location, nextToken=token).json["pageSize"] == 2


def test_the_tokens_page_size_may_be_repeated(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2, 3)
    token = paged(tenant, location, pageSize="2").json["nextToken"]
    assert numbers(paged(tenant, location, nextToken=token, pageSize="2")) == [3]


def test_another_page_size_than_the_tokens_is_bad(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2, 3)
    token = paged(tenant, location, pageSize="2").json["nextToken"]
    assert failing(paged(tenant, location, nextToken=token, pageSize="1")) == ["pageSize"]


@pytest.mark.parametrize("how", ["first", "middle", "last", "longer", "shorter", "padded", "empty", "words", "accent", "printed"])
def test_an_altered_token_is_bad(tenant: Tenant, how: str) -> None:
    location = filled(tenant, 1, 2)
    token = paged(tenant, location, pageSize="1").json["nextToken"]
    altered = {
        "first": turned(token[0]) + token[1:], "middle": token[:30] + turned(token[30]) + token[31:],
        "last": token[:-1] + turned(token[-1]),
        "longer": token + "A", "shorter": token[:-1], "padded": token + "=" * (-len(token) % 4 or 4), "empty": "", "words": "not a token",
        "accent": "é", "printed": "eyJwYWdlIjoyfQ==",
    }[how]  # fmt: skip
    assert failing(paged(tenant, location, nextToken=altered)) == ["nextToken"]


def test_a_token_of_another_location_is_bad(tenant: Tenant) -> None:
    token = paged(tenant, filled(tenant, 1, 2), pageSize="1").json["nextToken"]
    assert failing(paged(tenant, tenant.location(), nextToken=token)) == ["nextToken"]


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 400)], ids=["23h", "25h"])
def test_a_token_is_good_for_a_day(tenant: Tenant, hours: int, status: int) -> None:
    location = filled(tenant, 1, 2)
    token = paged(tenant, location, pageSize="1").json["nextToken"]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=False):
        assert paged(tenant, location, nextToken=token).status == status


def test_another_key_of_the_organization_goes_on_with_a_token(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2)
    token = paged(tenant, location, pageSize="1").json["nextToken"]
    assert numbers(paged(tenant, location, tenant.limited(location, access="READ_ONLY"), nextToken=token)) == [2]


def test_a_token_opens_no_location_to_a_limited_key(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2)
    token = paged(tenant, location, pageSize="1").json["nextToken"]
    refused(paged(tenant, location, tenant.limited(tenant.location()), nextToken=token), 403)


def test_a_token_of_another_organization_is_bad(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2)
    token = paged(tenant, location, pageSize="1").json["nextToken"]
    assert failing(paged(tenant, location, Tenant.of(tenant.fleet).key, nextToken=token)) == ["nextToken"]


@pytest.mark.parametrize("which", ["unknown", "foreign", "other"])
def test_the_token_before_the_location(tenant: Tenant, which: str) -> None:
    """Contract, 2.2: the query before what is there, and before what the key may see of it."""
    path = {"unknown": str(uuid.uuid4()), "foreign": Tenant.of(tenant.fleet).location().id, "other": tenant.location().id}[which]
    key = tenant.limited(tenant.location())
    assert failing(call(list_status.handler, {"locationId": path}, key=key, query={"nextToken": "AAAA"})) == ["nextToken"]


def test_a_token_is_of_its_location_in_any_case(tenant: Tenant) -> None:
    location = filled(tenant, 1, 2)
    token = paged(tenant, location, pageSize="1").json["nextToken"]
    answer = call(list_status.handler, {"locationId": location.id.upper()}, key=tenant.key, query={"nextToken": token})
    assert numbers(answer) == [2]


@pytest.mark.parametrize("size", ["0", "-1", "1001", "1.0", "1e2", "ten", "", " 5", "+5", "05", "٥", "99999999999999999999"], ids=ascii)
def test_a_page_size_out_of_1_to_1000_is_bad(tenant: Tenant, size: str) -> None:
    assert failing(paged(tenant, tenant.location(), pageSize=size)) == ["pageSize"]


def test_another_organizations_location_is_as_unknown_as_any(tenant: Tenant) -> None:
    foreign = paged(tenant, Tenant.of(tenant.fleet).location())
    unknown = call(list_status.handler, {"locationId": str(uuid.uuid4())}, key=tenant.key)
    assert refused(foreign, 404) == "Location not found"
    assert foreign.content == unknown.content


def test_a_limited_key_may_not_read_another_location(tenant: Tenant) -> None:
    refused(paged(tenant, tenant.location(), tenant.limited(tenant.location())), 403)
