"""POST /v4/location/{locationId}/gateways: whoever guesses serial numbers or EUIs has to wait (wisdm.md 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine

from functions.wisdm.gateway import list as list_gateways
from functions.wisdm.gateway import register
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.gateway.test_register import location_with_server, register_gateway
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import items_written, restored_after_each, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call
from tests.harness.interference import before_each_request, before_next_transaction
from tests.harness.recorder import Recorder

WINDOW = timedelta(minutes=15)
WRONG = "00" * 8
Guess = Callable[[], Response]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def guess(tenant: Tenant, location: str, sn: str = "UNKNOWN00001", eui: str = WRONG) -> Response:
    return call(register.handler, {"locationId": location}, key=tenant.key, body={"sn": sn, "eui": eui})


def guesses(gateways: TenantWithGateways, count: int) -> list[int]:
    """The statuses of so many failed claims."""
    return [guess(gateways, gateways.place.id).status for _ in range(count)]


def right(gateways: TenantWithGateways) -> Response:
    """A claim of the gateway that no organization has, with its own EUI."""
    return register_gateway(gateways, gateways.place, gateways.spare)


def sorts(gateways: TenantWithGateways, other: Tenant) -> dict[str, Guess]:
    """A failed claim of each sort."""
    place, foreign = gateways.place.id, gateways.fleet.hardware()
    other.gateway(hardware=foreign)
    return {
        "of nobody's serial number": lambda: guess(gateways, place),
        "of another organization's gateway": lambda: guess(gateways, place, foreign.sn, foreign.factory.eui),
        "of another organization's gateway, with another EUI": lambda: guess(gateways, place, foreign.sn),
        "of an unclaimed gateway, with another EUI": lambda: guess(gateways, place, gateways.spare.sn),
    }


def test_after_ten_failed_claims_even_the_right_one_waits(gateways: TenantWithGateways, clock: time_machine.Traveller) -> None:
    for _ in range(10):
        refusal_message(guess(gateways, gateways.place.id, gateways.spare.sn), 406)
        clock.shift(10)
    with unchanged():
        for answer in (guess(gateways, gateways.place.id), right(gateways)):
            assert refusal_message(answer, 429) == "Too many failed registrations: wait"
            assert answer.headers["Retry-After"] == "800"
    clock.move_to(NOW + WINDOW)
    assert right(gateways).status == 201


@pytest.mark.slow
def test_nothing_tells_which_serial_numbers_there_are(gateways: TenantWithGateways, other_tenant: Tenant, aws_requests: Recorder) -> None:
    """Neither the answers, nor how many there are until the wait, nor what they ask of AWS; in the wait not even a right EUI."""
    assert call(list_gateways.handler, {"locationId": gateways.place.id}, key=gateways.key).status == 200  # reads what is cached
    made = sorts(gateways, other_tenant)
    seen = []
    for claim in restored_after_each(made.values()):
        aws_requests.clear()
        seen.append(([(answer.status, answer.content) for answer in (claim() for _ in range(12))], list(aws_requests.requests)))
    assert [status for status, _ in seen[0][0]] == [406] * 10 + [429] * 2
    assert [each == seen[0] for each in seen] == [True] * len(made)
    guesses(gateways, 10)
    waiting = []
    for claim in (*made.values(), lambda: right(gateways)):
        aws_requests.clear()
        answer = claim()
        waiting.append((answer.status, answer.content, answer.headers["Retry-After"], list(aws_requests.requests)))
    assert [each == waiting[0] for each in waiting] == [True] * len(waiting)


def test_all_sorts_are_counted_together(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    statuses = [claim().status for _ in range(3) for claim in sorts(gateways, other_tenant).values()]
    assert statuses == [406] * 10 + [429] * 2


def test_a_success_forgives_nothing(gateways: TenantWithGateways) -> None:
    assert guesses(gateways, 9) == [406] * 9
    assert right(gateways).status == 201
    assert guesses(gateways, 2) == [406, 429]


def test_failures_are_counted_for_the_organization(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    """Whichever key or location it uses; no other one waits."""
    elsewhere, key = gateways.location(), gateways.fleet.key(gateways.organization)
    guesses(gateways, 10)
    assert register_gateway(gateways, elsewhere, gateways.spare, key).status == 429
    assert register_gateway(other_tenant, other_tenant.location(), gateways.spare).status == 201


def test_who_waits_is_not_counted(gateways: TenantWithGateways, clock: time_machine.Traveller) -> None:
    guesses(gateways, 10)
    clock.shift(WINDOW - timedelta(seconds=1))
    assert guesses(gateways, 3) == [429] * 3
    clock.shift(1)
    assert guesses(gateways, 11) == [406] * 10 + [429]


def test_a_gateway_of_its_own_is_no_claim(gateways: TenantWithGateways) -> None:
    """Registering one again, or with another EUI than the one that a list shows: not counted, and answered while claims wait."""
    own = gateways.hardware[gateways.online.sn]
    with unchanged():
        assert [register_gateway(gateways, gateways.place, own).status for _ in range(11)] == [409] * 11
        assert [guess(gateways, gateways.place.id, own.sn).status for _ in range(11)] == [406] * 11
    guesses(gateways, 10)
    assert right(gateways).status == 429
    assert register_gateway(gateways, gateways.place, own).status == 409
    returned = gateways.fleet.hardware()
    gateways.gateway(hardware=returned)
    assert register_gateway(gateways, gateways.place, returned).status == 201


def test_what_tells_nothing_of_a_gateway_is_neither_counted_nor_delayed(gateways: TenantWithGateways) -> None:
    other_mode = gateways.location(work_mode="Packet forwarder", server=None)
    with unchanged():
        assert [guess(gateways, other_mode.id).status for _ in range(11)] == [406] * 11
        assert [guess(gateways, gateways.place.id, eui="x").status for _ in range(11)] == [400] * 11
    messages = {guess(gateways, other_mode.id).json["message"]}
    guesses(gateways, 10)
    assert {refusal_message(guess(gateways, other_mode.id), 406)} == messages


def test_what_the_right_eui_lacks_is_not_counted(gateways: TenantWithGateways) -> None:
    location = location_with_server(gateways, "client_token", individual=True)
    with unchanged():
        assert [invalid_fields(register_gateway(gateways, location, gateways.spare)) for _ in range(11)] == [["bsToken"]] * 11
    assert register_gateway(gateways, location, gateways.spare, bsToken="Authorization: x").status == 201


def test_guesses_made_at_once_are_answered_one_after_the_other(gateways: TenantWithGateways) -> None:
    """Ten failures that overtake it: the right EUI, checked before any of them was counted, waits too."""
    before_next_transaction(lambda: guesses(gateways, 10))
    assert refusal_message(right(gateways), 429)
    assert gateways.spare.sn not in call(list_gateways.handler, {"locationId": gateways.place.id}, key=gateways.key).content.decode()


def test_among_guesses_made_at_once_no_refusal_tells_the_right_eui(gateways: TenantWithGateways) -> None:
    location = location_with_server(gateways, "client_token", individual=True)
    before_next_transaction(lambda: guesses(gateways, 10))
    assert refusal_message(register_gateway(gateways, location, gateways.spare), 429)


def test_a_guess_that_another_came_before_still_counts(gateways: TenantWithGateways) -> None:
    before_next_transaction(lambda: guesses(gateways, 1))
    assert guesses(gateways, 9) == [406] * 9
    assert guesses(gateways, 1) == [429]


def test_a_burst_of_guesses_is_answered_ten_times(gateways: TenantWithGateways) -> None:
    """Twelve that are under way at once, each overtaken by the next one before it is counted."""
    statuses: list[int] = []
    started = 1

    def another() -> None:
        nonlocal started
        if started < 12:
            started += 1
            statuses.extend(guesses(gateways, 1))

    with before_each_request("TransactWriteItems", another):
        statuses.extend(guesses(gateways, 1))
    assert sorted(statuses) == [406] * 10 + [429] * 2


def test_what_is_counted_expires_and_holds_no_guess(gateways: TenantWithGateways) -> None:
    with items_written() as rows:
        guess(gateways, gateways.place.id, gateways.spare.sn, "ab" * 8)
    (row,) = rows
    assert row["pk"]["S"] == f"TRIES#CLAIMS#{gateways.organization.id}"
    assert row["ttl"] == {"N": str(int((NOW + WINDOW).timestamp()) + 1)}
    assert not [text for text in (gateways.spare.sn, "ab" * 8) if text in repr(row)]
