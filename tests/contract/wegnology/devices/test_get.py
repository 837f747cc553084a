"""GET /applications/{applicationId}/devices: which devices are listed, and what is around them."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wegnology.devices.get import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import ID, Query, delete, names, shown, text_of
from tests.harness.call import Context, answered, event_of
from tests.harness.meter import Meter
from tests.harness.recorder import Recorder

READ, QUERY = "dynamodb:BatchGetItem", "dynamodb:Query"
ALL = ["Edge", "Gateway", "Hall", "North"]
ENVELOPE = ["items", "count", "totalCount", "perPage", "page", "sortField", "sortDirection", "applicationId", "_type", "_links"]


def tag(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


class TestAnswer:
    def test_members_come_in_the_order_of_the_contract(self, application: Application) -> None:
        answer = shown(application)
        href = f"/applications/{application.id}"
        assert list(answer) == ENVELOPE
        assert {name: answer[name] for name in ENVELOPE[1:]} == {
            "count": 4, "totalCount": 4, "perPage": 100, "page": 0, "sortField": "name", "sortDirection": "asc",
            "applicationId": application.id, "_type": "devices",
            "_links": {"application": {"href": href}, "self": {"href": f"{href}/devices"}},
        }  # fmt: skip
        assert [item["name"] for item in answer["items"]] == ALL

    def test_a_device_is_shown_as_it_was_when_it_was_created(self, application: Application) -> None:
        tags = [tag("hall", "north"), tag("hall", "annex"), tag("floor", "2")]
        sent = {
            "description": "by the door", "tags": tags, "parentId": application.north.id, "gatewayId": application.gateway.id,
            "attributes": [{"name": "flow", "dataType": "number", "attributeTags": {"unit": "l"}}],
        }  # fmt: skip
        posted = application.posted(sent)
        (listed,) = shown(application, {"query": text_of({"id": posted["id"]})})["items"]
        assert listed == posted
        assert list(listed) == list(posted)

    def test_the_shape_of_devices_is_chosen(self, application: Application) -> None:
        application.posted({"tags": [tag("a", "1"), tag("a", "2")], "attributes": [{"name": "flow", "dataType": "number"}]})
        query = {"filterField": "name", "filter": "pump 7"}
        (item,) = shown(application, {**query, "tagsAsObject": "True", "attributesAsObject": "1"})["items"]
        assert item["tags"] == {"a": ["1", "2"]}
        assert item["attributes"] == {"flow": {"name": "flow", "dataType": "number", "attributeTags": {}}}
        for text, left_out in (("true", True), ("TRUE", True), ("1", True), ("false", False), ("", False), ("yes", False), ("0", False)):
            (item,) = shown(application, {**query, "excludeConnectionInfo": text})["items"]
            assert ("connectionInfo" not in item) == left_out, text

    def test_links_are_left_out_everywhere(self, application: Application) -> None:
        for text in ("false", "False", "no"):
            assert b'"_links"' not in application.ask(handler, query={"_links": text}).content, text
        for text in ("", "true", "1"):
            assert application.ask(handler, query={"_links": text}).content.count(b'"_links"') == 5, text

    def test_what_every_client_sends_changes_nothing(self, application: Application) -> None:
        plain = shown(application)
        assert shown(application, {"_actions": "false", "_links": "true", "_embedded": "true", "more": "x"}) == plain
        blank = dict.fromkeys(("query", "filter", "filterField", "sortField", "sortDirection", "parentId", "page", "perPage"), "")
        assert shown(application, blank) == plain

    def test_deleted_devices_are_listed_by_themselves(self, application: Application) -> None:
        gone = delete(application.world.device("Old pump", tags=(tag("hall", "north"),)))
        assert names(application) == ALL
        answer = shown(application, {"queryDeleted": "true"})
        assert ([item["id"] for item in answer["items"]], answer["totalCount"]) == ([gone.id], 1)
        assert answer["items"][0]["deletedAt"] == "2031-02-03T04:05:06.000Z"
        assert names(application, {"queryDeleted": "1", "tagFilter[0][value]": "north"}) == ["Old pump"]
        assert names(application, {"queryDeleted": "no"}) == ALL


FITTING: list[tuple[Query, list[str]]] = [
    ({"filter": "pump*"}, ["Pump 1", "pump 2"]), ({"filter": "PUMP ?"}, ["Pump 1", "pump 2"]), ({"filter": "pump"}, []),
    ({"filter": "*1"}, ["Pump 1"]), ({"filter": "my * device"}, []), ({"filter": "my ? [device].%+"}, ["my * [device].%+"]),
    ({"filter": "p*p*?"}, ["Pump 1", "pump 2"]), ({"filter": "?"}, []),
    ({"filter": "**"}, [*ALL, "Pump 1", "my * [device].%+", "pump 2"]),
]  # fmt: skip


CLASSES: list[tuple[Query, list[str], object]] = [
    ({"deviceClass": "gateway"}, ["Gateway"], "gateway"),
    ({"deviceClass[0]": "gateway"}, ["Gateway"], "gateway"),
    ({"deviceClass[]": ["gateway", "edgeCompute"]}, ["Edge", "Gateway"], ["gateway", "edgeCompute"]),
    ({"deviceClass": ["gateway", "edgeCompute"]}, ["Edge", "Gateway"], ["gateway", "edgeCompute"]),
    ({"deviceClass[7]": "floating", "deviceClass[2]": "embedded"}, ["Pump 1", "pump 2"], ["embedded", "floating"]),
    ({"deviceClass": "peripheral"}, [], "peripheral"),
]


TAGS: list[tuple[Query, list[str]]] = [
    ({"tagFilter[0][key]": "floor", "tagFilter[0][value]": "2"}, ["Pump 1", "my * [device].%+"]),
    ({"tagFilter[0][key]": "floor", "tagFilter[0][value]": "2", "tagFilter[1][key]": "serial"}, ["Pump 1"]),
    ({"tagFilter[0][value]": "2"}, ["Pump 1", "my * [device].%+", "pump 2"]),
    ({"tagFilter[5][key]": "wing", "tagFilter[2][key]": "floor"}, ["pump 2"]),
    ({"tagFilter[0][key]": "Floor"}, []), ({"tagFilter[0][key]": "wing", "tagFilter[0][value]": "3"}, []),
]  # fmt: skip


class TestSimpleFilters:
    @pytest.fixture(autouse=True)
    def _pumps(self, application: Application) -> None:
        world, north = application.world, application.north.id
        world.device("Pump 1", parent=north, tags=(tag("floor", "2"), tag("serial", "a")), device_class="embedded")
        world.device("pump 2", parent=application.hall.id, tags=(tag("floor", "3"), tag("wing", "2")), device_class="floating")
        world.device("my * [device].%+", tags=(tag("floor", "2"),))

    @pytest.mark.parametrize(("query", "expected"), FITTING, ids=str)
    def test_names_are_compared_with_a_pattern(self, application: Application, query: Query, expected: list[str]) -> None:
        answer = shown(application, {"filterField": "name", **query})
        assert [item["name"] for item in answer["items"]] == sorted(expected)
        assert (answer["filter"], answer["filterField"]) == (query["filter"], "name")

    def test_a_pattern_takes_both_parameters(self, application: Application) -> None:
        for query in (
            {"filter": "pump*"},
            {"filterField": "name"},
            {"filter": "pump*", "filterField": ""},
            {"filter": "", "filterField": "name"},
        ):
            answer = shown(application, query)
            assert (answer["count"], {"filter", "filterField"} & answer.keys()) == (7, set()), query

    @pytest.mark.parametrize(("query", "expected", "echo"), CLASSES, ids=str)
    def test_classes(self, application: Application, query: Query, expected: list[str], echo: object) -> None:
        answer = shown(application, query)
        assert ([item["name"] for item in answer["items"]], answer["deviceClass"]) == (expected, echo)

    @pytest.mark.parametrize(("query", "expected"), TAGS, ids=str)
    def test_every_selector_fits_one_tag(self, application: Application, query: Query, expected: list[str]) -> None:
        assert names(application, query) == expected

    def test_selectors_are_shown_as_they_were_given(self, application: Application) -> None:
        answer = shown(application, {"tagFilter[3][key]": "floor", "tagFilter[9][key]": "a", "tagFilter[9][value]": "ž"})
        assert answer["tagFilter"] == [{"key": "floor"}, tag("a", "ž")]

    def test_parents_are_direct_ones(self, application: Application) -> None:
        hall, north = application.hall.id, application.north.id
        for given, expected, echo in (
            (north, ["Pump 1"], north),
            (hall.upper(), ["North", "pump 2"], hall),
            ("null", ["Edge", "Gateway", "Hall", "my * [device].%+"], None),
            (ID, [], ID),
        ):
            answer = shown(application, {"parentId": given})
            assert ([item["name"] for item in answer["items"]], answer["parentId"]) == (expected, echo), given

    def test_all_filters_have_to_fit(self, application: Application) -> None:
        query = {"parentId": application.north.id, "deviceClass": "embedded", "tagFilter[0][key]": "floor"}
        answer = shown(application, {**query, "filter": "*1", "filterField": "name"})
        assert [item["name"] for item in answer["items"]] == ["Pump 1"]
        assert list(answer)[8:13] == ["filter", "filterField", "deviceClass", "tagFilter", "parentId"]
        assert names(application, {**query, "filter": "*2", "filterField": "name"}) == []


class TestQueries:
    def test_a_query_is_applied_and_shown_as_an_object(self, application: Application) -> None:
        document = {"$or": [{"name": {"$startsWith": "h", "$ci": True}}, {"parentId": application.hall.id.upper()}]}
        answer = shown(application, {"query": text_of(document)})
        assert [item["name"] for item in answer["items"]] == ["Hall", "North"]
        assert (answer["query"], list(answer)[8]) == (document, "query")

    def test_an_empty_query_is_given_and_means_all(self, application: Application) -> None:
        answer = shown(application, {"query": "{}"})
        assert (answer["query"], answer["count"]) == ({}, 4)

    def test_simple_filters_are_not_looked_at_beside_a_query(self, application: Application) -> None:
        bad = {"filterField": "x", "filter": "x", "deviceClass": "x", "tagFilter[key]": "x", "parentId": "x"}
        for query, simple in (("{}", bad), ('{"deviceClass":{"$ne":"nope"}}', bad), ("{}", dict.fromkeys(bad, "\ufffd"))):
            event = event_of(
                handler, {"applicationId": application.id}, query={**simple, "query": query}, headers=application.world.bearer()
            )  # the document describes what they have to be without a query
            answer = answered(handler(event, Context()))
            assert (answer.status, answer.json["count"]) == (200, 4), query
            assert answer.json.keys() & {"filter", "filterField", "deviceClass", "tagFilter", "parentId"} == set()
        for name in bad.keys() - {"filter"}:
            refusal(application.ask(handler, query={name: "x", "query": ""}), 400, name)

    def test_connections_are_looked_up_where_a_query_is_about_them(self, application: Application) -> None:
        """Devices of this API alone have none."""
        assert names(application, {"query": '{"connectionStatus":"connected"}'}) == []
        assert names(application, {"query": '{"connectionStatus":null}'}) == ALL
        assert names(application, {"query": '{"connectedAt":{"$ne":null}}', "sortField": "connectionStatus"}) == []

    def test_a_long_query_works(self, application: Application) -> None:
        ids = [f"{number:024x}" for number in range(99)]
        assert names(application, {"query": text_of({"id": {"$in": [*ids, application.edge.id]}})}) == ["Edge"]


class TestConnections:
    def test_a_gateway_is_shown_with_its_connection_and_sorted_by_it(self, application: Application, aws_requests: Recorder) -> None:
        fleet, owner = application.world.fleet, application.world.organization
        online, offline, silent = (fleet.gateway(owner, name=name) for name in ("Online", "Offline", "Silent"))
        fleet.online(online)
        fleet.offline(offline)
        shown_at = {item["name"]: item["connectionInfo"] for item in shown(application)["items"]}
        assert (shown_at["Online"]["connected"], shown_at["Offline"]["connected"]) == (1, 0)
        assert type(shown_at["Online"]["connected"]) is int
        assert shown_at["Silent"] == shown_at["Hall"] == {"connected": None}
        assert shown_at["Online"].keys() == {"connected", "time"}
        assert names(application, {"sortField": "connectionStatus"})[-2:] == ["Offline", "Online"]
        assert names(application, {"sortField": "connectionStatus", "sortDirection": "desc"})[:2] == ["Online", "Offline"]
        assert names(application, {"query": '{"connectionStatus":{"$in":["connected"]}}'}) == ["Online"]
        assert names(application, {"query": '{"$nor":[{"connectionStatus":null}]}'}) == ["Offline", "Online"]
        assert silent.id in {item["id"] for item in shown(application, {"deviceClass": "gateway"})["items"]}

    def test_devices_and_connections_are_read_in_one_request(self, application: Application, aws_requests: Recorder) -> None:
        application.world.fleet.gateway(application.world.organization, name="Online")
        for query, requests in (
            ({}, [READ, QUERY, READ]), ({"sortField": "id"}, [READ, QUERY, READ]), ({"excludeConnectionInfo": "true"}, [READ, QUERY, READ]),
            ({"sortField": "connectionStatus"}, [READ, QUERY, READ, READ]), ({"page": "9"}, [READ, QUERY]),
        ):  # fmt: skip
            aws_requests.clear()
            shown(application, query)
            assert aws_requests.requests == requests, query
        units = []
        for query in ({}, {"sortField": "connectionStatus"}):
            with Meter() as meter:
                shown(application, query)
            units.append(meter.reads)
        assert units[0] == units[1]


class TestWhoAsks:
    def test_an_application_sees_its_own_devices(self, application: Application, other: Application) -> None:
        theirs = {item["id"] for item in shown(other)["items"]}
        assert theirs.isdisjoint(item["id"] for item in shown(application)["items"])
        assert refusal(other.ask(handler, of=application.id), 404) == "Application was not found"
        assert names(application, {"query": text_of({"id": {"$in": sorted(theirs)}})}) == []

    def test_the_token_of_a_device_sees_that_and_those_that_it_names(self, application: Application, other: Application) -> None:
        edge, hall = application.edge, application.hall
        pump = application.world.device("Pump")
        for scope in ("all.Device", "all.Device.read"):
            token = application.world.token_of(scope, device=edge.id, devices=(hall.id, pump.id, other.hall.id))
            answer = shown(application, token=token)
            assert ([item["name"] for item in answer["items"]], answer["totalCount"]) == (["Edge", "Hall", "Pump"], 3)
            assert names(application, {"sortField": "id", "sortDirection": "desc", "perPage": "1"}, token=token) in (
                ["Pump"],
                ["Hall"],
                ["Edge"],
            )
            assert names(application, {"parentId": hall.id}, token=token) == []
        delete(pump)
        assert names(application, token=token) == ["Edge", "Hall"]
        assert names(application, {"queryDeleted": "true"}, token=token) == []

    def test_scopes(self, application: Application) -> None:
        reading: list[Any] = ["all.Application.read", "all.Organization.read", "all.User.read", "devices.get", "devices.*", "all.User"]
        for scope in reading:
            assert names(application, token=application.world.token_of(scope)) == ALL, scope
        for scope in ("devices.getCompositeState", "devices.deviceNames", "devices.post"):
            refusal(application.ask(handler, token=application.world.token_of(scope)), 403, scope)
