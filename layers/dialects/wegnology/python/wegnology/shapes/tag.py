"""Tags, and selectors of tags (wegnology.md 3.2)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from wegnology.shapes.fields import Key, TagValue, WegnologyShape


class Tag(WegnologyShape):
    key: Key
    value: TagValue


class TagSelector(WegnologyShape):
    """Fits a device when one of its tags has all the parts that are given."""

    key: Annotated[Key, Field(default=None)]
    value: Annotated[TagValue, Field(default=None)]
