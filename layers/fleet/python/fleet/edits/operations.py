"""The operations of which a patch of devices consists (wegnology.md 7.2). They can be stored as JSON.

`apply` returns the device as it is after the operation, in the same version; the very device where the operation does not concern it,
as it has no such tag or attribute. It raises Illegal where the device must not become so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from fleet.registry.device import Attribute, Device, Tag, WegnologyDevice
from fleet.values import Value

OfDevice = Literal["name", "notes", "device_class", "parent"]
OfWegnology = Literal["gateway", "system_interval", "keep_duplicates"]
Scalar = OfDevice | OfWegnology


class Illegal(Exception):
    """A device must not become what a patch would make of it. The message says why, for a person."""


class SetField(Value):
    """Set one field of a device; None: it has none. `floating` devices lose their gateway, as any one speaks for them."""

    operation: Literal["set-field"] = "set-field"
    field: Scalar
    value: bool | int | str | None = None

    def apply(self, device: Device) -> Device:
        return with_field(device, self.field, self.value)


class SetTag(Value):
    """Leave one tag of its key, where the first one was; behind all others in a device that has none."""

    operation: Literal["set-tag"] = "set-tag"
    tag: Tag

    def apply(self, device: Device) -> Device:
        keys = [tag.key for tag in device.tags]
        at = keys.index(self.tag.key) if self.tag.key in keys else len(keys)
        others = [(number, tag) for number, tag in enumerate(device.tags) if tag.key != self.tag.key]
        tags = (*(tag for number, tag in others if number < at), self.tag, *(tag for number, tag in others if number > at))
        return device.changed(tags=tags)


class RemoveTag(Value):
    """Remove all tags of a key."""

    operation: Literal["remove-tag"] = "remove-tag"
    key: str

    def apply(self, device: Device) -> Device:
        return device.changed(tags=tuple(tag for tag in device.tags if tag.key != self.key))


class AddAttribute(Value):
    """Add an attribute to a device that has none of its name. Illegal when it has one of another type."""

    operation: Literal["add-attribute"] = "add-attribute"
    attribute: Attribute

    def apply(self, device: Device) -> Device:
        return device if _has(device, self.attribute) else device.changed(attributes=(*device.attributes, self.attribute))


class ComputeAttribute(Value):
    """Have a system compute an attribute, which is added where it has none of the name. Illegal when it has one of another type.

    Devices that are no systems are left alone.
    """

    operation: Literal["compute-attribute"] = "compute-attribute"
    attribute: Attribute

    def apply(self, device: Device) -> Device:
        if device.shown_class != "system":
            return device
        if not _has(device, self.attribute):
            return device.changed(attributes=(*device.attributes, self.attribute))
        return _with_attribute(device, self.attribute.name, lambda one: one.changed(system=self.attribute.system))


class RemoveAttribute(Value):
    """Remove an attribute."""

    operation: Literal["remove-attribute"] = "remove-attribute"
    name: str

    def apply(self, device: Device) -> Device:
        return device.changed(attributes=tuple(one for one in device.attributes if one.name != self.name))


class RenameAttribute(Value):
    """Give an attribute another name. Illegal when the device has an attribute of that name."""

    operation: Literal["rename-attribute"] = "rename-attribute"
    name: str
    to: str

    def apply(self, device: Device) -> Device:
        names = {one.name for one in device.attributes}
        if self.name not in names or self.name == self.to:
            return device
        if self.to in names:
            raise Illegal(f"The device has an attribute {self.to} already")
        return _with_attribute(device, self.name, lambda one: one.changed(name=self.to))


class DescribeAttribute(Value):
    """Set a text of an attribute; empty: it has none."""

    operation: Literal["describe-attribute"] = "describe-attribute"
    name: str
    field: Literal["description", "content_type"]
    text: str

    def apply(self, device: Device) -> Device:
        return _with_attribute(device, self.name, lambda one: one.changed(**{self.field: self.text}))


class TagAttribute(Value):
    """Set a tag of an attribute."""

    operation: Literal["tag-attribute"] = "tag-attribute"
    name: str
    tag: Tag

    def apply(self, device: Device) -> Device:
        more = {self.tag.key: self.tag.value}
        return _with_attribute(device, self.name, lambda one: one.changed(tags={**one.tags, **more}))


class UntagAttribute(Value):
    """Remove a tag of an attribute."""

    operation: Literal["untag-attribute"] = "untag-attribute"
    name: str
    key: str

    def apply(self, device: Device) -> Device:
        def without(one: Attribute) -> Attribute:
            return one.changed(tags={key: value for key, value in one.tags.items() if key != self.key})

        return _with_attribute(device, self.name, without)


Operation = Annotated[
    SetField
    | SetTag
    | RemoveTag
    | AddAttribute
    | ComputeAttribute
    | RemoveAttribute
    | RenameAttribute
    | DescribeAttribute
    | TagAttribute
    | UntagAttribute,
    Field(discriminator="operation"),
]


def with_field(device: Device, field: Scalar, value: Any) -> Device:
    """The device with a field set; the very device where it is shown with this value already."""
    if value == _shown(device, field):
        return device
    if field not in WegnologyDevice.model_fields:
        changed = device.changed(**{field: value})
        return with_field(changed, "gateway", None) if (field, value) == ("device_class", "floating") else changed
    return device.changed(wegnology=(device.wegnology or WegnologyDevice()).changed(**{field: value}))


def _shown(device: Device, field: Scalar) -> Any:
    if field in WegnologyDevice.model_fields:
        return getattr(device.wegnology, field, None)
    return device.shown_class if field == "device_class" else getattr(device, field)


def _has(device: Device, wanted: Attribute) -> bool:
    """Whether the device has an attribute of this name. Illegal when it is of another type."""
    stored = next((one for one in device.attributes if one.name == wanted.name), None)
    if stored is not None and stored.data_type != wanted.data_type:
        raise Illegal(f"The device has an attribute {wanted.name} of the type {stored.data_type}")
    return stored is not None


def _with_attribute(device: Device, name: str, change: Callable[[Attribute], Attribute]) -> Device:
    if all(one.name != name for one in device.attributes):
        return device
    return device.changed(attributes=tuple(change(one) if one.name == name else one for one in device.attributes))
