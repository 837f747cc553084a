"""Groups: creating, listing, renaming and deleting them (contract, 6)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.thingsee.group import create, delete, get_of_thing, list_things, rename, set_of_thing
from functions.thingsee.group import list as list_groups
from tests.contract.thingsee.customer import Customer, refused

BAD_NAMES = [
    "",
    " ",
    "a b",
    " a",
    "a ",
    "a\tb",
    "a\n",
    "unassigned",
    "Unassigned",
    "UNASSIGNED",
    "a/b",
    "ä",
    "a" * 65,
    "a:b",
    7,
    None,
    ["a"],
]
BUILT_IN = {"group_id": "unassigned", "group_description": ""}


def names(customer: Customer, **query: str) -> list[str]:
    return [group["group_id"] for group in customer.data(list_groups.handler, query=query)]


class TestCreating:
    def test_shows_what_was_made(self, standing: Customer) -> None:
        sent = {"group_id": "prfi00lobby", "group_description": "Lobby, ground floor"}
        assert standing.data(create.handler, sent) == sent

    @pytest.mark.parametrize("given", [{}, {"group_description": ""}, {"group_description": None}], ids=repr)
    def test_a_description_may_be_left_out(self, customer: Customer, given: dict[str, Any]) -> None:
        assert customer.data(create.handler, {"group_id": "a", **given}) == {"group_id": "a", "group_description": ""}

    @pytest.mark.parametrize("name", ["a", "A-z_0.9", "a" * 64, "-", ".", "unassigned2"])
    def test_names_that_are_good(self, standing: Customer, name: str) -> None:
        assert standing.group(name) == name

    @pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
    def test_names_that_are_bad(self, standing: Customer, name: Any) -> None:
        refused(standing.ask(create.handler, {"group_id": name}), 400)

    def test_a_description_has_at_most_256_characters_of_any_kind(self, standing: Customer) -> None:
        text = ' "ä\n\t ' + "ö" * 250
        assert standing.data(create.handler, {"group_id": "described", "group_description": text})["group_description"] == text
        for bad in ("ö" * 257, 7, ["a"]):
            refused(standing.ask(create.handler, {"group_id": "bad", "group_description": bad}), 400)

    def test_a_name_is_taken_once(self, standing: Customer) -> None:
        standing.group("twice", "first")
        refused(standing.ask(create.handler, {"group_id": "twice", "group_description": "second"}), 409)  # T20
        assert {"group_id": "twice", "group_description": "first"} in standing.data(list_groups.handler)

    def test_names_differ_by_case(self, standing: Customer) -> None:
        standing.group("Case")
        standing.group("case")
        assert {"Case", "case"} <= set(names(standing))

    def test_another_customer_may_use_the_name(self, customer: Customer) -> None:
        customer.group("shared")
        Customer.of(customer.field.fleet).group("shared")


class TestListing:
    def test_shows_all_by_code_point_with_the_built_in_one(self, customer: Customer) -> None:
        assert customer.data(list_groups.handler) == [BUILT_IN]
        for name in ("zebra", "b", "B", "a.b", "a"):
            customer.group(name, f"{name} here")
        assert names(customer) == ["B", "a", "a.b", "b", "unassigned", "zebra"]
        assert customer.data(list_groups.handler)[0] == {"group_id": "B", "group_description": "B here"}

    def test_searches_ids_and_descriptions_in_any_case(self, customer: Customer) -> None:
        customer.group("lobby", "Ground floor")
        customer.group("cellar", "below the LOBBY")
        customer.group("roof")
        assert names(customer, q="lOb") == ["cellar", "lobby"]
        assert names(customer, q="SIGN") == ["unassigned"]
        assert names(customer, q="nothing") == []
        assert len(names(customer, q="")) == 4

    def test_the_limit_cuts_off_but_never_the_built_in_one(self, customer: Customer) -> None:
        for name in ("a", "b", "zebra"):
            customer.group(name)
        assert names(customer, limit="3") == ["a", "b", "unassigned"]
        assert names(customer, limit="2") == ["a", "unassigned"]
        assert names(customer, limit="1") == ["unassigned"]
        assert names(customer, limit="1", q="a") == ["a"]
        assert len(names(customer, limit="1000")) == 4

    @pytest.mark.parametrize(
        "query", [{"limit": "0"}, {"limit": "-1"}, {"limit": "1001"}, {"limit": "1.0"}, {"limit": "x"}, {"q": "q" * 65}], ids=repr
    )
    def test_a_bad_query_is_400(self, standing: Customer, query: dict[str, str]) -> None:
        refused(standing.ask(list_groups.handler, query=query), 400)

    def test_unknown_parameters_are_ignored(self, customer: Customer) -> None:
        assert customer.data(list_groups.handler, query={"colour": "blue", "limit": ""}) == [BUILT_IN]

    def test_another_customers_groups_are_not_there(self, customer: Customer) -> None:
        Customer.of(customer.field.fleet).group("theirs")
        assert names(customer) == ["unassigned"]


class TestThingsOfAGroup:
    def test_shows_all_ascending(self, customer: Customer) -> None:
        sensors = [customer.field.sensor(f"TSPD04A1B2C3D4E{number:02d}") for number in (9, 5, 7)]
        customer.group("hall")
        assert customer.members("hall") == []
        assert customer.members("unassigned") == sorted(sensors)
        for tuid in sensors:
            customer.data(set_of_thing.handler, {"group_id": "hall"}, tuid=tuid)
        assert customer.data(list_things.handler, groupid="hall") == {"group_id": "hall", "tuids": sorted(sensors)}
        assert customer.members("unassigned") == []

    @pytest.mark.parametrize("name", ["nobody", "Unassigned", "a b", "ä", "x" * 2000, "\0", "a%2Fb"], ids=lambda name: ascii(name)[:12])
    def test_an_unknown_group_is_404(self, standing: Customer, name: str) -> None:
        refused(standing.ask(list_things.handler, groupid=name), 404)


class TestRenaming:
    def test_things_and_description_go_along(self, customer: Customer) -> None:
        customer.group("old", "Lobby")
        tuid = customer.field.sensor()
        customer.data(set_of_thing.handler, {"group_id": "old"}, tuid=tuid)
        assert customer.data(rename.handler, {"group_id": "new"}, groupid="old") == {"group_id": "new", "old": "old", "renamed": True}
        assert customer.data(list_groups.handler) == [{"group_id": "new", "group_description": "Lobby"}, BUILT_IN]
        assert customer.data(get_of_thing.handler, tuid=tuid)["group_id"] == "new"
        assert customer.members("new") == [tuid]
        refused(customer.ask(list_things.handler, groupid="old"), 404)

    def test_the_same_name_changes_nothing(self, standing: Customer) -> None:
        standing.group("same")
        assert standing.data(rename.handler, {"group_id": "same"}, groupid="same") == {
            "group_id": "same",
            "old": "same",
            "renamed": False,
        }  # T19

    def test_a_name_that_is_taken_is_409(self, standing: Customer) -> None:
        standing.group("mine")
        standing.group("taken")
        refused(standing.ask(rename.handler, {"group_id": "taken"}, groupid="mine"), 409)
        assert {"mine", "taken"} <= set(names(standing))

    @pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
    def test_a_bad_name_is_400_before_the_group_is_looked_for(self, standing: Customer, name: Any) -> None:
        refused(standing.ask(rename.handler, {"group_id": name}, groupid="nobody"), 400)

    def test_the_built_in_one_is_400_and_an_unknown_one_404(self, standing: Customer) -> None:
        refused(standing.ask(rename.handler, {"group_id": "a"}, groupid="unassigned"), 400)
        refused(standing.ask(rename.handler, {"group_id": "a"}, groupid="nobody"), 404)
        refused(standing.ask(rename.handler, {"group_id": "nobody"}, groupid="nobody"), 404)

    def test_a_name_that_is_free_again_can_be_used(self, standing: Customer) -> None:
        standing.group("first")
        standing.data(rename.handler, {"group_id": "second"}, groupid="first")
        standing.group("first")
        assert {"first", "second"} <= set(names(standing))


class TestDeleting:
    def test_an_empty_one_is_deleted_once_and_its_name_is_free(self, standing: Customer) -> None:
        standing.group("gone", "before")
        assert standing.data(delete.handler, groupid="gone") == {"group_id": "gone", "deleted": True}
        refused(standing.ask(delete.handler, groupid="gone"), 404)
        assert standing.data(create.handler, {"group_id": "gone"}) == {"group_id": "gone", "group_description": ""}

    def test_one_with_things_is_409_until_they_are_moved(self, customer: Customer) -> None:
        customer.group("full")
        tuid = customer.field.sensor()
        customer.data(set_of_thing.handler, {"group_id": "full"}, tuid=tuid)
        refused(customer.ask(delete.handler, groupid="full"), 409)  # T18
        customer.data(rename.handler, {"group_id": "fuller"}, groupid="full")
        refused(customer.ask(delete.handler, groupid="fuller"), 409)
        customer.data(set_of_thing.handler, {"group_id": "unassigned"}, tuid=tuid)
        assert customer.data(delete.handler, groupid="fuller")["deleted"] is True

    def test_the_built_in_one_is_400(self, standing: Customer) -> None:
        refused(standing.ask(delete.handler, groupid="unassigned"), 400)

    def test_another_customers_is_404(self, customer: Customer) -> None:
        Customer.of(customer.field.fleet).group("theirs")
        refused(customer.ask(delete.handler, groupid="theirs"), 404)
        refused(customer.ask(rename.handler, {"group_id": "mine"}, groupid="theirs"), 404)
