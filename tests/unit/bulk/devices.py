"""Devices for tests of what acts on many."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fleet.registry.device import Attribute, Device, Tag

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
ORGANIZATION = "5f43a1c09d3e2b7f10000002"
FLOW, HEAT = Attribute(name="flow", data_type="number"), Attribute(name="heat", data_type="string")


def device(number: int = 1, **fields: Any) -> Device:
    """A device of kind `device`, called Pump unless a test says otherwise."""
    names = {"id": id_of(number), "organization": ORGANIZATION, "name": "Pump", "kind": "device"}
    return Device.model_validate({**names, "created": NOW, "modified": NOW, **fields})


def id_of(number: int) -> str:
    return f"5f43a1c09d3e2b7f1{number:07x}"


def tags(*texts: str) -> tuple[Tag, ...]:
    """Tags from `key value`."""
    return tuple(Tag(key=key, value=value) for key, value in map(str.split, texts))
