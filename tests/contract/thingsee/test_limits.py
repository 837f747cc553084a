"""Lists are cut off at a thousand: the newest, or the first by name (contract, T32)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.commands.thing_command import ThingCommand
from fleet.commands.thing_commands import Addressed, ThingCommands
from fleet.registry.group import Group
from fleet.registry.groups import Groups
from fleet.registry.thing import InstallationEntry
from fleet.registry.things import Things
from functions.thingsee.command import list as list_commands
from functions.thingsee.group import list as list_groups
from functions.thingsee.installation import list as list_installations
from tests.contract.thingsee.customer import Customer
from tests.harness.fleet import Fleet

COUNT, MOST = 1003, 1000
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
def customer(fleet: Fleet) -> Customer:
    """On an AWS of its own, which is emptied again."""
    return Customer.of(fleet)


def store(writes: Iterable[table.Write]) -> None:
    items = [write["Put"]["Item"] for write in writes]
    for start in range(0, len(items), 25):
        requests: Any = {table.table(): [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]}
        assert not clients.dynamodb().batch_write_item(RequestItems=requests)["UnprocessedItems"]


def test_the_newest_thousand_commands_oldest_first(customer: Customer) -> None:
    thing = customer.field.thing(customer.field.sensor())
    told: Any = {"organization": thing.organization, "tuid": thing.tuid, "number": 0, "responsible": "me"}
    sent = [ThingCommand(**told, at=1000 * n, message={"tsmId": 1500, "tsmEv": 30, "n": n}) for n in range(1, COUNT + 1)]
    store(ThingCommands.accepting(EVERYWHERE, Addressed(thing, None, 0), sent)[1:])
    for query in ({}, {"limit": "0"}, {"limit": "1001"}):
        shown = customer.data(list_commands.handler, query=query, tuid=thing.tuid)
        assert [each["command"]["n"] for each in shown] == list(range(COUNT - MOST + 1, COUNT + 1))


def test_the_newest_thousand_installations_newest_first(customer: Customer) -> None:
    thing = customer.field.thing(customer.field.sensor())
    writes: list[table.Write] = []
    for number in range(1, COUNT + 1):
        thing = thing.next(status="installed")
        entry = InstallationEntry(tuid=thing.tuid, status="installed", at=NOW + timedelta(seconds=number), responsible="me")
        writes += Things.changing(EVERYWHERE, thing, entry)[1:]
    store(writes)
    newest = int(NOW.timestamp()) + COUNT
    for query in ({}, {"limit": "1001"}):
        shown = customer.data(list_installations.handler, query=query, tuid=thing.tuid)
        assert [each["timestamp"] for each in shown] == list(range(newest, newest - MOST, -1))


def test_the_first_thousand_groups_and_the_built_in_one_among_them(customer: Customer) -> None:
    organization = customer.field.organization.id
    made = [Group(id=f"{n:024x}", organization=organization, name=f"g{n:04d}") for n in range(COUNT)]
    store(write for group in made for write in Groups.creating(EVERYWHERE, group))
    shown = [each["group_id"] for each in customer.data(list_groups.handler)]
    assert shown == [*(f"g{n:04d}" for n in range(MOST - 1)), "unassigned"]
    assert len(customer.data(list_groups.handler, query={"q": "g"})) == MOST
