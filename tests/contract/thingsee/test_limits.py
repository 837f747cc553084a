"""Lists have at most a thousand entries: the newest, or the first by name (thingsee.md 1.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import Write
from fleet.commands.command import Command
from fleet.commands.commands import Commands, Earlier
from fleet.registry.devices import Devices
from fleet.registry.group import Group
from fleet.registry.groups import Groups
from fleet.registry.thing import InstallationEntry
from fleet.registry.things import Things
from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.installation.list import handler as list_installations
from tests.contract.thingsee.tenant import Tenant
from tests.harness.aws import put

COUNT, MOST = 1003, 1000
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def store(writes: Iterable[Write]) -> None:
    put("FleetTable", (write.parameters["Item"] for write in writes))


def test_the_newest_thousand_commands_or_all_oldest_first(tenant: Tenant, sensor: str) -> None:
    thing = tenant.things.thing(sensor)
    fields: Any = {"device": thing.id, "address": thing.tuid, "organization": thing.organization, "kind": "message", "accepted": NOW}
    payloads: list[dict[str, Any]] = [{"messages": [{"tsmId": 1500, "tsmEv": 30, "n": n}]} for n in range(1, COUNT + 1)]
    sent = [Command(**fields, id=str(1000 * n), number=n, payload=payload) for n, payload in enumerate(payloads, 1)]
    store([Commands.accept_writes(EVERYWHERE, command, Earlier())[0] for command in sent])
    for query, first in (({}, 1), ({"limit": "0"}, 1), ({"limit": "1001"}, COUNT - MOST + 1)):
        shown = tenant.data(list_commands, query=query, tuid=thing.tuid)
        assert [each["command"]["n"] for each in shown] == list(range(first, COUNT + 1)), query


def test_the_newest_thousand_installations_newest_first(tenant: Tenant, sensor: str) -> None:
    thing = tenant.things.thing(sensor)
    device = fetch(EVERYWHERE, Devices.by_id(thing.id))
    writes: list[Write] = []
    for number in range(1, COUNT + 1):
        device = device.installing("installed", NOW)
        entry = InstallationEntry(tuid=thing.tuid, status="installed", at=NOW + timedelta(seconds=number), responsible="me")
        writes += Things.entry_writes(EVERYWHERE, device, entry)
    store(writes)
    newest = int(NOW.timestamp()) + COUNT
    for query in ({}, {"limit": "1001"}):
        shown = tenant.data(list_installations, query=query, tuid=thing.tuid)
        assert [each["timestamp"] for each in shown] == list(range(newest, newest - MOST, -1))


def test_the_first_thousand_groups_and_the_built_in_one_among_them(tenant: Tenant) -> None:
    organization = tenant.things.organization.id
    made = [Group(id=f"{n:024x}", organization=organization, name=f"g{n:04d}") for n in range(COUNT)]
    store(write for group in made for write in Groups.create_writes(EVERYWHERE, group))
    shown = [each["group_id"] for each in tenant.data(list_groups)]
    assert shown == [*(f"g{n:04d}" for n in range(MOST - 1)), "unassigned"]
    assert len(tenant.data(list_groups, query={"q": "g"})) == MOST
