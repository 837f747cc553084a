"""`muster doctor registry` on a damaged table: items that cannot be read, and rows whose device is not there, are left to people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.writes import transact
from fleet.registry import device_row, projections
from fleet.registry.device import Attribute, Device, Tag, ThingseeDevice, WegnologyDevice, WisdmDevice
from fleet.registry.devices import Devices
from tests.harness.aws import stored as everything
from tests.operator.console import Console
from tests.operator.yard import SN, TUID, Yard, delete, found, put, repaired, stored

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
STRAY = "f" * 24


def _damaged(item: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Ways in which an item is not readable, by what is wrong."""
    body = json.loads(item["body"]["S"])
    return {
        "no JSON": {**item, "body": {"S": "nonsense"}},
        "a member is missing": {**item, "body": {"S": json.dumps({"id": body["id"], "secret": "s3cret"})}},
        "another's": {**item, "body": {"S": json.dumps({**body, "id": STRAY})}},
        "no body": {name: value for name, value in item.items() if name != "body"},
        "a body of another type": {**item, "body": {"N": "5"}},
        "no organization": {name: value for name, value in item.items() if name != "org"},
        "another version": {**item, "version": {"N": "77"}},
    }


_WAYS = tuple(_damaged({"body": {"S": '{"id": ""}'}}))


def _left(muster: Console, *options: str) -> list[tuple[str, str, str | None]]:
    """Kind, key and device of what a repair leaves."""
    output = muster("doctor", "registry", "--repair", "--json", *options)
    left = [(each["kind"], each["key"], each["device"]) for each in output.json["differences"] if not each["done"]]
    assert output.code == (1 if left else 0)
    return left


class TestUnreadable:
    @pytest.mark.parametrize("way", _WAYS)
    def test_a_device_and_its_rows_are_left_and_the_rest_is_repaired(self, muster: Console, yard: Yard, way: str) -> None:
        pair, copy, count = (f"DEVICE#{yard.sensor}", "DEVICE"), yard.rows["copy"], (f"LOCATION#{yard.location}", "LOCATION")
        put(pair, _damaged(stored(pair) or {})[way])
        own = {key: stored(key) for key in (pair, *(yard.rows[name] for name in ("thing", "member")))}
        before = {key: stored(key) for key in (copy, count)}
        delete(copy)
        put(count, {**(before[count] or {}), "gateways": {"N": "9"}})
        unreadable = ("unreadable", " / ".join(pair), yard.sensor)
        kind = "unsettled count"
        assert found(muster) == [unreadable, ("missing row", " / ".join(copy), yard.gateway), (kind, " / ".join(count), None)]
        assert _left(muster) == [unreadable, (kind, " / ".join(count), None)]
        assert stored(copy) == before[copy]
        assert {key: stored(key) for key in own} == own
        assert (stored((f"GROUP#{yard.group}", "GROUP")) or {})["devices"] == {"N": "1"}, "it is still in the group, for all that is known"

    def test_what_is_to_be_done_is_said_without_what_is_stored(self, muster: Console, yard: Yard) -> None:
        pair = (f"DEVICE#{yard.sensor}", "DEVICE")
        put(pair, _damaged(stored(pair) or {})["a member is missing"])
        output = muster("doctor", "registry", "--repair")
        assert output.code == 1
        assert f"unreadable: {pair[0]} / DEVICE: an item that cannot be read (" in output.out
        assert "organization: Field required; " in output.out
        assert f"is stored, should be a device (device {yard.sensor}): not repaired\n" in output.out
        assert "An unreadable item is never repaired: put back the item of this key from a backup" in output.out
        assert "s3cret" not in output.out

    @pytest.mark.parametrize("way", _WAYS)
    def test_counts_of_an_organization_without_such_a_device_are_repaired(self, muster: Console, yard: Yard, way: str) -> None:
        """Only a device that does not say whose it is may be anybody's."""
        pair, count = ("DEVICE#" + STRAY, "DEVICE"), (f"GROUP#{yard.group}", "GROUP")
        put(pair, _damaged({**(stored((f"DEVICE#{yard.sensor}", "DEVICE")) or {}), "org": {"S": "another"}})[way])
        put(count, {**(stored(count) or {}), "devices": {"N": "7"}})
        kinds = [kind for kind, _, _ in _left(muster)]
        assert kinds == (["unreadable", "unsettled count"] if way == "no organization" else ["unreadable"])

    @pytest.mark.parametrize(
        ("kind", "way"), [*(("GROUP", way) for way in _WAYS if way != "another version"), *(("LOCATION", way) for way in _WAYS)]
    )
    def test_a_group_or_location_is_left_and_the_rest_is_repaired(self, muster: Console, yard: Yard, kind: str, way: str) -> None:
        pair = (f"{kind}#{yard.group if kind == 'GROUP' else yard.location}", kind)
        put(pair, _damaged(stored(pair) or {})[way])
        before = stored(pair)
        delete(yard.rows["card"])
        unreadable = ("unreadable", " / ".join(pair), None)
        assert found(muster) == [unreadable, ("missing row", f"SN#{SN} / CARD", yard.gateway)]
        assert _left(muster) == [unreadable]
        assert stored(pair) == before

    def test_a_group_that_is_not_shown_stays_among_those(self, muster: Console, yard: Yard) -> None:
        put((f"GROUP#{yard.hidden}", "GROUP"), {"body": {"S": "nonsense"}})
        assert _left(muster) == [("unreadable", f"GROUP#{yard.hidden} / GROUP", None)]
        assert (stored((f"ORG#{yard.organization}", "UNSHOWN")) or {})["ids"] == {"SS": [yard.hidden]}

    def test_a_set_of_another_type_is_left(self, muster: Console, yard: Yard) -> None:
        put((f"ORG#{yard.organization}", "UNSHOWN"), {"ids": {"S": "nonsense"}})
        assert _left(muster) == [("unreadable", f"ORG#{yard.organization} / UNSHOWN", None)]

    def test_a_number_of_another_type_is_corrected(self, muster: Console, yard: Yard) -> None:
        pair = (f"GROUP#{yard.group}", "GROUP")
        before = stored(pair) or {}
        put(pair, {**before, "devices": {"S": "many"}})
        assert repaired(muster) == ["corrected"]
        assert stored(pair) == before

    @pytest.mark.parametrize("attribute", ["device", "org", "body"])
    def test_attributes_of_a_row_that_are_of_another_type_are_written(self, muster: Console, yard: Yard, attribute: str) -> None:
        before = stored(yard.rows["card"]) or {}
        put(yard.rows["card"], {**before, attribute: {"N": "5"}})
        assert repaired(muster) == ["written"]
        assert (stored(yard.rows["card"]) or {})["body"] == before["body"]

    @pytest.mark.parametrize("way", ["no JSON", "a member is missing", "no body"])
    @pytest.mark.parametrize("name", ["device", "card"])
    def test_another_command_that_meets_one_names_its_key(self, muster: Console, yard: Yard, name: str, way: str) -> None:
        pair = yard.rows["card"] if name == "card" else (f"DEVICE#{yard.gateway}", "DEVICE")
        put(pair, _damaged(stored(pair) or {})[way])
        refused = muster.refused("device", "show", "--sn", SN)
        advice = "For devices, their rows, groups and locations run `muster doctor registry`; put back anything else from a backup"
        assert refused == f"muster: {' / '.join(pair)} holds what cannot be read. {advice}\n"


class TestOrphans:
    def test_rows_of_a_device_that_is_not_there_are_left_to_people(self, muster: Console, yard: Yard) -> None:
        delete((f"DEVICE#{yard.gateway}", "DEVICE"))
        rows = sorted(yard.rows[name] for name in ("card", "copy", "status", "status copy"))
        (order,) = (row.order for row in Devices.of_organization(EVERYWHERE, yard.organization) if row.id == yard.gateway)
        listed = ("orphaned row", f"DIR#device#{yard.organization} / {order}", yard.gateway)
        before = {pair: stored(pair) for pair in rows}
        orphans = [*(("orphaned row", " / ".join(pair), yard.gateway) for pair in rows), listed]
        assert found(muster) == [*orphans, ("wrong count", f"LOCATION#{yard.location} / LOCATION", None)]
        assert _left(muster) == orphans
        assert {pair: stored(pair) for pair in rows} == before
        output = muster("doctor", "registry", "--repair")
        assert f"orphaned row: {listed[1]}: order={order} version=1 name=RAK7268V2-{SN} " in output.out
        assert "Put that item back from a backup" in output.out
        assert "--repair --orphans" in output.out
        assert _left(muster, "--orphans") == []
        assert [pair for pair in rows if stored(pair)] == []
        assert yard.gateway not in [row.id for row in Devices.of_organization(EVERYWHERE, yard.organization)]
        assert found(muster) == []

    def test_a_thing_in_a_group_is_an_orphan_with_or_without_its_card(self, muster: Console, yard: Yard) -> None:
        delete((f"DEVICE#{yard.sensor}", "DEVICE"))
        member = " / ".join(yard.rows["member"])
        assert ("orphaned row", member, yard.sensor) in _left(muster)
        delete(yard.rows["thing"])
        assert ("orphaned row", member, None) in _left(muster)
        assert _left(muster, "--orphans") == []
        assert stored(yard.rows["member"]) is None

    def test_they_are_left_while_a_device_is_unreadable(self, muster: Console, yard: Yard) -> None:
        """A thing in a group names no device: with its card missing, it could be the unreadable device's."""
        put((f"DEVICE#{yard.sensor}", "DEVICE"), {"body": {"S": "nonsense"}})
        delete(yard.rows["thing"])
        orphan = ("orphaned row", " / ".join(yard.rows["member"]), None)
        assert orphan in _left(muster, "--orphans")
        assert stored(yard.rows["member"]) is not None

    def test_a_row_with_the_name_of_a_device_that_is_there_is_none(self, muster: Console, yard: Yard) -> None:
        """Even when the row is missing that says which device has the name."""
        extra = ("GROUP#elsewhere#THINGS", TUID)
        put(extra, {})
        delete(yard.rows["thing"])
        kinds = {key: kind for kind, key, _ in found(muster)}
        assert kinds == {" / ".join(extra): "row too many", " / ".join(yard.rows["thing"]): "missing row"}
        assert sorted(repaired(muster)) == ["deleted", "written"]

    def test_a_device_that_is_put_back_has_its_rows(self, muster: Console, yard: Yard) -> None:
        pair, before = (f"DEVICE#{yard.gateway}", "DEVICE"), everything("FleetTable")
        device = stored(pair) or {}
        delete(pair)
        assert _left(muster) != []
        put(pair, device)
        assert repaired(muster) == ["corrected"]
        assert sorted(map(str, everything("FleetTable"))) == sorted(map(str, before))

    def test_a_stray_row_in_a_directory_does_not_hinder_the_counting(self, muster: Console, yard: Yard) -> None:
        count, before = (f"GROUP#{yard.group}", "GROUP"), stored((f"GROUP#{yard.group}", "GROUP")) or {}
        (row, *_) = Devices.of_organization(EVERYWHERE, yard.organization)
        stray = row._replace(order=f"{1:016}#{STRAY}")
        transact(device_row.THERE.put_writes(EVERYWHERE, yard.organization, stray))
        put(count, {**before, "devices": {"N": "5"}})
        orphan = ("orphaned row", f"DIR#device#{yard.organization} / {stray.order}", STRAY)
        assert found(muster) == [orphan, ("wrong count", " / ".join(count), None)]
        assert _left(muster) == [orphan]
        assert stored(count) == before
        assert _left(muster, "--orphans") == []
        assert STRAY not in [each.id for each in Devices.of_organization(EVERYWHERE, yard.organization)]

    def test_they_are_only_deleted_by_a_repair(self, muster: Console, yard: Yard) -> None:
        assert muster.misused("doctor", "registry", "--orphans") == "muster: --orphans goes with --repair\n"


_FULL = Device(
    id="5f43a1c09d3e2b7f10000001",
    organization="5f43a1c09d3e2b7f10000002",
    kind="gateway",
    name="North gate",
    serial_number=SN,
    tuid=TUID,
    key="k" * 32,
    eui="60C5A8FFFE000001",
    mac="60C5A8000001",
    model="RAK7268V2",
    os="OpenWrt",
    firmware="2.2.20",
    management_address="192.0.2.1",
    device_class="gateway",
    parent="5f43a1c09d3e2b7f10000003",
    ancestors=("5f43a1c09d3e2b7f10000003",),
    group="5f43a1c09d3e2b7f10000004",
    place="5f43a1c09d3e2b7f10000005",
    tags=(Tag(key="floor", value="1"),),
    attributes=(Attribute(name="flow", data_type="number"),),
    notes="Behind the door",
    created=NOW,
    modified=NOW,
    deleted=NOW,
    restored=NOW,
    purging=NOW,
    wisdm=WisdmDevice(location="5f43a1c09d3e2b7f10000005"),
    thingsee=ThingseeDevice(),
    wegnology=WegnologyDevice(),
)


class TestKindsOfRows:
    def test_every_row_of_a_device_is_of_a_known_kind(self) -> None:
        """The doctor scans for rows, and compares them, by these kinds: it would be blind to another."""
        empty = [name for name, value in _FULL if value in (None, "", (), {})]
        assert empty == [], "give the device of this test these fields, so that it has all rows that a device can have"
        used = set[projections.Projection]()
        for device in (_FULL, _FULL.changed(deleted=None)):
            for pair, row in projections.rows(EVERYWHERE, device).items():
                kind = projections.projection(pair)
                assert kind, f"{pair}: add the kind of this row to PROJECTIONS in fleet/registry/projections.py"
                unknown = row.attributes.keys() - set(kind.attributes)
                assert not unknown, f"{pair}: add {unknown} to the attributes of its kind in PROJECTIONS in fleet/registry/projections.py"
                used.add(kind)
        assert used == set(projections.PROJECTIONS), "drop from PROJECTIONS what no device has"
