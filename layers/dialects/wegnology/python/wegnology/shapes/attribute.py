"""Attributes of devices (wegnology.md 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from fleet.registry.device import DataType
from wegnology.shapes.fields import Id, Key, LongText, TagValue, WegnologyShape
from wegnology.shapes.tag import TagSelector

Aggregation = Literal["FIRST", "LAST", "COUNT", "MAX", "MIN", "MEDIAN", "MEAN", "SUM", "STD_DEV"]


class ChildAttribute(WegnologyShape):
    """An attribute of the devices in a system, and of which of them."""

    name: Key
    mode: Literal["all", "whitelist", "blacklist"]
    device_ids: Annotated[list[Id], Field(default=None, max_length=1000)]
    device_tags: Annotated[list[TagSelector], Field(default=None, max_length=100)]


class SystemAttribute(WegnologyShape):
    """How a system makes an attribute of those of its children."""

    aggregation: Annotated[Aggregation, Field(default=None)]
    aggregation_options: Annotated[list[Any], Field(default=None, max_length=0)]
    child_attributes: Annotated[list[ChildAttribute], Field(default=None, max_length=256)]


class Attribute(WegnologyShape):
    """An attribute: in requests as in answers."""

    name: Key
    data_type: DataType
    content_type: Annotated[str, Field(default="", max_length=64)]
    description: Annotated[LongText, Field(default="")]
    attribute_tags: Annotated[dict[Key, TagValue], Field(default={})]
    system: Annotated[SystemAttribute, Field(default=None)]

    def fields(self) -> dict[str, Any]:
        """The attribute as the core has it. What it says of its children is kept as it was sent."""
        sent = self.sent()
        tags = {"tags": sent.pop("attribute_tags")} if "attribute_tags" in sent else {}
        system = {"system": self.system.model_dump(by_alias=True, exclude_unset=True)} if sent.pop("system", None) is not None else {}
        return {**sent, **tags, **system}


def _names_differ(attributes: list[Attribute]) -> list[Attribute]:
    names = [attribute.name for attribute in attributes]
    if len(set(names)) != len(names):
        raise ValueError("must not have a name twice")
    return attributes


Attributes = Annotated[list[Attribute], Field(max_length=256), AfterValidator(_names_differ)]
"""The attributes of a device, in their order; each has a name of its own."""


def fields_of(attributes: Sequence[Attribute]) -> list[dict[str, Any]]:
    """Attributes as the core has them."""
    return [attribute.fields() for attribute in attributes]
