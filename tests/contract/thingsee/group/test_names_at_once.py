"""A group whose name goes to another group while it is renamed or deleted (contract, 6)."""

from __future__ import annotations

from tests.contract.thingsee.customer import Customer, meanwhile, refused

from functions.thingsee.group import create, delete, rename
from functions.thingsee.group import list as list_groups


def groups(customer: Customer) -> dict[str, str]:
    """Descriptions of all groups but the built-in one, by name."""
    listed = customer.data(list_groups.handler)
    return {group["group_id"]: group["group_description"] for group in listed if group["group_id"] != "unassigned"}


def replaced(customer: Customer) -> None:
    """The group `hall` gets another name, and a new one takes its."""
    customer.data(rename.handler, {"group_id": "hall-1"}, groupid="hall")
    customer.data(create.handler, {"group_id": "hall", "group_description": "second"})


def test_the_one_that_took_the_name_is_not_deleted_for_it(customer: Customer) -> None:
    customer.group("hall", "first")
    meanwhile(lambda: replaced(customer))
    refused(customer.ask(delete.handler, groupid="hall"), 404)
    assert groups(customer) == {"hall-1": "first", "hall": "second"}


def test_the_one_that_took_the_name_is_not_renamed_for_it(customer: Customer) -> None:
    customer.group("hall", "first")
    meanwhile(lambda: replaced(customer))
    refused(customer.ask(rename.handler, {"group_id": "lobby"}, groupid="hall"), 404)
    assert groups(customer) == {"hall-1": "first", "hall": "second"}


def test_one_that_is_deleted_meanwhile_is_not_found(customer: Customer) -> None:
    customer.group("hall")
    meanwhile(lambda: customer.data(delete.handler, groupid="hall"))
    refused(customer.ask(rename.handler, {"group_id": "lobby"}, groupid="hall"), 404)
    assert groups(customer) == {}
