"""PATCH /applications/{applicationId}/devices: what each operation makes of a device that the API shows (wegnology.md 7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wegnology.devices.get import handler as get_devices
from functions.wegnology.devices.patch import handler
from tests.contract.wegnology.application import Application, refusal
from tests.contract.wegnology.lists import text_of
from tests.harness.aws import snapshot
from tests.harness.call import Response

TAGS = [{"key": "hall", "value": "a"}, {"key": "x", "value": "y"}, {"key": "hall", "value": "b"}]
FLOW = {"name": "flow", "dataType": "number", "contentType": "a/b", "description": "Litres", "attributeTags": {"unit": "l", "side": "left"}}
HEAT = {"name": "heat", "dataType": "string", "attributeTags": {}}
MEAN = {"aggregation": "MEAN", "aggregationOptions": [], "childAttributes": [{"name": "flow", "mode": "all"}]}
FULL: dict[str, Any] = {"description": "By the door", "tags": TAGS, "attributes": [FLOW, HEAT]}
SET_NAME = {"operation": "set", "target": "name", "value": "x"}


def operation(kind: str, target: str, **members: Any) -> dict[str, Any]:
    return {"operation": kind, "target": target, **members}


def operate(application: Application, ids: list[str], *operations: Any) -> Response:
    return application.ask(handler, {"deviceIds": ids, "updateOperations": list(operations)})


def numbers(application: Application, ids: list[str], *operations: Any) -> tuple[int, int, int]:
    """How many were updated, failed and skipped."""
    answer = operate(application, ids, *operations)
    assert answer.status == 200, answer.content[:300]
    return answer.json["updated"], answer.json["failed"], answer.json["skipped"]


def shown(application: Application, id: str) -> dict[str, Any]:
    """A device as the list shows it, without what every change moves."""
    (item,) = application.ask(get_devices, query={"query": text_of({"id": id})}).json["items"]
    return {name: value for name, value in item.items() if name not in ("lastUpdated", "_etag")}


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (operation("set", "name", value="Valve"), {"name": "Valve"}),
    (operation("set", "deviceClass", value="edgeCompute"), {"deviceClass": "edgeCompute"}),
    (operation("set", "description", value="Inside"), {"description": "Inside"}),
    (operation("set", "description", value=""), {"description": None}),
    (operation("set", "systemInterval", value=60.0), {"systemInterval": 60}),
    (operation("set", "keepDuplicates", value=True), {"keepDuplicates": True}),
    (operation("set", "tag", value={"key": "hall", "value": "c"}), {"tags": [{"key": "hall", "value": "c"}, TAGS[1]]}),
    (operation("set", "tag", value={"key": "new", "value": "c"}), {"tags": [*TAGS, {"key": "new", "value": "c"}]}),
    (operation("remove", "tag", tagKey="hall"), {"tags": [TAGS[1]]}),
    (operation("remove", "description"), {"description": None}),
    (
        operation("set", "attributeTag", attributeName="flow", value={"key": "unit", "value": "m3"}),
        {"attributes": [{**FLOW, "attributeTags": {"unit": "m3", "side": "left"}}, HEAT]},
    ),
    (
        operation("set", "attributeTag", attributeName="heat", value={"key": "unit", "value": "K"}),
        {"attributes": [FLOW, {**HEAT, "attributeTags": {"unit": "K"}}]},
    ),
    (
        operation("remove", "attributeTag", attributeName="flow", tagKey="unit"),
        {"attributes": [{**FLOW, "attributeTags": {"side": "left"}}, HEAT]},
    ),
    (
        operation("set", "attributeDescription", attributeName="heat", value="Kelvin"),
        {"attributes": [FLOW, {**HEAT, "description": "Kelvin"}]},
    ),
    (
        operation("set", "attributeDescription", attributeName="flow", value=""),
        {"attributes": [{name: value for name, value in FLOW.items() if name != "description"}, HEAT]},
    ),
    (
        operation("remove", "attributeDescription", attributeName="flow"),
        {"attributes": [{name: value for name, value in FLOW.items() if name != "description"}, HEAT]},
    ),
    (operation("set", "attributeContentType", attributeName="heat", value="c/d"), {"attributes": [FLOW, {**HEAT, "contentType": "c/d"}]}),
    (operation("set", "attributeName", attributeName="flow", value="rate"), {"attributes": [{**FLOW, "name": "rate"}, HEAT]}),
    (operation("remove", "attribute", attributeName="flow"), {"attributes": [HEAT]}),
    (
        operation("add", "attribute", value={"name": "on", "dataType": "boolean"}),
        {"attributes": [FLOW, HEAT, {"name": "on", "dataType": "boolean", "attributeTags": {}}]},
    ),
]

LEFT_ALONE = [
    operation("set", "name", value="Pump 7"),
    operation("set", "deviceClass", value="standalone"),
    operation("set", "tag", value={"key": "x", "value": "y"}),
    operation("remove", "tag", tagKey="Hall"),
    operation("remove", "parentId"),
    operation("remove", "attribute", attributeName="Flow"),
    operation("remove", "attributeTag", attributeName="flow", tagKey="colour"),
    operation("remove", "attributeTag", attributeName="other", tagKey="unit"),
    operation("remove", "attributeDescription", attributeName="heat"),
    operation("remove", "attributeDescription", attributeName="other"),
    operation("set", "attributeTag", attributeName="other", value={"key": "unit", "value": "l"}),
    operation("set", "attributeDescription", attributeName="other", value="x"),
    operation("set", "attributeContentType", attributeName="other", value="x"),
    operation("set", "attributeName", attributeName="other", value="heat"),
    operation("add", "attribute", value={"name": "flow", "dataType": "number", "description": "Another"}),
    operation("add", "attributeSystem", value={"name": "sum", "dataType": "number", "system": MEAN}),
]

FAILING = [
    operation("add", "attribute", value={"name": "flow", "dataType": "string"}),
    operation("set", "attributeName", attributeName="flow", value="heat"),
    operation("set", "deviceClass", value="system"),
    operation("set", "deviceClass", value="peripheral"),
]


class TestOne:
    @pytest.mark.parametrize(("given", "changed"), CHANGES, ids=str)
    def test_it_changes_what_it_says_and_nothing_else(self, application: Application, given: Any, changed: Any) -> None:
        id = application.posted(FULL)["id"]
        before = shown(application, id)
        assert numbers(application, [id], given) == (1, 0, 0)
        assert shown(application, id) == {name: value for name, value in {**before, **changed}.items() if value is not None}
        assert numbers(application, [id], given) == (0, 0, 1)

    @pytest.mark.parametrize("given", LEFT_ALONE, ids=str)
    def test_it_leaves_a_device_alone(self, application: Application, given: Any) -> None:
        posted = application.posted(FULL)
        assert numbers(application, [posted["id"]], given) == (0, 0, 1)
        (item,) = application.ask(get_devices, query={"query": text_of({"id": posted["id"]})}).json["items"]
        assert item == posted

    @pytest.mark.parametrize("given", FAILING, ids=str)
    def test_it_fails_and_so_does_what_is_beside_it(self, application: Application, given: Any) -> None:
        posted = application.posted(FULL)
        assert numbers(application, [posted["id"]], operation("set", "name", value="Valve"), given) == (0, 1, 0)
        (item,) = application.ask(get_devices, query={"query": text_of({"id": posted["id"]})}).json["items"]
        assert item == posted


class TestRelations:
    def test_a_gateway_and_a_system(self, application: Application) -> None:
        id, gateway, hall, north = application.posted(FULL)["id"], application.gateway.id, application.hall.id, application.north.id
        given = operation("set", "gatewayId", value=gateway.upper()), operation("set", "parentId", value=north.upper())
        assert numbers(application, [id], *given) == (1, 0, 0)
        after = shown(application, id)
        assert (after["gatewayId"], after["parentId"], after["ancestorIds"]) == (gateway, north, [hall, north])
        assert numbers(application, [id], operation("remove", "parentId")) == (1, 0, 0)
        assert {"parentId", "ancestorIds"} & shown(application, id).keys() == set()

    def test_a_system_takes_what_is_below_it_along(self, application: Application) -> None:
        id = application.posted({**FULL, "parentId": application.north.id})["id"]
        assert numbers(application, [application.north.id], operation("remove", "parentId")) == (1, 0, 0)
        assert shown(application, id)["ancestorIds"] == [application.north.id]

    def test_one_that_becomes_floating_loses_its_gateway(self, application: Application) -> None:
        id = application.posted({"deviceClass": "peripheral", "gatewayId": application.gateway.id})["id"]
        assert numbers(application, [id], operation("set", "deviceClass", value="floating")) == (1, 0, 0)
        assert "gatewayId" not in shown(application, id)


class TestSystems:
    def test_an_attribute_that_is_made_of_others(self, application: Application) -> None:
        value = {"name": "sum", "dataType": "number", "system": MEAN}
        assert numbers(application, [application.hall.id], operation("add", "attributeSystem", value=value)) == (1, 0, 0)
        assert shown(application, application.hall.id)["attributes"] == [{**value, "attributeTags": {}}]
        assert numbers(application, [application.hall.id], operation("add", "attributeSystem", value=value)) == (0, 0, 1)
        other = {**value, "system": {**MEAN, "aggregation": "MAX"}, "description": "Not looked at"}
        assert numbers(application, [application.hall.id], operation("add", "attributeSystem", value=other)) == (1, 0, 0)
        assert shown(application, application.hall.id)["attributes"] == [{**value, "system": other["system"], "attributeTags": {}}]
        assert numbers(application, [application.hall.id], operation("add", "attributeSystem", value={**other, "dataType": "string"})) == (
            0,
            1,
            0,
        )


CLASHES = [
    (SET_NAME, SET_NAME),
    (operation("set", "description", value="x"), operation("remove", "description")),
    (operation("remove", "parentId"), operation("set", "parentId", value="65f0c0de00000000000000a1")),
    (operation("set", "tag", value={"key": "a", "value": "x"}), operation("remove", "tag", tagKey="a")),
    (operation("remove", "tag", tagKey="a"), operation("remove", "tag", tagKey="a")),
    *(
        (operation("remove", "attribute", attributeName="flow"), later)
        for later in (
            operation("remove", "attribute", attributeName="flow"),
            operation("add", "attribute", value={"name": "flow", "dataType": "number"}),
            operation("add", "attributeSystem", value={"name": "flow", "dataType": "number"}),
            operation("set", "attributeName", attributeName="flow", value="rate"),
            operation("set", "attributeName", attributeName="heat", value="flow"),
            operation("set", "attributeTag", attributeName="flow", value={"key": "a", "value": "b"}),
            operation("remove", "attributeTag", attributeName="flow", tagKey="a"),
            operation("set", "attributeDescription", attributeName="flow", value="x"),
            operation("remove", "attributeDescription", attributeName="flow"),
            operation("set", "attributeContentType", attributeName="flow", value="x"),
        )
    ),
]

BROKEN = [
    operation("set", "name"),
    operation("set", "name", value=None),
    operation("set", "name", value=""),
    operation("set", "name", value="x" * 256),
    operation("set", "deviceClass", value="x"),
    operation("set", "description", value=None),
    operation("set", "description", value="x" * 32_768),
    operation("set", "systemInterval", value=4),
    operation("set", "systemInterval", value=3601),
    operation("set", "keepDuplicates", value="true"),
    operation("set", "gatewayId", value=None),
    operation("set", "parentId", value=None),
    operation("set", "tag", value={"key": "a b", "value": "x"}),
    operation("set", "tag", value={"key": "a", "value": ""}),
    operation("set", "tag", value={"key": "a", "value": "b", "more": 1}),
    operation("set", "attributeTag", value={"key": "a", "value": "b"}),
    operation("set", "attributeContentType", attributeName="a", value="x" * 65),
    operation("set", "attributeContentType", attributeName="a", value=""),
    operation("set", "attributeName", attributeName="a", value="a b"),
    operation("remove", "tag"),
    operation("remove", "tag", tagKey="a", value=1),
    operation("remove", "gatewayId"),
    operation("remove", "attributeContentType", attributeName="a"),
    operation("add", "tag", value={"key": "a", "value": "b"}),
    operation("add", "attribute", value={"name": "a"}),
    operation("add", "attribute", value={"name": "a", "dataType": "text"}),
    operation("remove", "attributeTag", attributeName="a"),
    operation("remove", "description", value="x"),
    {"target": "name", "value": "x"},
]


@pytest.mark.parametrize("given", CLASHES, ids=str)
def test_operations_that_must_not_be_together_change_nothing(application: Application, given: Any) -> None:
    id = application.posted(FULL)["id"]
    before = snapshot()
    assert refusal(operate(application, [id], *given), 400, given).startswith("updateOperations.1")
    assert snapshot() == before


def test_an_operation_that_is_not_one_of_the_contract_changes_nothing(application: Application) -> None:
    id = application.posted(FULL)["id"]
    before = snapshot()
    for given in BROKEN:
        assert refusal(operate(application, [id], operation("remove", "parentId"), given), 400, given).startswith("updateOperations.1"), (
            given
        )
    assert snapshot() == before
