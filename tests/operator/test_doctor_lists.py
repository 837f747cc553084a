"""`muster doctor registry` and the directories of devices: rows are compared wherever they are, and a wrong directory is made anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.directory.directory import SEGMENT
from fleet.lifecycle import provision, retire
from fleet.registry import edit_device
from fleet.registry.device import Device
from fleet.registry.device_row import DELETED, THERE, DeviceRow, directory, row
from fleet.registry.devices import Devices
from tests.harness.aws import partition
from tests.harness.aws import stored as everything
from tests.harness.directories import change, load
from tests.harness.interference import before_first_request
from tests.operator.console import Console
from tests.operator.yard import NOW, Yard, delete, found, put, repaired, stored


def devices(yard: Yard) -> list[Device]:
    return [fetch(EVERYWHERE, Devices.even_deleted(id)) for id in (yard.gateway, yard.sensor, yard.retired)]


def right(yard: Yard, deleted: bool = False) -> list[DeviceRow]:
    return sorted(each for device in devices(yard) if (each := row(device, deleted)))


def listed(yard: Yard, deleted: bool = False) -> list[DeviceRow]:
    return Devices.of_organization(EVERYWHERE, yard.organization, deleted=deleted)


def items(yard: Yard) -> list[tuple[str, str]]:
    return [(each["pk"]["S"], each["sk"]["S"]) for each in partition("FleetTable", THERE.key(yard.organization)[0])]


def keep(yard: Yard, rows: list[DeviceRow]) -> None:
    """Have the directory of devices hold these rows, in a segment."""
    for pair in items(yard):
        delete(pair)
    load(THERE, yard.organization, rows)


def one(kind: str, yard: Yard, wrong: DeviceRow, deleted: bool = False) -> tuple[str, str, str]:
    return kind, " / ".join(directory(deleted).key(yard.organization, wrong.order)), wrong.id


@pytest.mark.parametrize("recent", [True, False])
class TestRows:
    """One that is wrong, in a segment or recent."""

    def put(self, yard: Yard, recent: bool, rows: list[DeviceRow]) -> None:
        keep(yard, [] if recent else rows)
        if recent:
            change(THERE, yard.organization, rows)

    def test_that_is_missing(self, muster: Console, yard: Yard, recent: bool) -> None:
        first, second = right(yard)
        self.put(yard, recent, [first])
        assert found(muster) == [one("missing row", yard, second)]
        assert repaired(muster) == ["listed anew"]
        assert listed(yard) == [first, second]

    @pytest.mark.parametrize("fields", [{"name": "wrong"}, {"version": 99}, {"version": 99, "tags": [["a", "b"]]}])
    def test_that_says_something_else(self, muster: Console, yard: Yard, recent: bool, fields: Mapping[str, Any]) -> None:
        first, second = right(yard)
        self.put(yard, recent, [first, second._replace(**fields)])
        assert found(muster) == [one("wrong row", yard, second)]
        assert repaired(muster) == ["listed anew"]
        assert listed(yard) == [first, second]
        renamed = edit_device.rename(EVERYWHERE, second.id, "Later", NOW)
        assert listed(yard) == [first, DeviceRow.of(renamed)]

    def test_that_is_of_an_earlier_version_and_says_the_same_is_right(self, muster: Console, yard: Yard, recent: bool) -> None:
        first, second = right(yard)
        assert first.version > 1
        self.put(yard, recent, [first._replace(version=1), second])
        assert found(muster) == []

    def test_of_a_device_that_is_deleted(self, muster: Console, yard: Yard, recent: bool) -> None:
        (gone,) = right(yard, deleted=True)
        self.put(yard, recent, [*right(yard), gone._replace(deleted=None, version=99)])
        assert found(muster) == [one("row too many", yard, gone)]
        assert repaired(muster) == ["listed anew"]
        assert (listed(yard), listed(yard, deleted=True)) == (right(yard), [gone])

    def test_of_a_device_that_is_unreadable_stays(self, muster: Console, yard: Yard, recent: bool) -> None:
        first, second = right(yard)
        self.put(yard, recent, [second])
        put((f"DEVICE#{second.id}", "DEVICE"), {"body": {"S": "nonsense"}})
        assert one("missing row", yard, first) in found(muster)
        muster("doctor", "registry", "--repair")
        assert listed(yard) == [first, second]


def test_a_directory_without_one_of_its_segments_is_made_anew(muster: Console, yard: Yard) -> None:
    expected = right(yard)
    keep(yard, expected)
    (segment,) = (pair for pair in items(yard) if pair[1].startswith(SEGMENT))
    delete(segment)
    pk, sk = THERE.key(yard.organization)
    broken = ("incomplete directory", f"{pk} / {sk}", None)
    assert found(muster) == [broken, *(one("missing row", yard, each) for each in expected)]
    assert "a list without some of its segments is stored, should be all rows" in muster("doctor", "registry").out
    assert repaired(muster) == ["listed anew"] * 3
    assert listed(yard) == expected


@pytest.mark.parametrize("item", ["row", "spine", "segment"])
def test_a_directory_that_cannot_be_read_is_left_to_people(muster: Console, yard: Yard, item: str) -> None:
    keep(yard, right(yard))
    keys = {"row": THERE.key(yard.organization, "R#x"), "spine": THERE.key(yard.organization)}
    damaged = keys.get(item) or next(pair for pair in items(yard) if pair[1].startswith(SEGMENT))
    before = {"row": None}.get(item, stored(damaged))
    put(damaged, {**(before or {}), "version": {"N": "1"}, "row": {"S": "nonsense"}, "packed": {"B": b"nonsense"}})
    output = muster("doctor", "registry", "--repair")
    assert output.code == 1
    assert "incomplete directory: " in output.out
    assert "what cannot be read (" in output.out
    delete(damaged) if before is None else put(damaged, before)
    assert found(muster) == []


def test_lists_of_a_former_release_are_replaced(muster: Console, yard: Yard) -> None:
    """As an upgrade finds them: rows by id, and no directories."""
    former = {"DEVICES": (yard.gateway, yard.sensor), "DELETED": (yard.retired,)}
    old = [(f"ORG#{yard.organization}#{name}", id) for name, ids in former.items() for id in ids]
    for pair in old:
        put(pair, {"name": {"S": "x"}, "kind": {"S": "sensor"}})
    for each in (THERE, DELETED):
        each.forget(EVERYWHERE, yard.organization)
    kinds = [kind for kind, _, _ in found(muster)]
    assert kinds == ["missing row"] * 3 + ["list of a former release"] * 2
    assert repaired(muster) == ["listed anew"] * 3 + ["deleted"] * 2
    assert [pair for pair in old if stored(pair)] == []
    assert (listed(yard), listed(yard, deleted=True)) == (right(yard), right(yard, deleted=True))


class TestAmidOthers:
    """What others change meanwhile is kept."""

    @staticmethod
    def changes(yard: Yard) -> Mapping[str, Callable[[], object]]:
        def create() -> None:
            provision.create_sensor(EVERYWHERE, yard.organization, "TSPD04FFFFFFFFFF", NOW)

        return {
            "rename": lambda: edit_device.rename(EVERYWHERE, yard.sensor, "Later", NOW),
            "retire": lambda: retire.retire(EVERYWHERE, yard.sensor, NOW),
            "restore": lambda: retire.restore(EVERYWHERE, yard.retired, NOW),
            "create": create,
        }

    @pytest.mark.parametrize("name", ["rename", "retire", "restore", "create"])
    @pytest.mark.parametrize("request_", ["PutItem", "TransactWriteItems", "DeleteItem"])
    def test_a_directory_that_is_made_anew(self, muster: Console, yard: Yard, name: str, request_: str) -> None:
        keep(yard, right(yard)[:1])
        act = self.changes(yard)[name]
        with before_first_request(request_, act):
            muster("doctor", "registry", "--repair")
        now = [Device.model_validate_json(each["body"]["S"]) for each in _devices()]
        for deleted in (False, True):
            expected = sorted(each for device in now if (each := row(device, deleted)))
            assert [each._replace(version=0) for each in listed(yard, deleted)] == [each._replace(version=0) for each in expected]
        assert found(muster) == []

    def test_a_row_of_a_device_that_is_put_back_is_not_deleted(self, muster: Console, yard: Yard) -> None:
        pair, expected = (f"DEVICE#{yard.sensor}", "DEVICE"), right(yard)
        device = stored(pair) or {}
        for other in ("thing", "member"):
            delete(yard.rows[other])
        delete(pair)
        with before_first_request("TransactWriteItems", lambda: put(pair, device)):
            muster("doctor", "registry", "--repair", "--orphans")
        assert [each.id for each in listed(yard)] == [each.id for each in expected]


def _devices() -> list[dict[str, Any]]:
    return [each for each in everything("FleetTable") if each["sk"]["S"] == "DEVICE"]
