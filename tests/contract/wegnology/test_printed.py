"""Each request that the vendor's page prints works as it is printed: curl lines, examples of parameters, bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from edge.entry import Entry
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.printed import CHANGES, DEVICE
from tests.harness.call import Response
from tests.harness.jobs import job, queued, work
from tests.suite.routes import every_route

ROUTES: Mapping[str, Entry] = {entry.route.name: entry for entry in every_route() if entry.route.dialect == "wegnology"}
CURL = {"Content-Type": "application/json", "Accept": "application/json"}
TYPOGRAPHIC = "query={”$or”:[{”name”:{”$ne”:”myValue”}},{”parentId”:”575ec8687ae143cd83dc4a97”}]}"
STRAIGHT = TYPOGRAPHIC.replace("”", '"')
NOT_MINE = {"query": {"name": {"$ne": "My Device"}}, "email": "email@example.com"}
UNKNOWN = ["575ecec57ae143cd83dc4a9f", "575ecec57ae143cd83dc4a9e", "575ecec57ae143cd83dc4a9a"]
COMMAND = {
    "time": "2016-06-13T04:00:00.000Z",
    "name": "myCommand",
    "payload": [1, 1, 2, 3, 5],
    "deviceTags": [{"key": "floor", "value": "8"}],
}
REMOVAL = {"query": {"name": {"$ne": "My Device"}}, "start": 1, "end": 0, "attributes": ["deleteMyData", "mineToo"]}
TAG_FILTER = "tagFilter[0][key]=Floor&tagFilter[0][value]=2&tagFilter[1][key]=Serial"
ALL = ["Edge", "Gateway", "Hall", "My Device", "North", "my own device"]
LISTED: tuple[tuple[str, list[str]], ...] = (
    ("", ALL),
    (STRAIGHT, ALL),
    ("sortField=name", ALL),
    ("sortDirection=asc", ALL),
    ("page=0", ALL),
    ("perPage=10", ALL),
    ("filterField=name", ALL),
    ("filter=my * device", ALL),
    ("filterField=name&filter=my * device", ["my own device"]),
    ("deviceClass[0]=standalone&deviceClass[1]=edgeCompute", ["Edge", "My Device", "my own device"]),
    (TAG_FILTER, ["my own device"]),
    ("excludeConnectionInfo=true", ALL),
    ("parentId=575ecf887ae143cd83dc4aa2", []),
    ("tagsAsObject=true", ALL),
    ("attributesAsObject=false", ALL),
    ("queryDeleted=false", ALL),
)
COMPOSITE: tuple[tuple[str, list[str]], ...] = (
    *(row for row in LISTED if row[0].partition("=")[0] in ("", "query", "sortField", "sortDirection", "page", "perPage")),
    ("start=1465790400000", ALL),
    ("end=1465790400000", ALL),
    ("attributes=myAttr1,myAttr2", ALL),
)
NAMES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("get_attribute_names", "", {"attributeNames": ["temperature", "voltage"]}),
    ("get_attribute_names", STRAIGHT, {"attributeNames": ["temperature", "voltage"]}),
    ("get_attribute_names", "dataType[0]=number&dataType[1]=blob", {"attributeNames": ["temperature"]}),
    ("get_attribute_names", "startsWith=temper", {"attributeNames": ["temperature"]}),
    ("get_device_names", "startsWith=temper", {"deviceSummary": []}),
    ("get_tag_keys", "", {"tagKeys": ["Floor", "Serial"]}),
    ("get_tag_keys", STRAIGHT, {"tagKeys": ["Floor", "Serial"]}),
    ("get_tag_keys", "startsWith=temper", {"tagKeys": []}),
    ("get_tag_values", "key=myKey", {"tagKey": "myKey", "tagValues": []}),
    ("get_tag_values", f"key=Floor&{STRAIGHT}", {"tagKey": "Floor", "tagValues": ["2"]}),
    ("get_tag_values", "key=Floor&startsWith=temper", {"tagKey": "Floor", "tagValues": []}),
)


@pytest.fixture(autouse=True)
def _devices(application: Application) -> None:
    application.world.device("My Device", attributes=({"name": "voltage", "data_type": "string"},))
    tags = ({"key": "Floor", "value": "2"}, {"key": "Serial", "value": "a"})
    application.world.device("my own device", tags=tags, attributes=({"name": "temperature", "data_type": "number"},))


def ask(application: Application, name: str, query: str = "", body: Any = None) -> Response:
    """Call a route with a query string as it is printed: nothing of it is escaped. A body is sent as one line."""
    sent = None if body is None else json.dumps(body, separators=(",", ":")).encode()
    return application.ask(ROUTES[name], sent, query=parse_qs(query), headers=CURL)


def good(answer: Response, status: int = 200) -> Any:
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/json"), answer.content
    return answer.json


@pytest.mark.parametrize(("name", "printed"), [("get_devices", LISTED), ("get_composite_state", COMPOSITE)])
def test_lists(application: Application, name: str, printed: tuple[tuple[str, list[str]], ...]) -> None:
    for query, expected in printed:
        answer = good(ask(application, name, query))
        assert [item["name"] for item in answer["items"]] == expected, query
        assert (answer["count"], answer["totalCount"], answer["applicationId"]) == (len(expected), len(expected), application.id)


def test_a_list_with_all_parameters_at_once(application: Application) -> None:
    parts = [query for query, _ in LISTED if query and not query.startswith(("filter", "query="))]
    answer = good(ask(application, "get_devices", "&".join((*parts, "filterField=name&filter=my * device"))))
    assert (answer["items"], answer["perPage"], answer["filter"]) == ([], 10, "my * device")
    assert good(ask(application, "get_devices", "&".join((*parts, STRAIGHT))))["query"] == json.loads(STRAIGHT.removeprefix("query="))


def test_names(application: Application) -> None:
    for name, query, expected in NAMES:
        assert good(ask(application, name, query)) == expected, (name, query)
    for query in ("", STRAIGHT):
        answer = good(ask(application, "get_device_names", query))
        assert [each["name"] for each in answer["deviceSummary"]] == ALL
        assert all(each.keys() == {"id", "deviceClass", "name"} for each in answer["deviceSummary"])


@pytest.mark.parametrize("name", sorted({name for name, _, _ in NAMES} | {"get_devices", "get_composite_state"}))
def test_the_typographic_quotes_of_the_page_are_refused(application: Application, name: str) -> None:
    assert refusal(ask(application, name, f"key=a&{TYPOGRAPHIC}"), 400) == "query must be valid JSON"


def test_a_device_is_created(application: Application) -> None:
    for query, tags, attributes in (
        ("", DEVICE["tags"], [{**DEVICE["attributes"][0], "attributeTags": {}}]),
        ("tagsAsObject=true&attributesAsObject=false", {"TagKey": ["TagValue"]}, [{**DEVICE["attributes"][0], "attributeTags": {}}]),
    ):
        shown = good(ask(application, "post_device", query, DEVICE), 201)
        assert {name: shown[name] for name in DEVICE} == {**DEVICE, "tags": tags, "attributes": attributes}


def test_devices_are_deleted_and_restored(application: Application) -> None:
    assert good(ask(application, "delete_devices", body=NOT_MINE)) == {"removed": 5, "failed": 0}
    assert [item["name"] for item in good(ask(application, "get_devices"))["items"]] == ["My Device"]
    assert good(ask(application, "restore_devices", body=NOT_MINE)) == {"restored": 5, "failed": 0}
    assert [item["name"] for item in good(ask(application, "get_devices"))["items"]] == ALL


def test_devices_are_changed(application: Application) -> None:
    """The ids of the page are nobody's; with one that there is, its device changes."""
    answer = good(ask(application, "patch_devices", body={"updateFields": CHANGES, "deviceIds": UNKNOWN}))
    assert {**answer, "logLink": ""} == {"updated": 0, "failed": 0, "skipped": 0, "logLink": ""}
    mine = good(ask(application, "get_devices", "filterField=name&filter=My Device"))["items"][0]["id"]
    answer = good(ask(application, "patch_devices", body={"updateFields": CHANGES, "deviceIds": [*UNKNOWN, mine]}))
    assert {**answer, "logLink": ""} == {"updated": 1, "failed": 0, "skipped": 0, "logLink": ""}


def test_a_command_is_sent(application: Application) -> None:
    assert good(ask(application, "send_device_command", body=COMMAND)) == {"success": True}


EXPORTS: tuple[tuple[str, str, Any], ...] = (
    ("export_devices", "", None),
    ("export_devices", "", NOT_MINE),
    ("export_devices", "email=email@example.com", None),
    ("export_devices", "callbackUrl=https://example.com/cburl", NOT_MINE),
    ("export_payload_counts", "", None),
    ("export_payload_counts", "", NOT_MINE),
    ("remove_device_data", "", REMOVAL),
)


@pytest.mark.parametrize(("name", "query", "body"), EXPORTS)
def test_jobs_are_queued_and_come_to_their_end(application: Application, name: str, query: str, body: Any) -> None:
    id = queued(ask(application, name, query, body))
    assert work(id)
    made = job(id)
    assert made.state == "completed"
    assert made.email == ("email@example.com" if "email" in query or "email" in (body or {}) else None)
    assert made.callback == ("https://example.com/cburl" if "callbackUrl" in query else None)
