"""Exports of devices: what is in the file, wherever the job is interrupted."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import objects
from fleet.aws.reads import fetch
from fleet.bulk.export_devices import Exported
from fleet.errors import Unexpected
from fleet.lifecycle import retire
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from tests.harness.aws import restore, snapshot
from tests.harness.fleet import Fleet
from tests.harness.interference import TRANSACTION, before_first_request
from tests.harness.jobs import exported, job, killed_at, letters, take_steps, work
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.device_exports import accept, table
from wegnology.shapes.device_out import DeviceOut, Shaping

NOW = datetime(2026, 1, 5, 10, 10, 0, 789_999, UTC)
MANY = 210
"""Devices of a large export: a hundred, which are read at once, have more than the 5 MB of a part."""

NOTES = "ü" * 27_000


@functools.cache
def _large() -> tuple[WegnologyWorld, dict[str, Any]]:
    world = WegnologyWorld.of(Fleet())
    for number in range(MANY):
        world.device(f"Pump {number:03d}", tags=({"key": "hall", "value": "north"},), notes=NOTES)
    return world, snapshot()


@pytest.fixture
def large(cloud: dict[str, str]) -> WegnologyWorld:
    """A world whose devices take three parts: two of more than 5 MB, and a rest. It is made once."""
    world, contents = _large()
    restore(contents)
    return world


def export(world: WegnologyWorld, query: Any = None, format: str = "csv") -> bytes:
    id = accept(world, query, format)
    assert work(id)
    return exported(id)


def shown(device: Device) -> Any:
    """A device as answers of the API show it, without links and connection."""
    stored = fetch(EVERYWHERE, Devices.by_id(device.id))
    return DeviceOut.of(stored, Shaping.model_validate({"_links": "false"}), None).model_dump(
        mode="json", by_alias=True, exclude_unset=True
    )


def is_whole(devices: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these are the devices of a large world, in their order."""
    return [(each["name"], each["description"]) for each in devices] == [(f"Pump {number:03d}", NOTES) for number in range(MANY)]


def everything(world: WegnologyWorld) -> list[Device]:
    """Devices with all members, in the order of an export."""
    gateway = world.device("A gateway", device_class="gateway")
    hall = world.device("Hall", device_class="system", wegnology={"system_interval": 30})
    full = world.device(
        'Pump "7", =1+1',
        notes="Behind\r\nthe door",
        device_class="peripheral",
        parent=hall.id,
        wegnology={"gateway": gateway.id, "keep_duplicates": True, "edge_agent": "1.2.3"},
        tags=({"key": "hall", "value": "north"}, {"key": "Floor", "value": "2"}, {"key": "hall", "value": "an,nex"}),
        attributes=(
            {"name": "flow", "data_type": "number", "description": "l/s", "content_type": "a/b", "tags": {"unit": "l/s"}},
            {"name": "sum", "data_type": "number", "system": {"aggregation": "SUM"}},
        ),
    )
    return [gateway, hall, full, world.device("pump", tags=({"key": "name", "value": "fan ü"},))]


class TestContent:
    def test_csv(self, world: WegnologyWorld) -> None:
        with time_machine.travel(NOW, tick=False):
            gateway, hall, full, last = everything(world)
            content = export(world)
        at = "2026-01-05T10:10:00.789Z,2026-01-05T10:10:00.789Z"
        assert content.decode() == (
            "id,name,description,deviceClass,gatewayId,parentId,creationDate,lastUpdated,Floor,hall,name\r\n"
            f"{gateway.id},A gateway,,gateway,,,{at},,,\r\n"
            f"{hall.id},Hall,,system,,,{at},,,\r\n"
            f'{full.id},"Pump ""7"", =1+1","Behind\r\nthe door",peripheral,{gateway.id},{hall.id},{at},2,"north,an,nex",\r\n'
            f"{last.id},pump,,standalone,,,{at},,,fan ü\r\n"
        )

    def test_json(self, world: WegnologyWorld) -> None:
        devices = everything(world)
        assert json.loads(export(world, format="json")) == [shown(device) for device in devices]

    def test_devices_of_other_apis(self, world: WegnologyWorld, fleet: Fleet) -> None:
        fleet.gateway(world.organization)
        assert [row["deviceClass"] for row in table(export(world))] == ["gateway"]

    def test_equal_names_are_in_the_order_of_their_ids(self, world: WegnologyWorld) -> None:
        ids = [world.device("Pump").id for _ in range(5)]
        assert [each["id"] for each in json.loads(export(world, format="json"))] == sorted(ids)

    @pytest.mark.parametrize(
        ("format", "nothing"),
        [("csv", b"id,name,description,deviceClass,gatewayId,parentId,creationDate,lastUpdated\r\n"), ("json", b"[]")],
    )
    def test_nothing_that_fits_is_an_empty_file(self, world: WegnologyWorld, format: str, nothing: bytes) -> None:
        world.device("Pump")
        assert export(world, {"name": "Fan"}, format) == nothing

    def test_other_applications_and_deleted_devices_are_not_in_it(self, world: WegnologyWorld, fleet: Fleet) -> None:
        WegnologyWorld.of(fleet).device("Other")
        gone, pump = world.device("Gone"), world.device("Pump")
        retire.retire(EVERYWHERE, gone.id, datetime.now(UTC))
        assert json.loads(export(world, format="json")) == [shown(pump)]

    def test_a_query_about_connections(self, world: WegnologyWorld, fleet: Fleet) -> None:
        pump = world.device("Pump")
        fleet.online(fleet.gateway(world.organization))
        assert json.loads(export(world, {"connectionStatus": None}, "json")) == [shown(pump)]
        assert len(json.loads(export(world, {"connectionStatus": "connected"}, "json"))) == 1


class TestMeanwhile:
    def test_what_comes_after_the_request_is_not_in_it_and_what_has_gone_is_not_either(self, world: WegnologyWorld) -> None:
        pump, gone = world.device("Pump"), world.device("Gone")
        id = accept(world, format="json")
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=1)):
            world.device("Fan")
            retire.retire(EVERYWHERE, gone.id, datetime.now(UTC))
            assert work(id)
        assert json.loads(exported(id)) == [shown(pump)]

    def test_one_of_the_same_millisecond_is_in_it(self, world: WegnologyWorld) -> None:
        for microsecond in (1_000, 57_999, 789_000, 999_999):
            with time_machine.travel(NOW.replace(microsecond=microsecond), tick=False):
                pump = world.device(f"Pump {microsecond}")
                assert json.loads(export(world, {"id": pump.id}, "json")) == [shown(pump)], microsecond

    @pytest.mark.parametrize("gone", [0, 1, 2])
    def test_a_device_that_is_deleted_before_it_is_read_is_left_out(self, world: WegnologyWorld, gone: int) -> None:
        devices = [world.device(f"Pump {number}") for number in range(3)]
        id = accept(world, format="json")
        with before_first_request(TRANSACTION, lambda: retire.retire(EVERYWHERE, devices[gone].id, datetime.now(UTC))):
            assert work(id)
        assert json.loads(exported(id)) == [shown(device) for device in devices if device != devices[gone]]


class TestInterrupted:
    """Each call of the worker is killed somewhere, or its time is up; in the end the file is whole, and its link is sent once."""

    @pytest.mark.parametrize("format", ["csv", "json"])
    def test_a_small_export_killed_before_each_request(self, world: WegnologyWorld, format: str) -> None:
        everything(world)
        whole = export(world, format=format)
        for request in count():
            id = accept(world, format=format, email="ada@example.com")
            killed = killed_at(id, request)
            assert work(id)
            assert exported(id) == whole, request
            assert len(letters("Mail", id)) == 1, request
            if not killed:
                break
        assert request > 4

    @pytest.mark.slow
    def test_a_large_export_killed_before_each_write(self, large: WegnologyWorld) -> None:
        steps = set[int]()
        for request in count():
            id = accept(large, format="json")
            killed = killed_at(id, request, writes=True)
            steps.add(job(id).steps)
            assert work(id)
            assert is_whole(json.loads(exported(id))), request
            if not killed:
                break
        assert steps == {0, 1, 2, 3, 4}

    @pytest.mark.slow
    def test_a_call_whose_time_is_up_goes_on_behind_the_last_part(self, large: WegnologyWorld) -> None:
        id, names = accept(large), []
        for looks in (0, 1, 0, 1):
            take_steps(id, looks)
            assert job(id).open
            names.append(Exported.model_validate_json(job(id).cursor).file)
        assert len(set(names)) == 1
        assert len(letters("Jobs", id)) == 5
        assert work(id)
        assert is_whole(table(exported(id)))

    def test_a_call_in_which_no_part_can_be_done_fails(self, world: WegnologyWorld) -> None:
        for number in range(101):
            world.device(f"Pump {number}")
        id = accept(world)
        with pytest.raises(Unexpected):
            take_steps(id, 1)
        assert work(id)
        assert len(table(exported(id))) == 101

    @pytest.mark.slow
    def test_an_upload_that_s3_may_have_dropped_begins_anew(self, large: WegnologyWorld) -> None:
        id = accept(large)
        take_steps(id, 1)
        before = Exported.model_validate_json(job(id).cursor)
        objects.abandon_export(before.file, before.upload)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1)):
            assert work(id)
        assert is_whole(table(exported(id)))
        assert job(id).files[0][1] != before.file

    @pytest.mark.slow
    def test_a_part_that_another_call_replaced_has_it_begin_anew(self, large: WegnologyWorld) -> None:
        id = accept(large)
        take_steps(id, 1)
        before = Exported.model_validate_json(job(id).cursor)
        objects.add_part(before.file, before.upload, 1, b"x" * objects.LEAST_PART)
        assert work(id)
        assert job(id).open
        assert work(id)
        assert is_whole(table(exported(id)))

    @pytest.mark.slow
    def test_of_two_calls_at_once_one_is_refused(self, large: WegnologyWorld) -> None:
        id = accept(large)
        with before_first_request(TRANSACTION, lambda: take_steps(id, 1), after=1):
            assert not work(id)
        assert work(id)
        assert is_whole(table(exported(id)))


@pytest.mark.slow
def test_columns_are_those_at_the_beginning(large: WegnologyWorld) -> None:
    id = accept(large)
    take_steps(id, 1)
    large.device("zz", tags=({"key": "new", "value": "a"},))
    assert work(id)
    assert exported(id).startswith(b"id,name,description,deviceClass,gatewayId,parentId,creationDate,lastUpdated,hall\r\n")
