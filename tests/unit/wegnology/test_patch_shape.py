"""The body of a patch of devices: what is accepted, what it is in the core, and which member a refusal names."""

from __future__ import annotations

from typing import Any

import pytest

from edge.json_text import parse_json
from edge.validate import validate
from edge.words import dotted, plain
from fleet.edits.operations import (
    AddAttribute,
    ComputeAttribute,
    DescribeAttribute,
    Operation,
    RemoveAttribute,
    RemoveTag,
    RenameAttribute,
    SetField,
    SetTag,
    TagAttribute,
    UntagAttribute,
)
from fleet.edits.patch import Patch
from fleet.errors import Invalid
from fleet.registry.device import Attribute, Tag
from wegnology.shapes.patch import DevicesPatch

ID = "575ecec57ae143cd83dc4a9f"
HALL = {"key": "hall", "value": "north"}
FLOW = {"name": "flow", "dataType": "number"}


def accepted(**body: Any) -> DevicesPatch:
    return validate(DevicesPatch, {"deviceIds": [ID], **body})


def operation(**members: Any) -> Operation:
    """The one operation of a patch."""
    (only,) = accepted(updateOperations=[members]).patch().operations
    return only


def refusal(body: dict[str, Any]) -> str:
    with pytest.raises(Invalid) as invalid:
        validate(DevicesPatch, body)
    return "; ".join(f"{dotted(problem)} {plain(problem)}" for problem in invalid.value.details)


def refused(**members: Any) -> str:
    """Why an operation is refused, its own place left out."""
    reason = refusal({"deviceIds": [ID], "updateOperations": [members]})
    assert reason.startswith("updateOperations.0")
    return reason.removeprefix("updateOperations.0").removeprefix(".")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"operation": "set", "target": "name", "value": "Pump 7"}, SetField(field="name", value="Pump 7")),
        ({"operation": "set", "target": "deviceClass", "value": "edgeCompute"}, SetField(field="device_class", value="edgeCompute")),
        ({"operation": "set", "target": "description", "value": ""}, SetField(field="notes", value="")),
        ({"operation": "set", "target": "systemInterval", "value": 30.0}, SetField(field="system_interval", value=30)),
        ({"operation": "set", "target": "keepDuplicates", "value": True}, SetField(field="keep_duplicates", value=True)),
        ({"operation": "set", "target": "gatewayId", "value": ID.upper()}, SetField(field="gateway", value=ID)),
        ({"operation": "set", "target": "parentId", "value": ID}, SetField(field="parent", value=ID)),
        ({"operation": "remove", "target": "description"}, SetField(field="notes", value="")),
        ({"operation": "remove", "target": "parentId"}, SetField(field="parent", value=None)),
        ({"operation": "set", "target": "tag", "value": HALL}, SetTag(tag=Tag(**HALL))),
        ({"operation": "remove", "target": "tag", "tagKey": "hall"}, RemoveTag(key="hall")),
        ({"operation": "add", "target": "attribute", "value": FLOW}, AddAttribute(attribute=Attribute(name="flow", data_type="number"))),
        (
            {
                "operation": "add",
                "target": "attributeSystem",
                "value": {**FLOW, "system": {"aggregation": "MEAN", "aggregationOptions": []}},
            },
            ComputeAttribute(
                attribute=Attribute(name="flow", data_type="number", system={"aggregation": "MEAN", "aggregationOptions": []})
            ),
        ),
        (
            {"operation": "set", "target": "attributeName", "attributeName": "flow", "value": "rate"},
            RenameAttribute(name="flow", to="rate"),
        ),
        (
            {"operation": "set", "target": "attributeDescription", "attributeName": "flow", "value": "Litres"},
            DescribeAttribute(name="flow", field="description", text="Litres"),
        ),
        (
            {"operation": "set", "target": "attributeContentType", "attributeName": "flow", "value": "text/plain"},
            DescribeAttribute(name="flow", field="content_type", text="text/plain"),
        ),
        (
            {"operation": "set", "target": "attributeTag", "attributeName": "flow", "value": HALL},
            TagAttribute(name="flow", tag=Tag(**HALL)),
        ),
        ({"operation": "remove", "target": "attribute", "attributeName": "flow"}, RemoveAttribute(name="flow")),
        (
            {"operation": "remove", "target": "attributeDescription", "attributeName": "flow"},
            DescribeAttribute(name="flow", field="description", text=""),
        ),
        (
            {"operation": "remove", "target": "attributeTag", "attributeName": "flow", "tagKey": "hall"},
            UntagAttribute(name="flow", key="hall"),
        ),
    ],
)
def test_each_operation_is_one_of_the_core(members: dict[str, Any], expected: Operation) -> None:
    assert operation(**members) == expected


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "operation is required"),
        ({"operation": "set"}, "target is required"),
        ({"operation": "drop", "target": "name"}, "operation must be 'set', 'remove' or 'add'"),
        ({"operation": None, "target": "name"}, "operation must be 'set', 'remove' or 'add'"),
        ({"operation": ["set"], "target": "name"}, "operation must be 'set', 'remove' or 'add'"),
        ({"operation": "add", "target": "name"}, "target must be 'attribute' or 'attributeSystem'"),
        ({"operation": "add", "target": {}}, "target must be 'attribute' or 'attributeSystem'"),
        (
            {"operation": "remove", "target": "gatewayId"},
            "target must be 'description', 'parentId', 'tag', 'attribute', 'attributeDescription' or 'attributeTag'",
        ),
        ({"operation": "set", "target": "name"}, "value is required"),
        ({"operation": "set", "target": "name", "value": None}, "value must not be null"),
        ({"operation": "set", "target": "name", "value": ""}, "value must not be empty"),
        ({"operation": "set", "target": "name", "value": 7}, "value must be a string"),
        ({"operation": "set", "target": "name", "value": "x", "tagKey": "hall"}, "tagKey is not known here"),
        ({"operation": "set", "target": "name", "value": "x", "SetName": 1}, "SetName is not known here"),
        ({"operation": "set", "target": "systemInterval", "value": 4}, "value must be at least 5"),
        ({"operation": "set", "target": "systemInterval", "value": 30.5}, "value must be an integer"),
        ({"operation": "set", "target": "systemInterval", "value": True}, "value must be an integer"),
        ({"operation": "set", "target": "keepDuplicates", "value": 1}, "value must be true or false"),
        ({"operation": "set", "target": "parentId", "value": None}, "value must not be null"),
        ({"operation": "set", "target": "gatewayId", "value": "x"}, "value must be an id of 24 hexadecimal digits"),
        ({"operation": "set", "target": "tag", "value": {"key": "hall"}}, "value.value is required"),
        (
            {"operation": "set", "target": "tag", "value": {"key": "north hall", "value": "x"}},
            "value.key must be 1 to 255 letters, digits, _ or -",
        ),
        ({"operation": "remove", "target": "tag"}, "tagKey is required"),
        ({"operation": "add", "target": "attribute", "value": {"name": "flow"}}, "value.dataType is required"),
        ({"operation": "set", "target": "attributeContentType", "attributeName": "flow", "value": ""}, "value must not be empty"),
        ({"operation": "remove", "target": "attributeTag", "tagKey": "hall"}, "attributeName is required"),
    ],
)
def test_a_refusal_names_the_member(members: dict[str, Any], reason: str) -> None:
    assert refused(**members).startswith(reason)


@pytest.mark.parametrize("entry", [3, None, "set", []])
def test_an_operation_is_an_object(entry: Any) -> None:
    assert refusal({"deviceIds": [], "updateOperations": [entry]}).startswith("updateOperations.0 must ")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "deviceIds or query must be given, and not both"),
        ({"updateFields": {}}, "deviceIds or query must be given, and not both"),
        ({"updateFields": {}, "deviceIds": [], "query": {}}, "deviceIds or query must be given, and not both"),
        ({"deviceIds": []}, "updateFields or updateOperations must be given, and not both"),
        ({"query": {}, "updateFields": {}, "updateOperations": []}, "updateFields or updateOperations must be given, and not both"),
        ({"deviceIds": None, "updateFields": {}}, "deviceIds must not be null"),
        ({"deviceIds": [ID] * 1001, "updateFields": {}}, "deviceIds must have at most 1000 entries"),
        ({"deviceIds": [ID, "x"], "updateFields": {}}, "deviceIds.1 must be an id of 24 hexadecimal digits"),
        ({"query": None, "updateFields": {}}, "query must not be null"),
        ({"query": [], "updateFields": {}}, "query must be an object"),
        ({"deviceIds": [], "updateFields": None}, "updateFields must not be null"),
        ({"deviceIds": [], "updateFields": {"id": ID}}, "updateFields.id is not known here"),
        ({"deviceIds": [], "updateFields": {"gatewayId": None}}, "updateFields.gatewayId must not be null"),
        ({"deviceIds": [], "updateFields": {"name": None}}, "updateFields.name must not be null"),
        ({"deviceIds": [], "updateFields": {"attributes": [FLOW, FLOW]}}, "updateFields.attributes must not have a name twice"),
        ({"deviceIds": [], "updateFields": {"tags": [HALL] * 101}}, "updateFields.tags must have at most 100 entries"),
        ({"deviceIds": [], "updateOperations": None}, "updateOperations must not be null"),
        ({"deviceIds": [], "updateFields": {}, "callbackUrl": "ftp://x.example"}, "callbackUrl is not of the right form"),
        ({"deviceIds": [], "updateFields": {}, "email": "nobody"}, "email is not of the right form"),
        ({"deviceIds": [], "updateFields": {}, "forceJob": True}, "forceJob is not known here"),
    ],
)
def test_a_refusal_of_the_whole_names_the_member(body: dict[str, Any], reason: str) -> None:
    assert refusal(body) == reason


def test_at_most_25_operations() -> None:
    many = [{"operation": "remove", "target": "tag", "tagKey": f"key{number}"} for number in range(26)]
    assert len(accepted(updateOperations=many[:25]).patch().operations) == 25
    assert refusal({"deviceIds": [], "updateOperations": many}) == "updateOperations must have at most 25 entries"


def test_operations_that_must_not_be_together_are_each_named() -> None:
    gone = {"operation": "remove", "target": "attribute", "attributeName": "flow"}
    body = {"deviceIds": [], "updateOperations": [gone, {"operation": "add", "target": "attribute", "value": FLOW}]}
    assert refusal(body).startswith("updateOperations.1 is refused: ")


def test_ids_in_any_letter_case_and_twice_are_one() -> None:
    assert accepted(deviceIds=[ID.upper(), ID, "0" * 24], updateFields={}).ids == [ID, "0" * 24]
    assert validate(DevicesPatch, {"query": {}, "updateFields": {}}).ids is None


@pytest.mark.parametrize("body", [{"updateFields": {}}, {"updateOperations": []}])
def test_a_patch_may_change_nothing(body: dict[str, Any]) -> None:
    assert accepted(**body).patch() == Patch()


def test_fields_that_are_given_are_set_and_lists_replaced() -> None:
    fields = {
        "name": "Pump 7",
        "description": "",
        "parentId": None,
        "systemInterval": 3e1,
        "tags": [],
        "attributes": [{**FLOW, "attributeTags": {}}],
    }
    patch = accepted(updateFields=fields).patch()
    assert set(patch.operations) == {
        SetField(field="name", value="Pump 7"),
        SetField(field="notes", value=""),
        SetField(field="parent", value=None),
        SetField(field="system_interval", value=30),
    }
    assert (patch.tags, patch.attributes) == ((), (Attribute(name="flow", data_type="number"),))


def test_the_class_is_set_before_the_gateway() -> None:
    patch = accepted(updateFields={"gatewayId": ID, "deviceClass": "floating"}).patch()
    assert patch.operations == (SetField(field="device_class", value="floating"), SetField(field="gateway", value=ID))


def test_what_the_vendor_shows_is_accepted() -> None:
    """The body of the example on the vendor's page, value for value."""
    sent = (
        b'{"updateFields":{"name":"My Updated Device","description":"Description of my updated device","tags":[{"key":"TagKey",'
        b'"value":"TagValue"}],"attributes":[{"name":"voltage","dataType":"number"}],"deviceClass":"standalone"},'
        b'"deviceIds":["575ecec57ae143cd83dc4a9f","575ecec57ae143cd83dc4a9e","575ecec57ae143cd83dc4a9a"]}'
    )
    body = validate(DevicesPatch, parse_json(sent, dict))
    assert body.ids == [f"575ecec57ae143cd83dc4a9{digit}" for digit in "fea"]
    assert body.patch().tags == (Tag(key="TagKey", value="TagValue"),)
    assert SetField(field="notes", value="Description of my updated device") in body.patch().operations
