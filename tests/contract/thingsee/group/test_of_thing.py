"""The group of a thing, and what happens when two change it at once (contract, 5.3 and 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.aws import clients
from functions.thingsee.group import create, delete, get_of_thing, rename, set_of_thing
from functions.thingsee.group import list as list_groups
from tests.contract.thingsee.customer import Customer, meanwhile, refused
from tests.harness.meter import Meter


def moved(customer: Customer, tuid: str, name: str) -> Any:
    return customer.data(set_of_thing.handler, {"group_id": name}, tuid=tuid)


def group_of(customer: Customer, tuid: str) -> str:
    return str(customer.data(get_of_thing.handler, tuid=tuid)["group_id"])


def test_a_new_thing_is_unassigned(standing: Customer) -> None:
    tuid = standing.field.sensor()
    assert standing.data(get_of_thing.handler, tuid=tuid) == {"group_id": "unassigned", "tuid": tuid}


def test_a_thing_is_in_one_group(customer: Customer) -> None:
    tuid = customer.field.sensor()
    for name in ("a", "b"):
        customer.group(name)
        assert moved(customer, tuid, name) == {"group_id": name, "tuid": tuid}
        assert group_of(customer, tuid) == name
    assert [customer.members(name) for name in ("a", "b", "unassigned")] == [[], [tuid], []]


def test_setting_it_again_changes_nothing(customer: Customer) -> None:
    tuid = customer.field.sensor()
    customer.group("a")
    for _ in range(2):
        moved(customer, tuid, "a")
    moved(customer, tuid, "unassigned")
    assert customer.data(delete.handler, groupid="a")["deleted"] is True


def test_a_thing_may_be_put_back(customer: Customer) -> None:
    tuid = customer.field.sensor()
    customer.group("a")
    moved(customer, tuid, "a")
    assert moved(customer, tuid, "unassigned") == {"group_id": "unassigned", "tuid": tuid}  # T21
    assert customer.members("unassigned") == [tuid]


def test_the_installation_stays(customer: Customer) -> None:
    tuid = customer.field.sensor(status="installed")
    customer.group("a")
    moved(customer, tuid, "a")
    assert customer.field.thing(tuid).status == "installed"


@pytest.mark.parametrize("name", ["nobody", "a b", "", "Unassigned", "ä" * 3000], ids=lambda name: ascii(name)[:12])
def test_an_unknown_group_is_404(standing: Customer, name: str) -> None:
    refused(standing.ask(set_of_thing.handler, {"group_id": name}, tuid=standing.field.sensor()), 404)


@pytest.mark.parametrize("body", [{}, {"group_id": None}, {"group_id": 7}, {"group_id": ["a"]}], ids=repr)
def test_a_bad_body_is_400_before_the_thing_is_looked_for(standing: Customer, body: Any) -> None:
    refused(standing.ask(set_of_thing.handler, body, tuid="NOTHING0001"), 400)


@pytest.mark.parametrize(
    "tuid", ["NOTHING0001", "tspd04a1b2c3d4e05", "-", "TSPD 4", "X" * 33, "X" * 3000, "\0"], ids=lambda tuid: ascii(tuid)[:12]
)
def test_an_unknown_thing_is_404(standing: Customer, tuid: str) -> None:
    refused(standing.ask(get_of_thing.handler, tuid=tuid), 404)  # T28
    refused(standing.ask(set_of_thing.handler, {"group_id": "unassigned"}, tuid=tuid), 404)


def test_a_group_of_another_customer_is_404(customer: Customer) -> None:
    Customer.of(customer.field.fleet).group("theirs")
    refused(customer.ask(set_of_thing.handler, {"group_id": "theirs"}, tuid=customer.field.sensor()), 404)


class TestAtOnce:
    def test_two_moves_leave_it_in_one_group(self, customer: Customer) -> None:
        tuid = customer.field.sensor()
        for name in ("a", "b"):
            customer.group(name)
        meanwhile(lambda: moved(customer, tuid, "b"))
        assert moved(customer, tuid, "a")["group_id"] == "a"
        assert [customer.members(name) for name in ("a", "b", "unassigned")] == [[tuid], [], []]
        assert customer.data(delete.handler, groupid="b")["deleted"] is True
        refused(customer.ask(delete.handler, groupid="a"), 409)

    def test_a_move_into_a_group_that_is_deleted_is_404(self, customer: Customer) -> None:
        tuid = customer.field.sensor()
        customer.group("a")
        meanwhile(lambda: customer.data(delete.handler, groupid="a"))
        refused(customer.ask(set_of_thing.handler, {"group_id": "a"}, tuid=tuid), 404)
        assert group_of(customer, tuid) == "unassigned"

    def test_a_group_that_gets_a_thing_is_not_deleted(self, customer: Customer) -> None:
        tuid = customer.field.sensor()
        customer.group("a")
        meanwhile(lambda: moved(customer, tuid, "a"))
        refused(customer.ask(delete.handler, groupid="a"), 409)
        assert customer.members("a") == [tuid]

    def test_of_two_renames_one_holds(self, customer: Customer) -> None:
        customer.group("a")
        meanwhile(lambda: customer.data(rename.handler, {"group_id": "b"}, groupid="a"))
        refused(customer.ask(rename.handler, {"group_id": "c"}, groupid="a"), 404)
        assert customer.members("b") == []

    def test_a_thing_that_leaves_a_group_which_is_deleted_is_found_in_its_new_one(self, customer: Customer) -> None:
        tuid = customer.field.sensor()
        for name in ("a", "b"):
            customer.group(name)
        moved(customer, tuid, "a")

        def gone() -> None:
            moved(customer, tuid, "b")
            customer.data(delete.handler, groupid="a")

        reads: list[str] = []

        def second(**_: Any) -> None:
            reads.append("read")
            if len(reads) == 2:
                gone()

        events = clients.dynamodb().meta.events
        events.register("before-call.dynamodb.BatchGetItem", second)
        try:
            assert group_of(customer, tuid) == "b"
        finally:
            events.unregister("before-call.dynamodb.BatchGetItem", second)

    def test_who_meets_others_again_and_again_is_told_to_come_back(self, customer: Customer) -> None:
        tuid = customer.field.sensor()
        for name in ("a", "b"):
            customer.group(name)
        inside: list[bool] = []

        def first(**_: Any) -> None:
            if not inside:
                inside.append(True)
                moved(customer, tuid, "b" if group_of(customer, tuid) == "unassigned" else "unassigned")
                inside.clear()

        events = clients.dynamodb().meta.events
        events.register("before-call.dynamodb.TransactWriteItems", first)
        try:
            answer = customer.ask(set_of_thing.handler, {"group_id": "a"}, tuid=tuid)
        finally:
            events.unregister("before-call.dynamodb.TransactWriteItems", first)
        refused(answer, 429)
        assert answer.headers["Retry-After"] == "1"
        assert customer.members("a") == []

    def test_a_rename_and_a_creation_of_one_name_leave_one(self, customer: Customer) -> None:
        customer.group("a")
        meanwhile(lambda: customer.group("b"))
        refused(customer.ask(rename.handler, {"group_id": "b"}, groupid="a"), 409)
        meanwhile(lambda: customer.data(rename.handler, {"group_id": "c"}, groupid="a"))
        refused(customer.ask(create.handler, {"group_id": "c"}), 409)
        assert [group["group_id"] for group in customer.data(list_groups.handler)] == ["b", "c", "unassigned"]

    def test_a_renamed_group_still_takes_the_thing(self, customer: Customer) -> None:
        tuid = customer.field.sensor()
        customer.group("a")
        meanwhile(lambda: customer.data(rename.handler, {"group_id": "b"}, groupid="a"))
        moved(customer, tuid, "a")
        assert group_of(customer, tuid) == "b"


def test_renaming_costs_the_same_however_many_things_there_are(customer: Customer) -> None:
    """Twenty things stand for five thousand: no item that is written or read grows with them."""
    costs = []
    for count in (1, 20):
        name = customer.group(f"group{count:02d}")
        for _ in range(count):
            customer.field.move(customer.field.sensor(), name)
        with Meter() as meter:
            customer.data(rename.handler, {"group_id": f"named{count:02d}"}, groupid=name)
        costs.append((meter.requests, meter.reads, meter.writes))
    assert costs[0] == costs[1]
    assert len(customer.members("named20")) == 20
