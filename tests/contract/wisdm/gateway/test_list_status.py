"""GET /v4/location/{locationId}/gateways/status (wisdm.md 4.3)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

import time_machine

from fleet.access import EVERYWHERE
from fleet.lifecycle.relocate import relocate
from fleet.registry.gateway import Card
from fleet.registry.gateways import copies
from fleet.registry.location import Location
from functions.wisdm.gateway import get_status, list_status
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import remove
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call
from tests.harness.recorder import Recorder


def get_page(tenant: Tenant, location: Location, key: str | None = None, **query: str) -> Response:
    return call(list_status.handler, {"locationId": location.id}, key=key or tenant.key, query=query)


def location_with(tenant: Tenant, *numbers: int) -> Location:
    location = tenant.location()
    for number in numbers:
        add_gateway(tenant, location, number)
    return location


def add_gateway(tenant: Tenant, location: Location, number: int) -> Card:
    return tenant.gateway(location, tenant.fleet.hardware(sn=f"PIER{number:04d}"))


def remove_gateway(number: int) -> None:
    relocate(EVERYWHERE, f"PIER{number:04d}", None, NOW)


def numbers(answer: Response) -> list[int]:
    return [int(one["sn"][4:]) for one in answer.json["gateways"]]


def with_flipped_bit(letter: str) -> str:
    """A base64 character of a token with its lowest bit flipped."""
    alphabet = ascii_uppercase + ascii_lowercase + digits + "-_"
    return alphabet[alphabet.index(letter) ^ 1]


def test_a_page_that_is_full_ends_earlier_and_the_next_goes_on(tenant: Tenant, aws_requests: Recorder) -> None:
    location = tenant.location()
    for number in range(20):
        card = add_gateway(tenant, location, number)
        tenant.fleet.report(card, "status", {"system": {"text": "x" * 350_000}})
    get_page(tenant, location, pageSize="1")  # reads the secrets, once a process
    aws_requests.clear()
    first = get_page(tenant, location, pageSize="1000")
    assert (first.status, numbers(first), first.json["pageSize"]) == (200, list(range(17)), 1000)
    assert len(aws_requests.requests) <= 10
    assert numbers(get_page(tenant, location, nextToken=first.json["nextToken"])) == [17, 18, 19]


def walk(tenant: Tenant, location: Location, size: int, between: Any = lambda: None) -> list[int]:
    """The numbers on all pages, with a change after the first page."""
    answer = get_page(tenant, location, pageSize=str(size))
    seen = numbers(answer)
    between()
    while "nextToken" in answer.json:
        answer = get_page(tenant, location, nextToken=answer.json["nextToken"])
        seen += numbers(answer)
    return seen


def test_an_empty_location(tenant: Tenant) -> None:
    assert get_page(tenant, tenant.location()).json == {"pageSize": 100, "totalPages": 0, "gateways": []}


def test_shows_what_the_route_of_one_gateway_shows(gateways: TenantWithGateways) -> None:
    sections = {"system": {"cpu": 1}, "gps": {"state": "GPS_FIX", "satellites_number": 4}}
    gateways.fleet.report(gateways.online, "status", sections, seq=2)
    cards = (gateways.online, gateways.offline, gateways.provisioning)
    singly = [call(get_status.handler, {"sn": card.sn}, key=gateways.key).json for card in cards]
    assert get_page(gateways, gateways.place).json["gateways"] == singly


def test_a_page_is_in_the_order_of_serial_numbers(tenant: Tenant) -> None:
    assert numbers(get_page(tenant, location_with(tenant, 3, 1, 2))) == [1, 2, 3]


def test_total_pages(tenant: Tenant) -> None:
    location, sizes = tenant.location(), {1: [(1, 1)], 2: [(1000, 1)], 3: [(2, 2)], 4: [(2, 2)], 5: [(4, 2)]}
    for count, expected in sizes.items():
        add_gateway(tenant, location, count)
        for size, pages in expected:
            answer = get_page(tenant, location, pageSize=str(size)).json
            assert (answer["pageSize"], answer["totalPages"]) == (size, pages), count


def test_the_last_page_has_no_token(gateways: TenantWithGateways) -> None:
    assert "nextToken" not in get_page(gateways, gateways.place, pageSize="3").json


def test_a_walk_comes_by_every_gateway_once(tenant: Tenant) -> None:
    location = location_with(tenant, *range(7))
    for size in (1, 2, 3, 7):
        assert walk(tenant, location, size) == list(range(7)), size


def test_a_walk_with_reports_comes_by_every_gateway_once(tenant: Tenant) -> None:
    location = tenant.location()
    for number in range(5):
        card = add_gateway(tenant, location, number)
        if number != 2:
            tenant.fleet.report(card, "status", {"system": {"cpu": number}})
    assert walk(tenant, location, 2) == [0, 1, 2, 3, 4]


def test_additions_and_removals_move_no_gateway_that_stays(tenant: Tenant) -> None:
    location = location_with(tenant, 10, 20, 30, 40, 50)

    def change() -> None:
        for number in (10, 20, 40):
            remove_gateway(number)
        for number in (5, 25, 60):
            add_gateway(tenant, location, number)

    assert walk(tenant, location, 2, change) == [10, 20, 25, 30, 50, 60]


def test_a_report_of_a_gateway_that_left_shortens_no_page(tenant: Tenant) -> None:
    location = location_with(tenant, 1, 2, 3, 4, 5, 6)
    for number in (1, 2, 3):
        tenant.fleet.report(Card(id="", sn=f"PIER{number:04d}", organization=tenant.organization.id, location=location.id, name="",
                                  eui="", mac="", model=""), "status", {"system": {"cpu": 1}})  # fmt: skip
        remove(copies(location.id, f"PIER{number:04d}")[0])
    answer = get_page(tenant, location, pageSize="1")
    assert numbers(answer) == [4]
    assert "nextToken" in answer.json


def test_total_pages_follows_the_current_number(tenant: Tenant) -> None:
    location = location_with(tenant, 1, 2, 3)
    token = get_page(tenant, location, pageSize="1").json["nextToken"]
    remove_gateway(3)
    assert get_page(tenant, location, nextToken=token).json["totalPages"] == 2


def test_a_token_carries_its_page_size(gateways: TenantWithGateways) -> None:
    token = get_page(gateways, gateways.place, pageSize="2").json["nextToken"]
    assert get_page(gateways, gateways.place, nextToken=token).json["pageSize"] == 2


def test_the_tokens_page_size_may_be_repeated(tenant: Tenant) -> None:
    location = location_with(tenant, 1, 2, 3)
    token = get_page(tenant, location, pageSize="2").json["nextToken"]
    assert numbers(get_page(tenant, location, nextToken=token, pageSize="2")) == [3]


def test_another_page_size_than_the_tokens_is_bad(gateways: TenantWithGateways) -> None:
    token = get_page(gateways, gateways.place, pageSize="2").json["nextToken"]
    assert invalid_fields(get_page(gateways, gateways.place, nextToken=token, pageSize="1")) == ["pageSize"]


def test_an_altered_token_is_bad(gateways: TenantWithGateways) -> None:
    token = get_page(gateways, gateways.place, pageSize="1").json["nextToken"]
    altered = {
        "first": with_flipped_bit(token[0]) + token[1:], "middle": token[:30] + with_flipped_bit(token[30]) + token[31:],
        "last": token[:-1] + with_flipped_bit(token[-1]),
        "longer": token + "A", "shorter": token[:-1], "padded": token + "=" * (-len(token) % 4 or 4), "words": "not a token",
        "accent": "é", "printed": "eyJwYWdlIjoyfQ==",
    }  # fmt: skip
    for how, text in altered.items():
        assert invalid_fields(get_page(gateways, gateways.place, nextToken=text)) == ["nextToken"], how


def test_a_token_of_another_location_is_bad(gateways: TenantWithGateways) -> None:
    token = get_page(gateways, gateways.place, pageSize="1").json["nextToken"]
    assert invalid_fields(get_page(gateways, gateways.location(), nextToken=token)) == ["nextToken"]


def test_a_token_is_good_for_a_day(gateways: TenantWithGateways) -> None:
    token = get_page(gateways, gateways.place, pageSize="1").json["nextToken"]
    for hours, status in ((23, 200), (25, 400)):
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            assert get_page(gateways, gateways.place, nextToken=token).status == status, hours


def test_another_key_of_the_organization_goes_on_with_a_token(tenant: Tenant) -> None:
    location = location_with(tenant, 1, 2)
    token = get_page(tenant, location, pageSize="1").json["nextToken"]
    assert numbers(get_page(tenant, location, tenant.limited_key(location, access="READ_ONLY"), nextToken=token)) == [2]


def test_a_token_opens_no_location_to_a_limited_key(gateways: TenantWithGateways) -> None:
    token = get_page(gateways, gateways.place, pageSize="1").json["nextToken"]
    refusal_message(get_page(gateways, gateways.place, gateways.key_of_elsewhere, nextToken=token), 403)


def test_a_token_of_another_organization_is_bad(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    token = get_page(gateways, gateways.place, pageSize="1").json["nextToken"]
    assert invalid_fields(get_page(gateways, gateways.place, other_tenant.key, nextToken=token)) == ["nextToken"]


def test_the_token_before_the_location(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    """wisdm.md 2.2: the query before what is there, and before what the key may see of it."""
    for path in (str(uuid.uuid4()), other_tenant.location().id, gateways.place.id):
        answer = call(list_status.handler, {"locationId": path}, key=gateways.key_of_elsewhere, query={"nextToken": "AAAA"})
        assert invalid_fields(answer) == ["nextToken"], path


def test_a_token_is_of_its_location_in_any_case(tenant: Tenant) -> None:
    location = location_with(tenant, 1, 2)
    token = get_page(tenant, location, pageSize="1").json["nextToken"]
    answer = call(list_status.handler, {"locationId": location.id.upper()}, key=tenant.key, query={"nextToken": token})
    assert numbers(answer) == [2]


def test_a_page_size_out_of_1_to_1000_is_bad(gateways: TenantWithGateways) -> None:
    for size in ("0", "-1", "1001", "1.0", "1e2", "ten", " 5", "+5", "05", "٥", "99999999999999999999"):
        assert invalid_fields(get_page(gateways, gateways.place, pageSize=size)) == ["pageSize"], ascii(size)


def test_an_empty_parameter_is_as_one_left_out(gateways: TenantWithGateways) -> None:
    whole = get_page(gateways, gateways.place)
    assert whole.status == 200
    for empty in ({"pageSize": ""}, {"nextToken": ""}, {"pageSize": "", "nextToken": ""}):
        assert get_page(gateways, gateways.place, **empty).content == whole.content, empty
    token = get_page(gateways, gateways.place, pageSize="2", nextToken="").json["nextToken"]
    assert len(get_page(gateways, gateways.place, pageSize="", nextToken=token).json["gateways"]) == 1


def test_another_organizations_location_is_as_unknown_as_any(tenant: Tenant, gateways: TenantWithGateways) -> None:
    foreign = get_page(tenant, gateways.place)
    unknown = call(list_status.handler, {"locationId": str(uuid.uuid4())}, key=tenant.key)
    assert refusal_message(foreign, 404) == "Location not found"
    assert foreign.content == unknown.content


def test_a_limited_key_may_not_read_another_location(gateways: TenantWithGateways) -> None:
    refusal_message(get_page(gateways, gateways.place, gateways.key_of_elsewhere), 403)
