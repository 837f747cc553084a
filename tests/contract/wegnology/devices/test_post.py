"""POST /applications/{applicationId}/devices: what a device may be, and what the answer shows of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from functions.wegnology.devices.post import handler
from tests.contract.wegnology.application import Application, refusal
from tests.harness.recorder import Recorder

MOST = 358_400
NOW = datetime(2031, 2, 3, 4, 5, 6, 789_999, tzinfo=UTC)
CLASSES = ("standalone", "gateway", "floating", "edgeCompute", "system", "embedded")
READ, STORE = "dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"
KEYS = ("a", "A-b_9", "k" * 255)


class TestAnswer:
    def test_a_name_is_all_that_a_device_needs(self, application: Application) -> None:
        with time_machine.travel(NOW, tick=False):
            answer = application.ask(handler, {"name": "Pump 7"})
        shown = answer.json
        assert answer.status == 201
        assert shown["id"].startswith(f"{int(NOW.timestamp()):08x}")
        href = f"/applications/{application.id}"
        assert shown == {
            "id": shown["id"],
            "deviceId": shown["id"],
            "applicationId": application.id,
            "creationDate": "2031-02-03T04:05:06.789Z",
            "lastUpdated": "2031-02-03T04:05:06.789Z",
            "name": "Pump 7",
            "deviceClass": "standalone",
            "tags": [],
            "attributes": [],
            "keepDuplicates": False,
            "connectionInfo": {"connected": None},
            "_type": "device",
            "_etag": f'"1-{shown["id"]}"',
            "_links": {
                "application": {"href": href},
                "devices": {"href": f"{href}/devices"},
                "self": {"href": f"{href}/devices/{shown['id']}"},
            },
        }

    def test_all_members_are_stored_and_shown_in_the_order_of_the_contract(self, application: Application) -> None:
        attributes = [{"name": "b", "dataType": "blob", "contentType": "x/y", "description": "d", "attributeTags": {"k": "v"}}]
        sent = {
            "description": "by the door",
            "deviceClass": "peripheral", "gatewayId": application.gateway.id, "parentId": application.north.id,
            "tags": [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}, {"key": "b", "value": "0"}],
            "systemInterval": 60, "keepDuplicates": True, "attributes": attributes,
        }  # fmt: skip
        shown = application.posted(sent)
        assert {name: shown[name] for name in sent} == sent
        assert shown["ancestorIds"] == [application.hall.id, application.north.id]
        assert list(shown) == [
            "id", "deviceId", "applicationId", "creationDate", "lastUpdated", "name", "deviceClass", "description", "tags", "attributes",
            "gatewayId", "parentId", "ancestorIds", "systemInterval", "keepDuplicates", "connectionInfo", "_type", "_etag", "_links",
        ]  # fmt: skip
        stored = application.world.stored(shown)
        assert (stored.organization, stored.kind, stored.shown_class, stored.notes) == (
            application.id,
            "device",
            "peripheral",
            "by the door",
        )
        assert stored.wegnology is not None
        assert (stored.wegnology.gateway, stored.wegnology.system_interval, stored.wegnology.keep_duplicates) == (
            application.gateway.id,
            60,
            True,
        )
        assert (stored.parent, stored.ancestors) == (application.north.id, (application.hall.id, application.north.id))

    def test_tags_and_attributes_may_be_objects(self, application: Application) -> None:
        tags = [{"key": "hall", "value": "north"}, {"key": "a", "value": "x"}, {"key": "hall", "value": "annex"}]
        sent = {"tags": tags, "attributes": [{"name": "flow", "dataType": "number"}, {"name": "at", "dataType": "gps"}]}
        assert application.posted(sent, query={"tagsAsObject": "true"})["tags"] == {"hall": ["north", "annex"], "a": ["x"]}
        shown = application.posted(sent, query={"attributesAsObject": "true"})
        assert shown["tags"] == tags
        assert list(shown["attributes"]) == ["flow", "at"]
        assert shown["attributes"]["flow"] == {"name": "flow", "dataType": "number", "attributeTags": {}}
        both = application.posted({}, query={"tagsAsObject": "1", "attributesAsObject": "TRUE"})
        assert (both["tags"], both["attributes"]) == ({}, {})

    def test_what_an_answer_shows_may_be_sent_again(self, application: Application) -> None:
        children = [
            {"name": "flow", "mode": "whitelist", "deviceIds": [application.hall.id], "deviceTags": [{}, {"key": "a"}, {"value": "v"}]}
        ]
        system = {"aggregation": "STD_DEV", "aggregationOptions": [], "childAttributes": children}
        attributes = [{"name": "total", "dataType": "number", "system": system}, {"name": "plain", "dataType": "string", "system": {}}]
        first = application.posted({"attributes": attributes, "tags": [{"key": "a", "value": " "}]})
        again = {name: first[name] for name in ("name", "tags", "attributes", "deviceClass", "keepDuplicates")}
        second = application.posted(again)
        assert {name: second[name] for name in again} == again
        assert first["attributes"] == [{**each, "attributeTags": {}} for each in attributes]

    def test_empty_texts_are_not_set(self, application: Application) -> None:
        attribute = {"name": "a", "dataType": "string", "description": "", "contentType": ""}
        shown = application.posted({"description": "", "attributes": [attribute]})
        assert "description" not in shown
        assert shown["attributes"] == [{"name": "a", "dataType": "string", "attributeTags": {}}]

    def test_a_system_has_an_interval(self, application: Application) -> None:
        assert application.posted({"deviceClass": "system"})["systemInterval"] == 30
        assert application.posted({"deviceClass": "system", "systemInterval": 5})["systemInterval"] == 5
        assert "systemInterval" not in application.posted({"deviceClass": "standalone"})

    def test_names_may_be_the_same_and_ids_differ(self, application: Application) -> None:
        assert len({application.posted()["id"] for _ in range(3)}) == 3

    def test_a_null_parent_is_none(self, application: Application) -> None:
        shown = application.posted({"parentId": None})
        assert shown.get("parentId") is None
        assert "ancestorIds" not in shown

    def test_it_takes_two_requests_or_three(self, application: Application, aws_requests: Recorder) -> None:
        application.posted()
        aws_requests.clear()
        application.posted()
        assert aws_requests.requests == [READ, STORE]
        aws_requests.clear()
        application.posted({"gatewayId": application.gateway.id, "parentId": application.north.id})
        assert aws_requests.requests == [READ, READ, STORE]


def _system(**members: Any) -> dict[str, Any]:
    return {"attributes": [{"name": "a", "dataType": "number", "system": members}]}


def _child(**members: Any) -> dict[str, Any]:
    return _system(childAttributes=[{"name": "k" * 255, "mode": "whitelist", **members}])


GOOD: list[dict[str, Any]] = [
    {"name": "n" * 255}, {"name": "𝄞" * 255}, {"name": " "}, {"name": "a\nb"}, {"description": "d" * 32_767},
    {"tags": [{"key": key, "value": "v"} for key in KEYS]}, {"tags": [{"key": "a", "value": "𝄞" * 255}]},
    {"tags": [{"key": "a", "value": "v"}] * 100},
    {"attributes": [{"name": key, "dataType": "string"} for key in KEYS]},
    {"attributes": [{"name": f"a{number}", "dataType": "number"} for number in range(256)]},
    {"attributes": [{"name": "a", "dataType": "string"}, {"name": "A", "dataType": "string"}]},
    *({"attributes": [{"name": "a", "dataType": kind}]} for kind in ("string", "number", "gps", "boolean", "blob")),
    {"attributes": [{"name": "a", "dataType": "blob", "contentType": "c" * 64, "description": "d" * 32_767}]},
    {"attributes": [{"name": "a", "dataType": "blob", "attributeTags": dict.fromkeys(KEYS, "v" * 255)}]},
    *(_system(aggregation=each) for each in ("FIRST", "LAST", "COUNT", "MAX", "MIN", "MEDIAN", "MEAN", "SUM", "STD_DEV")),
    _system(), _system(aggregationOptions=[], childAttributes=[]), _system(childAttributes=[{"name": "a", "mode": "all"}] * 256),
    _child(), _child(mode="blacklist", deviceIds=[], deviceTags=[]), _child(deviceIds=["65f0c0de00000000000000ff"] * 1000),
    _child(deviceTags=[{}] * 100), _child(deviceTags=[{"key": "k" * 255}, {"value": "𝄞" * 255}, {"key": "k", "value": "v"}]),
    *({"deviceClass": each} for each in CLASSES), *({"systemInterval": value} for value in (5, 3600)), {"keepDuplicates": True},
]  # fmt: skip


@pytest.mark.parametrize("members", GOOD, ids=lambda members: f"{members!s:.40}")
def test_what_is_accepted_is_shown(application: Application, members: dict[str, Any]) -> None:
    shown = application.posted(members)
    for name, value in members.items():
        expected = [{"attributeTags": {}, **each} for each in value] if name == "attributes" else value
        assert shown[name] == expected


def test_whole_numbers_may_have_a_fraction_part(application: Application) -> None:
    for text in ("30.0", "3e1", "30", "300e-1", "3.0E+1"):
        shown = application.post(f'{{"name":"a","systemInterval":{text}}}'.encode())
        assert (shown.status, b'"systemInterval":30,' in shown.content) == (201, True), text


class TestSize:
    """DynamoDB refuses items of more than 400 KB, and moto does too: a device is far from that."""

    def test_a_device_is_refused_before_it_is_too_large_and_its_largest_member_is_named(self, application: Application) -> None:
        attributes = [{"name": f"a{number}", "dataType": "string", "description": "d" * 32_767} for number in range(11)]
        assert (
            refusal(application.post({"attributes": attributes}), 400) == f"attributes must be smaller: a device has at most {MOST} bytes"
        )
        tags = [{"key": "k" * 255, "value": "𝄞" * 255}] * 100
        assert refusal(application.post({"tags": tags, "attributes": attributes[:7]}), 400).startswith("attributes must be smaller")
        medium = [*attributes[:3], {**attributes[3], "description": "d" * 12_000}]
        wide = [{**each, "description": "𝄞" * 32_767} for each in attributes[:2]]
        assert refusal(application.post({"attributes": wide, "description": "𝄞" * 32_767}), 400).startswith("attributes must be smaller")
        assert refusal(application.post({"tags": tags, "description": "𝄞" * 32_767, "attributes": attributes[:3]}), 400).startswith(
            "description"
        )
        assert refusal(application.post({"tags": tags, "description": "𝄞" * 31_000, "attributes": medium}), 400).startswith("tags")

    def test_the_largest_device_is_stored_and_shown(self, application: Application) -> None:
        attributes = [{"name": f"a{number}", "dataType": "string", "description": "d" * 32_767} for number in range(10)]
        shown = application.posted({"attributes": attributes, "description": "d" * 29_000})
        size = len(application.world.stored(shown).model_dump_json(exclude_none=True))
        assert MOST - 1000 < size <= MOST
        left = MOST - size
        assert application.posted({"attributes": attributes, "description": "d" * (29_000 + left)})
        refusal(application.post({"attributes": attributes, "description": "d" * (29_001 + left)}), 400)

    def test_the_most_of_everything_is_answered(self, application: Application) -> None:
        """The most tags of the longest parts, and the most attributes."""
        attributes = [{"name": f"a{number}", "dataType": "string"} for number in range(256)]
        shown = application.posted({"tags": [{"key": "k" * 255, "value": "v" * 255}] * 100, "attributes": attributes})
        assert (len(shown["tags"]), len(shown["attributes"])) == (100, 256)
