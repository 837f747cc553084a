"""Advanced queries (wegnology.md 6) as routes get them: as the text of a parameter, and as a member of a body."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from fleet.access import EVERYWHERE
from fleet.query.select_devices import connections_of
from fleet.registry.connection import Connections
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices
from functions.wegnology.devices.command import handler as send_command
from functions.wegnology.devices.delete import handler as delete_devices
from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.get_composite_state import handler as get_composite_state
from functions.wegnology.devices.get_device_names import handler as get_device_names
from functions.wegnology.devices.patch import handler as patch_devices
from functions.wegnology.devices.remove_data import handler as remove_data
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import fill, text_of
from tests.harness.aws import snapshot
from tests.unit.query import documents, oracle

pytestmark = pytest.mark.slow

ID = "65f0c0de00000000000000a1"
AT = "2026-01-05T10:10:00.000Z"


def rows(application: Application) -> list[DeviceRow]:
    """Devices that random queries have something to do with, gateways with every connection among them; they fill the directory."""
    fleet, owner = application.world.fleet, application.world.organization
    online, offline, _ = (fleet.gateway(owner, name=name) for name in ("aA", "Bb", "7"))
    fleet.online(online)
    fleet.offline(offline)
    real = [row for row in Devices.of_organization(EVERYWHERE, application.id) if row.sn is not None]
    ids = [*documents.STORED_IDS, *(f"65f0c0de{number:016x}" for number in range(100, 130))]
    made = [row for row, _ in documents.devices(len(ids))]
    found = [row._replace(deleted=None, order=f"{row.created * 1000:016}#{id}") for row, id in zip(made, ids, strict=True)]
    fill(application, sorted([*real, *found]))
    return sorted([*real, *found])


def judge(application: Application, fleet: Sequence[DeviceRow], connections: Connections, document: dict[str, Any]) -> int:
    """Ask for the names of the devices that a query means, and hold the answer against the second account; how many there are."""
    expected = sorted(row.id for row in fleet if oracle.means(document, row, connections.get(row.id)))
    answer = application.ask(get_device_names, query={"query": text_of(document)})
    assert (answer.status, sorted(each["id"] for each in answer.json["deviceSummary"])) == (200, expected), document
    return len(expected)


ORDERS, PARTS, LISTS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"), ("$startsWith", "$endsWith", "$contains"), ("$in", "$nin")
STORED = documents.STORED_IDS
OPERANDS: dict[str, Sequence[Any]] = {
    **dict.fromkeys(("id", "gatewayId", "parentId", "ancestorId", "experienceUserId"), (STORED[1].upper(), STORED[2])),
    "experienceGroupId": (ID, STORED[0]),
    "name": ("aA", "b", 7), "deviceClass": ("gateway", "system", "GATEWAY"), "connectionStatus": ("connected", "disconnected", True),
    "attributeName": ("a", "b", "Ä"),
    **dict.fromkeys(("creationDate", "lastUpdated", "deletedAt"), (2, "1970-01-01T00:00:00.003Z", AT)),
    **dict.fromkeys(("connectedAt", "disconnectedAt"), (1, AT)),
}  # fmt: skip
"""Operands for each member with operators; that all are strings, numbers and ids of the right kind is for the tests of the core."""
TEXTS = ("name", "deviceClass", "connectionStatus", "attributeName")
TAG = {"$tagKey": "hall", "$tagValue": "n"}
TAGS: Sequence[Any] = (
    None, {}, TAG, {"$tagKey": "floor"}, {"$tagValue": "s"}, {"$tagKey": "hall", "$tagValue": {"$in": ["n", "x"]}},
    {"$tagKey": {"$nin": ["hall"]}}, {"$tagKey": "Hall", "$tagValue": None}, {"hall": "n"}, {"hall": "n", "floor": {"$nin": ["s"]}},
    {"hall": None}, {"floor": {"$in": []}},
)  # fmt: skip


class TestMeaning:
    """Every operator on every member, and every form of tags, with devices that differ in all that is compared."""

    @pytest.mark.parametrize("name", OPERANDS)
    def test_operators(self, application: Application, name: str) -> None:
        fleet = rows(application)
        connections = connections_of(EVERYWHERE, fleet, datetime.now(UTC))
        first, *others = OPERANDS[name]
        conditions: list[Any] = [None, first, *others, *({each: operand} for each in ORDERS for operand in (None, first))]
        conditions += [{each: [first, *others]} for each in LISTS]
        if name in TEXTS:
            conditions += [{each: first} for each in PARTS]
            conditions += [{**each, "$ci": True} for each in conditions if isinstance(each, dict) and None not in each.values()] + [{}]
        meant = [judge(application, fleet, connections, {name: each}) for each in conditions]
        assert len(set(meant)) > 1

    def test_tags(self, application: Application) -> None:
        fleet = rows(application)
        conditions: list[Any] = [*TAGS, *({each: tags} for each in ("$eq", "$ne") for tags in TAGS)]
        meant = {judge(application, fleet, {}, {"tags": each}) for each in conditions}
        assert len(meant) > 6

    def test_logic(self, application: Application) -> None:
        fleet = rows(application)
        one, two = {"deviceClass": "system"}, {"tags": {"hall": "n"}}
        several: list[list[Any]] = [[], [one], [one, two], [{}], [{"$nor": [one]}, {"$and": [two, one]}]]
        for name in ("$and", "$or", "$nor"):
            for queries in several:
                judge(application, fleet, {}, {name: queries})
                judge(application, fleet, {}, {name: queries, "$or": [two], "name": {"$ne": "x"}})

    def test_many_queries(self, application: Application) -> None:
        fleet = rows(application)
        connections, meant = connections_of(EVERYWHERE, fleet, datetime.now(UTC)), list[int]()
        quiet = [HealthCheck.function_scoped_fixture]

        @settings(max_examples=500, derandomize=True, database=None, deadline=None, suppress_health_check=quiet)
        @given(documents.QUERIES)
        def ask(document: dict[str, Any]) -> None:
            meant.append(judge(application, fleet, connections, document))

        ask()
        assert sum(0 < count < len(fleet) for count in meant) > len(meant) / 4, "most of them say nothing"


def test_the_list_counts_what_is_meant_and_shows_the_query(application: Application) -> None:
    fleet = rows(application)
    for document in ({}, {"name": {"$ci": True, "$startsWith": "A"}}, {"$nor": [{"connectionStatus": None}]}, {"id": STORED[1].upper()}):
        expected = sum(oracle.means(document, row, connections_of(EVERYWHERE, fleet, datetime.now(UTC)).get(row.id)) for row in fleet)
        for entry in (get_devices, get_composite_state):
            answer = application.ask(entry, query={"query": text_of(document), "perPage": "1"}).json
            assert (answer["totalCount"], answer["query"]) == (expected, document)


def nested(levels: int) -> dict[str, Any]:
    inmost: dict[str, Any] = {"name": "Edge"}
    for _ in range(levels):
        inmost = {"$or": [inmost]}
    return inmost


def members(count: int) -> dict[str, Any]:
    """A query with so many members, which no device fits."""
    return {"tags": {f"k{number}": "x" for number in range(count - 1)}}


LARGEST: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (nested(20), nested(21)),
    *(({name: [{}] * 100}, {name: [{}] * 101}) for name in ("$and", "$or", "$nor")),
    ({"name": {"$in": ["x"] * 100}}, {"name": {"$in": ["x"] * 101}}),
    ({"id": {"$nin": [ID] * 100}}, {"id": {"$nin": [ID] * 101}}),
    ({"tags": {"hall": {"$in": ["x"] * 100}}}, {"tags": {"hall": {"$in": ["x"] * 101}}}),
    ({"tags": {"hall": "x" * 255}}, {"tags": {"hall": "x" * 256}}),
]


class TestEverywhere:
    """The same queries are taken and refused wherever there is one; a refusal names its place and changes nothing."""

    @pytest.mark.parametrize(("most", "more"), LARGEST, ids=lambda document: text_of(document)[:20])
    def test_the_largest_is_taken_and_a_larger_one_refused(self, application: Application, most: Any, more: Any) -> None:
        for entry in (get_devices, get_composite_state, get_device_names):
            assert application.ask(entry, query={"query": text_of(most)}).status == 200
            assert refusal(application.ask(entry, query={"query": text_of(more)}), 400).startswith("query."), entry.route.name
        before = snapshot()
        for entry, body, place in (
            (delete_devices, {}, "query"),
            (remove_data, {}, "query"),
            (patch_devices, {"updateFields": {}}, "query"),
            (send_command, {"name": "open"}, "deviceQuery"),
        ):
            assert refusal(application.ask(entry, {**body, place: more}), 400).startswith(f"{place}."), entry.route.name
        assert snapshot() == before
        assert application.ask(patch_devices, {"updateFields": {}, "query": most}).status == 200

    def test_twenty_thousand_members_are_taken_and_no_more(self, application: Application) -> None:
        for count, status in ((20_000, 200), (20_001, 400)):
            document = members(count)
            assert text_of(document).count(":") == count
            answer = application.ask(delete_devices, {"query": document})
            assert answer.status == status, answer.content[:200]
        assert "is too large: at most 20000 members are read" in answer.json["message"]
