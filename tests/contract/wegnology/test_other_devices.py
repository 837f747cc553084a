"""Devices of the other APIs, and deleted ones, as this API shows them (wegnology.md 4.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.device import Attribute, Device, Tag, WegnologyDevice
from fleet.registry.devices import Devices
from tests.contract.wegnology.application import Application
from tests.harness.thingsee_world import ThingseeWorld
from wegnology.shapes.device_out import Connection, DeviceOut, Shaping

AT, LATER = datetime(2031, 2, 3, 4, 5, 6, 789_000, UTC), datetime(2031, 2, 3, 5, 0, 0, 1_999, UTC)


def shown(device: Device, connection: Connection | None = None, **shaping: bool) -> dict[str, Any]:
    members = DeviceOut.of(device, Shaping.model_validate(shaping), connection)
    return members.model_dump(by_alias=True, exclude_unset=True)


def device(**fields: Any) -> Device:
    return Device(id="a" * 24, organization="b" * 24, kind="device", name="Pump 7", created=AT, modified=LATER, **fields)


def test_a_gateway_of_wisdm_is_a_gateway(application: Application) -> None:
    sn = application.world.fleet.gateway(application.world.organization).sn
    found = shown(fetch(EVERYWHERE, Devices.by_id(fetch(EVERYWHERE, Devices.id_of("sn", sn)))))
    assert (found["deviceClass"], found["name"], found["applicationId"]) == ("gateway", f"RAK7268V2-{sn}", application.id)
    assert found["tags"] == found["attributes"] == []
    assert "keepDuplicates" not in found


def test_a_sensor_of_thingsee_is_floating(application: Application) -> None:
    tuid = ThingseeWorld.of(application.world.fleet, application.world.organization).sensor()
    found = shown(fetch(EVERYWHERE, Devices.by_id(fetch(EVERYWHERE, Devices.id_of("tuid", tuid)))))
    assert (found["deviceClass"], found["name"]) == ("floating", tuid)


def test_another_class_that_it_was_given_counts() -> None:
    assert shown(device(device_class="embedded"))["deviceClass"] == "embedded"


def test_members_that_are_not_set_are_absent() -> None:
    assert list(shown(device())) == [
        "id", "deviceId", "applicationId", "creationDate", "lastUpdated", "name", "deviceClass", "tags", "attributes",
        "_type", "_etag", "_links",
    ]  # fmt: skip


def test_what_is_set_is_shown() -> None:
    own = WegnologyDevice(edge_agent="1.2.3", gateway="c" * 24, system_interval=5, keep_duplicates=True)
    found = shown(device(deleted=LATER, notes="x", parent="d" * 24, ancestors=("e" * 24, "d" * 24), wegnology=own))
    assert found["deletedAt"] == found["lastUpdated"] == "2031-02-03T05:00:00.001Z"
    assert found["creationDate"] == "2031-02-03T04:05:06.789Z"
    assert (found["edgeAgentVersion"], found["gatewayId"], found["systemInterval"], found["keepDuplicates"]) == ("1.2.3", "c" * 24, 5, True)
    assert (found["description"], found["parentId"], found["ancestorIds"]) == ("x", "d" * 24, ["e" * 24, "d" * 24])


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (Connection(), {"connected": None}),
        (Connection(True, AT), {"connected": 1, "time": "2031-02-03T04:05:06.789Z"}),
        (Connection(False, LATER), {"connected": 0, "time": "2031-02-03T05:00:00.001Z"}),
    ],
)
def test_a_connection_is_a_number_and_a_time(connection: Connection, expected: dict[str, Any]) -> None:
    info = shown(device(), connection)["connectionInfo"]
    assert info == expected
    assert not isinstance(info["connected"], bool)


def test_an_etag_changes_with_every_change() -> None:
    before = device()
    tags = {shown(each)["_etag"] for each in (before, before.edited(LATER), before.edited(LATER).edited(LATER), device(version=16))}
    assert tags == {f'"{version}-{"a" * 24}"' for version in ("1", "2", "3", "10")}


def test_objects_in_place_of_arrays() -> None:
    of = device(
        tags=(Tag(key="b", value="1"), Tag(key="a", value="2"), Tag(key="b", value="0")),
        attributes=(
            Attribute(name="z", data_type="gps", tags={"k": "v"}),
            Attribute(name="a", data_type="blob", content_type="c", description="d"),
        ),
    )
    found = shown(of, tags_as_object=True, attributes_as_object=True, links=False)
    assert list(found["tags"].items()) == [("b", ["1", "0"]), ("a", ["2"])]
    assert found["attributes"] == {
        "z": {"name": "z", "dataType": "gps", "attributeTags": {"k": "v"}},
        "a": {"name": "a", "dataType": "blob", "contentType": "c", "description": "d", "attributeTags": {}},
    }
    assert "_links" not in found
