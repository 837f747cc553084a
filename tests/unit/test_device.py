"""Devices as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleet.registry.device import Attribute, Device

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
FLOW = Attribute(name="flow", data_type="number")


def _device(**fields: object) -> Device:
    names = {"id": "5f43a1c09d3e2b7f10000001", "organization": "5f43a1c09d3e2b7f10000002", "name": "Pump", "kind": "device"}
    return Device.model_validate({**names, "created": NOW, "modified": NOW, **fields})


def test_one_that_was_stored_before_attributes_had_types_has_none() -> None:
    stored = _device().model_dump_json(exclude_none=True).replace('"attributes":[]', '"attributes":{}')
    assert '"attributes":{}' in stored
    assert Device.model_validate_json(stored).attributes == ()


def test_attributes_come_back_as_they_were_stored() -> None:
    device = _device(attributes=(FLOW,))
    assert Device.model_validate_json(device.model_dump_json(exclude_none=True)) == device


@pytest.mark.parametrize(("kind", "shown"), [("gateway", "gateway"), ("sensor", "floating"), ("device", "standalone")])
def test_the_class_of_one_that_was_given_none_follows_from_its_kind(kind: str, shown: str) -> None:
    assert _device(kind=kind).shown_class == shown
    assert _device(kind=kind, device_class="system").shown_class == "system"
