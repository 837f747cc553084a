"""Each operation of a patch, on a device that it concerns and on one that it does not."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from fleet.edits.operations import (
    AddAttribute,
    ComputeAttribute,
    DescribeAttribute,
    Illegal,
    Operation,
    RemoveAttribute,
    RemoveTag,
    RenameAttribute,
    SetField,
    SetTag,
    TagAttribute,
    UntagAttribute,
)
from fleet.registry.device import Attribute, Device, Tag, WegnologyDevice
from tests.unit.bulk.devices import FLOW, HEAT, device, tags

SYSTEM = {"aggregation": "MEAN", "childAttributes": [{"name": "flow", "mode": "all"}]}
GATEWAY = "5f43a1c09d3e2b7f100000a1"


class TestSetField:
    @pytest.mark.parametrize(
        ("field", "value"), [("name", "Pump 8"), ("notes", "In the cellar"), ("device_class", "edgeCompute"), ("parent", GATEWAY)]
    )
    def test_a_field_of_the_device(self, field: str, value: str) -> None:
        assert SetField(field=field, value=value).apply(device()) == device(**{field: value})  # type: ignore[arg-type]

    @pytest.mark.parametrize(("field", "value"), [("gateway", GATEWAY), ("system_interval", 60), ("keep_duplicates", True)])
    def test_a_field_of_its_part_for_the_api(self, field: str, value: str | int) -> None:
        after = SetField(field=field, value=value).apply(device())  # type: ignore[arg-type]
        assert after == device(wegnology=WegnologyDevice.model_validate({field: value}))

    @pytest.mark.parametrize(
        ("field", "value", "before"),
        [
            ("name", "Pump", device()),
            ("device_class", "standalone", device()),
            ("device_class", "gateway", device(kind="gateway")),
            ("device_class", "floating", device(kind="sensor")),
            ("keep_duplicates", False, device(wegnology=WegnologyDevice(keep_duplicates=False))),
            ("system_interval", 30, device(wegnology=WegnologyDevice(system_interval=30))),
            ("gateway", None, device()),
        ],
    )
    def test_what_it_is_shown_with_already_changes_nothing(self, field: str, value: str | int | bool | None, before: Device) -> None:
        assert SetField(field=field, value=value).apply(before) is before  # type: ignore[arg-type]

    @pytest.mark.parametrize("field", ["notes", "parent"])
    def test_nothing_removes_it(self, field: str) -> None:
        empty = "" if field == "notes" else None
        assert SetField(field=field, value=empty).apply(device(**{field: GATEWAY})) == device()  # type: ignore[arg-type]

    def test_a_device_that_becomes_floating_loses_its_gateway_and_nothing_else(self) -> None:
        before = device(device_class="peripheral", wegnology=WegnologyDevice(gateway=GATEWAY, keep_duplicates=True))
        after = SetField(field="device_class", value="floating").apply(before)
        assert after == device(device_class="floating", wegnology=WegnologyDevice(keep_duplicates=True))


class TestTags:
    def test_one_is_set_where_the_first_of_its_key_was(self) -> None:
        before = device(tags=tags("hall north", "floor 1", "hall annex", "row 2", "hall south"))
        after = SetTag(tag=Tag(key="hall", value="west")).apply(before)
        assert after.tags == tags("hall west", "floor 1", "row 2")

    def test_one_of_another_key_is_appended(self) -> None:
        after = SetTag(tag=Tag(key="Hall", value="west")).apply(device(tags=tags("hall north", "floor 1")))
        assert after.tags == tags("hall north", "floor 1", "Hall west")

    def test_all_of_a_key_are_removed(self) -> None:
        assert RemoveTag(key="hall").apply(device(tags=tags("hall north", "floor 1", "hall annex"))).tags == tags("floor 1")

    @pytest.mark.parametrize("operation", [RemoveTag(key="row"), SetTag(tag=Tag(key="floor", value="1"))], ids=str)
    def test_what_is_so_already_stays(self, operation: Operation) -> None:
        before = device(tags=tags("hall north", "floor 1", "hall annex"))
        assert operation.apply(before) == before


class TestAttributes:
    def test_one_is_added_behind_the_others(self) -> None:
        assert AddAttribute(attribute=HEAT).apply(device(attributes=(FLOW,))).attributes == (FLOW, HEAT)

    def test_one_that_is_there_is_left_alone(self) -> None:
        before = device(attributes=(FLOW, HEAT))
        assert AddAttribute(attribute=FLOW.changed(description="Litres")).apply(before) is before

    @pytest.mark.parametrize("operation", [AddAttribute, ComputeAttribute])
    def test_one_of_another_type_must_not_take_its_place(self, operation: type[AddAttribute | ComputeAttribute]) -> None:
        before = device(device_class="system", attributes=(FLOW, HEAT))
        with pytest.raises(Illegal, match="an attribute flow of the type number"):
            operation(attribute=Attribute(name="flow", data_type="string")).apply(before)

    def test_a_system_computes_one_that_it_has_not(self) -> None:
        computed = FLOW.changed(system=SYSTEM)
        assert ComputeAttribute(attribute=computed).apply(device(device_class="system")).attributes == (computed,)

    def test_a_system_computes_one_that_it_has_and_all_else_of_it_stays(self) -> None:
        before = device(device_class="system", attributes=(HEAT, FLOW.changed(description="Litres")))
        after = ComputeAttribute(attribute=FLOW.changed(system=SYSTEM)).apply(before)
        assert after.attributes == (HEAT, FLOW.changed(description="Litres", system=SYSTEM))

    def test_what_is_no_system_computes_nothing(self) -> None:
        before = device(attributes=(FLOW,))
        assert ComputeAttribute(attribute=FLOW.changed(system=SYSTEM)).apply(before) is before

    def test_one_is_removed(self) -> None:
        assert RemoveAttribute(name="flow").apply(device(attributes=(FLOW, HEAT))).attributes == (HEAT,)

    def test_one_is_renamed_in_its_place(self) -> None:
        before = device(attributes=(FLOW.changed(description="Litres"), HEAT))
        after = RenameAttribute(name="flow", to="rate").apply(before)
        assert after.attributes == (FLOW.changed(name="rate", description="Litres"), HEAT)

    def test_one_is_not_renamed_to_another(self) -> None:
        with pytest.raises(Illegal, match="an attribute heat already"):
            RenameAttribute(name="flow", to="heat").apply(device(attributes=(FLOW, HEAT)))

    @pytest.mark.parametrize("field", ["description", "content_type"])
    def test_its_texts_are_set_and_removed(self, field: str) -> None:
        before = device(attributes=(HEAT, FLOW))
        set_ = DescribeAttribute(name="flow", field=field, text="text/plain").apply(before)  # type: ignore[arg-type]
        assert set_.attributes == (HEAT, FLOW.changed(**{field: "text/plain"}))
        assert DescribeAttribute(name="flow", field=field, text="").apply(set_) == before  # type: ignore[arg-type]

    def test_its_tags_are_set_and_removed(self) -> None:
        before = device(attributes=(HEAT, FLOW.changed(tags={"unit": "l", "side": "left"})))
        set_ = TagAttribute(name="flow", tag=Tag(key="unit", value="m3")).apply(before)
        assert set_.attributes == (HEAT, FLOW.changed(tags={"unit": "m3", "side": "left"}))
        assert UntagAttribute(name="flow", key="unit").apply(set_).attributes == (HEAT, FLOW.changed(tags={"side": "left"}))

    @pytest.mark.parametrize(
        "operation",
        [
            RemoveAttribute(name="rate"),
            RenameAttribute(name="rate", to="heat"),
            RenameAttribute(name="flow", to="flow"),
            DescribeAttribute(name="rate", field="description", text="Litres"),
            DescribeAttribute(name="flow", field="content_type", text=""),
            TagAttribute(name="rate", tag=Tag(key="unit", value="l")),
            UntagAttribute(name="rate", key="unit"),
            UntagAttribute(name="flow", key="unit"),
        ],
        ids=str,
    )
    def test_a_device_that_lacks_it_is_left_alone(self, operation: Operation) -> None:
        before = device(attributes=(FLOW, HEAT))
        assert operation.apply(before) == before


@pytest.mark.parametrize(
    "operation",
    [
        SetField(field="parent"),
        SetField(field="keep_duplicates", value=True),
        SetField(field="system_interval", value=30),
        SetTag(tag=Tag(key="hall", value="west")),
        RemoveTag(key="hall"),
        AddAttribute(attribute=FLOW.changed(system=SYSTEM)),
        ComputeAttribute(attribute=FLOW),
        RemoveAttribute(name="flow"),
        RenameAttribute(name="flow", to="rate"),
        DescribeAttribute(name="flow", field="content_type", text="text/plain"),
        TagAttribute(name="flow", tag=Tag(key="unit", value="l")),
        UntagAttribute(name="flow", key="unit"),
    ],
    ids=str,
)
def test_an_operation_comes_back_as_it_was_stored(operation: Operation) -> None:
    assert TypeAdapter[Operation](Operation).validate_json(operation.model_dump_json(exclude_none=True)) == operation
