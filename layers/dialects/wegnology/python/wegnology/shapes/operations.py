"""The operations of a patch (wegnology.md 7.2). Each says by `change` what it is in the core."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from edge.variants import Variants
from fleet.edits import operations
from fleet.edits.operations import Operation, Scalar
from fleet.registry import device
from fleet.registry.device import DeviceClass
from wegnology.shapes.attribute import Attribute
from wegnology.shapes.fields import Id, Key, LongText, Name, WegnologyShape, Whole
from wegnology.shapes.tag import Tag

FIELDS: dict[str, Scalar] = {
    "deviceClass": "device_class",
    "name": "name",
    "description": "notes",
    "gatewayId": "gateway",
    "parentId": "parent",
    "systemInterval": "system_interval",
    "keepDuplicates": "keep_duplicates",
}
"""The fields of a device that have one value, and what the core calls them."""
SystemInterval = Annotated[int, Field(ge=5, le=3600), Whole]
ContentType = Annotated[str, Field(min_length=1, max_length=64)]


class _SetField(WegnologyShape):
    operation: Literal["set"]
    target: Any
    value: Any

    def change(self) -> Operation:
        return operations.SetField(field=FIELDS[self.target], value=self.value)


class SetName(_SetField):
    target: Literal["name"]
    value: Name


class SetDeviceClass(_SetField):
    target: Literal["deviceClass"]
    value: DeviceClass


class SetDescription(_SetField):
    target: Literal["description"]
    value: LongText


class SetSystemInterval(_SetField):
    target: Literal["systemInterval"]
    value: SystemInterval


class SetKeepDuplicates(_SetField):
    target: Literal["keepDuplicates"]
    value: bool


class SetRelation(_SetField):
    target: Literal["gatewayId", "parentId"]
    value: Id


class RemoveField(WegnologyShape):
    operation: Literal["remove"]
    target: Literal["description", "parentId"]

    def change(self) -> Operation:
        return operations.SetField(field=FIELDS[self.target], value="" if self.target == "description" else None)


class SetTag(WegnologyShape):
    operation: Literal["set"]
    target: Literal["tag"]
    value: Tag

    def change(self) -> Operation:
        return operations.SetTag(tag=_tag(self.value))


class RemoveTag(WegnologyShape):
    operation: Literal["remove"]
    target: Literal["tag"]
    tag_key: Key

    def change(self) -> Operation:
        return operations.RemoveTag(key=self.tag_key)


class AddAttribute(WegnologyShape):
    operation: Literal["add"]
    target: Literal["attribute", "attributeSystem"]
    value: Attribute

    def change(self) -> Operation:
        attribute = device.Attribute.model_validate(self.value.fields())
        if self.target == "attribute":
            return operations.AddAttribute(attribute=attribute)
        return operations.ComputeAttribute(attribute=attribute)


class SetAttributeName(WegnologyShape):
    operation: Literal["set"]
    target: Literal["attributeName"]
    attribute_name: Key
    value: Key

    def change(self) -> Operation:
        return operations.RenameAttribute(name=self.attribute_name, to=self.value)


class SetAttributeDescription(WegnologyShape):
    operation: Literal["set"]
    target: Literal["attributeDescription"]
    attribute_name: Key
    value: LongText

    def change(self) -> Operation:
        return operations.DescribeAttribute(name=self.attribute_name, field="description", text=self.value)


class SetAttributeContentType(WegnologyShape):
    operation: Literal["set"]
    target: Literal["attributeContentType"]
    attribute_name: Key
    value: ContentType

    def change(self) -> Operation:
        return operations.DescribeAttribute(name=self.attribute_name, field="content_type", text=self.value)


class SetAttributeTag(WegnologyShape):
    operation: Literal["set"]
    target: Literal["attributeTag"]
    attribute_name: Key
    value: Tag

    def change(self) -> Operation:
        return operations.TagAttribute(name=self.attribute_name, tag=_tag(self.value))


class RemoveAttribute(WegnologyShape):
    operation: Literal["remove"]
    target: Literal["attribute", "attributeDescription"]
    attribute_name: Key

    def change(self) -> Operation:
        if self.target == "attribute":
            return operations.RemoveAttribute(name=self.attribute_name)
        return operations.DescribeAttribute(name=self.attribute_name, field="description", text="")


class RemoveAttributeTag(WegnologyShape):
    operation: Literal["remove"]
    target: Literal["attributeTag"]
    attribute_name: Key
    tag_key: Key

    def change(self) -> Operation:
        return operations.UntagAttribute(name=self.attribute_name, key=self.tag_key)


UpdateOperation = Annotated[
    SetName
    | SetDeviceClass
    | SetDescription
    | SetSystemInterval
    | SetKeepDuplicates
    | SetRelation
    | RemoveField
    | SetTag
    | RemoveTag
    | AddAttribute
    | SetAttributeName
    | SetAttributeDescription
    | SetAttributeContentType
    | SetAttributeTag
    | RemoveAttribute
    | RemoveAttributeTag,
    Variants("operation", "target"),
]


def _tag(tag: Tag) -> device.Tag:
    return device.Tag(key=tag.key, value=tag.value)
