"""`muster doctor registry` finds what differs from the devices, repairs it, and says so. What is right is written here by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.lifecycle import provision, retire
from fleet.registry import edit_device, manage_groups
from tests.harness.aws import item, partition
from tests.harness.fleet import Fleet
from tests.harness.interference import before_each_request, before_first_request
from tests.harness.thingsee_world import ThingseeWorld
from tests.operator.console import Console

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
SN, TUID = "918100A1B2C3D4E501", "TSPD04A1B2C3D4E5"
Stored = dict[str, Any]
_CANCELLED = "TransactionCanceledException"


@dataclass
class Yard:
    """A gateway in a location, a sensor in a group, a retired sensor, and a group whose name is no id in the Thingsee API."""

    organization: str
    location: str
    gateway: str
    group: str
    sensor: str
    hidden: str
    retired: str

    @property
    def rows(self) -> Mapping[str, tuple[str, str]]:
        """Each kind of row, by what it is for."""
        return {
            "card": (f"SN#{SN}", "CARD"),
            "copy": (f"LOCATION#{self.location}#GATEWAYS", SN),
            "thing": (f"TUID#{TUID}", "CARD"),
            "member": (f"GROUP#{self.group}#THINGS", TUID),
            "listing": (f"ORG#{self.organization}#DEVICES", self.sensor),
            "deleted": (f"ORG#{self.organization}#DELETED", self.retired),
        }


@pytest.fixture
def yard(fleet: Fleet) -> Yard:
    world = ThingseeWorld.of(fleet)
    organization, location = world.organization, fleet.location(world.organization)
    card = fleet.gateway(organization, location, fleet.hardware(sn=SN))
    fleet.online(card)
    fleet.report(card, "status", {"system": {"uptime": 1}})
    group = manage_groups.create(EVERYWHERE, organization.id, "prfi00yard", "")
    hidden = manage_groups.create_of_any_name(EVERYWHERE, organization.id, "Hall of the north", "")
    sensor, old = (provision.create_sensor(EVERYWHERE, organization.id, tuid, NOW) for tuid in (TUID, "TSPD04A1B2C3D4E6"))
    edit_device.move_to_group(EVERYWHERE, sensor.id, group, NOW)
    retire.retire(EVERYWHERE, old.id, NOW)
    return Yard(organization.id, location.id, card.id, group.id, sensor.id, hidden.id, old.id)


def stored(pair: tuple[str, str]) -> Stored | None:
    return item("FleetTable", *pair)


def put(pair: tuple[str, str], attributes: Mapping[str, Any]) -> None:
    clients.dynamodb().put_item(TableName="FleetTable", Item={**attributes, "pk": {"S": pair[0]}, "sk": {"S": pair[1]}})


def delete(pair: tuple[str, str]) -> None:
    clients.dynamodb().delete_item(TableName="FleetTable", Key={"pk": {"S": pair[0]}, "sk": {"S": pair[1]}})


def found(muster: Console) -> list[tuple[str, str, str | None]]:
    """Kind, key and device of what the doctor finds; it changes nothing."""
    output = muster("doctor", "registry", "--json")
    assert output.code == (1 if output.json["differences"] else 0)
    assert [each["done"] for each in output.json["differences"]] == [None] * len(output.json["differences"])
    return [(each["kind"], each["key"], each["device"]) for each in output.json["differences"]]


def repaired(muster: Console) -> list[str]:
    """What the doctor does; then there is nothing to find, and nothing more to do."""
    output = muster("doctor", "registry", "--repair", "--json")
    assert output.code == 0, output
    assert found(muster) == []
    assert muster("doctor", "registry", "--repair", "--json").json["differences"] == []
    return [each["done"] for each in output.json["differences"]]


class TestWhatIsThere:
    def test_a_healthy_table_has_no_differences(self, muster: Console, yard: Yard) -> None:
        output = muster("doctor", "registry")
        assert (output.code, output.out) == (0, "3 devices, 10 rows and 3 counts compared: 0 differences\n")

    def test_the_rows_are_these(self, yard: Yard) -> None:
        """Keys and contents, written by hand: a rule that is wrong would agree with itself."""
        card = json.loads((stored(yard.rows["card"]) or {})["body"]["S"])
        assert card == {
            "id": yard.gateway,
            "organization": yard.organization,
            "version": 1,
            "sn": SN,
            "location": yard.location,
            "name": f"RAK7268V2-{SN}",
            "eui": card["eui"],
            "mac": card["mac"],
            "model": "RAK7268V2",
            "firmware": "2.2.20",
            "channels": 8,
            "config_version": 1,
            "deleted": False,
        }
        assert (stored(yard.rows["copy"]) or {})["body"] == (stored(yard.rows["card"]) or {})["body"]
        thing = {"id": yard.sensor, "organization": yard.organization, "version": 2, "tuid": TUID, "kind": "sensor", "group": yard.group}
        assert json.loads((stored(yard.rows["thing"]) or {})["body"]["S"]) == {**thing, "status": "new", "deleted": False}
        assert stored(yard.rows["member"]) == {"pk": {"S": f"GROUP#{yard.group}#THINGS"}, "sk": {"S": TUID}}
        listings = partition("FleetTable", f"ORG#{yard.organization}#DEVICES")
        names = {each["sk"]["S"]: {name: value["S"] for name, value in each.items() if name not in ("pk", "sk")} for each in listings}
        assert names == {
            yard.gateway: {"name": f"RAK7268V2-{SN}", "kind": "gateway", "sn": SN},
            yard.sensor: {"name": TUID, "kind": "sensor", "tuid": TUID},
        }
        assert [each["sk"]["S"] for each in partition("FleetTable", f"ORG#{yard.organization}#DELETED")] == [yard.retired]
        assert partition("FleetTable", f"GROUP#unassigned-{yard.organization}#THINGS") == []
        assert (stored((f"LOCATION#{yard.location}", "LOCATION")) or {})["gateways"] == {"N": "1"}
        assert (stored((f"GROUP#{yard.group}", "GROUP")) or {})["devices"] == {"N": "1"}


class TestRows:
    @pytest.mark.parametrize("name", ["card", "copy", "thing", "member", "listing", "deleted"])
    def test_a_missing_one_is_found_and_written(self, muster: Console, yard: Yard, name: str) -> None:
        pair = yard.rows[name]
        before = stored(pair)
        delete(pair)
        owner = {"card": yard.gateway, "copy": yard.gateway, "deleted": yard.retired}.get(name, yard.sensor)
        assert found(muster) == [("missing row", " / ".join(pair), owner)]
        assert repaired(muster) == ["written"]
        assert stored(pair) == before, "with what the gateway reported, where it is a gateway's"

    @pytest.mark.parametrize(("name", "field"), [("card", "body"), ("copy", "version"), ("thing", "org"), ("listing", "name")])
    def test_a_wrong_one_is_found_and_written(self, muster: Console, yard: Yard, name: str, field: str) -> None:
        pair = yard.rows[name]
        before = stored(pair) or {}
        put(pair, {**before, field: {"N": "9"} if field == "version" else {"S": "wrong"}})
        assert [(kind, key) for kind, key, _ in found(muster)] == [("wrong row", " / ".join(pair))]
        assert repaired(muster) == ["written"]
        assert stored(pair) == before

    def test_a_name_that_a_row_should_not_have_goes(self, muster: Console, yard: Yard) -> None:
        before = stored(yard.rows["card"]) or {}
        put(yard.rows["card"], {**before, "tuid": {"S": "TSGW02A1B2C3"}})
        assert repaired(muster) == ["written"]
        assert stored(yard.rows["card"]) == before

    def test_one_too_many_is_found_and_deleted(self, muster: Console, yard: Yard, fleet: Fleet) -> None:
        card, status = stored(yard.rows["copy"]) or {}, stored((yard.rows["copy"][0], f"{SN}#STATUS")) or {}
        elsewhere = "LOCATION#elsewhere#GATEWAYS"
        extra = {
            (elsewhere, SN): card,
            (elsewhere, f"{SN}#STATUS"): status,
            ("SN#GW999999", "STATUS"): status,
            ("GROUP#elsewhere#THINGS", TUID): {},
            (f"GROUP#unassigned-{yard.organization}#THINGS", "TSPD04A1B2C3D4E6"): {},
            ("TUID#TSPD0000000001", "CARD"): stored(yard.rows["thing"]) or {},
            (f"ORG#{yard.organization}#DEVICES", yard.retired): {"name": {"S": "x"}, "kind": {"S": "sensor"}},
            (f"ORG#{yard.organization}#DELETED", "no-device"): {"name": {"S": "x"}, "kind": {"S": "sensor"}},
            ("UNIQUE#DEVICE-KEY#abc", "UNIQUE"): {"id": {"S": yard.sensor}},
        }
        for pair, attributes in extra.items():
            put(pair, attributes)
        assert found(muster) == [("row too many", " / ".join(pair), None) for pair in sorted(extra)]
        assert repaired(muster) == ["deleted"] * len(extra)
        assert [pair for pair in extra if stored(pair)] == []

    def test_one_that_two_devices_have_is_left_to_people(self, muster: Console, yard: Yard) -> None:
        second = json.loads((stored((f"DEVICE#{yard.retired}", "DEVICE")) or {})["body"]["S"]) | {"tuid": TUID}
        put(
            (f"DEVICE#{yard.retired}", "DEVICE"),
            {**(stored((f"DEVICE#{yard.retired}", "DEVICE")) or {}), "body": {"S": json.dumps(second)}},
        )
        output = muster("doctor", "registry", "--repair")
        assert output.code == 1
        assert f"row of two devices: TUID#{TUID} / CARD" in output.out
        assert all(id in output.out for id in (yard.sensor, yard.retired))
        assert "not repaired" in output.out


class TestCounts:
    @pytest.mark.parametrize("change", [1, -1])
    def test_a_wrong_one_is_found_and_corrected(self, muster: Console, yard: Yard, change: int) -> None:
        pairs = {(f"GROUP#{yard.group}", "GROUP"): "devices", (f"LOCATION#{yard.location}", "LOCATION"): "gateways"}
        for pair, attribute in pairs.items():
            put(pair, {**(stored(pair) or {}), attribute: {"N": str(1 + change)}})
        assert found(muster) == [("wrong count", " / ".join(pair), None) for pair in sorted(pairs)]
        assert repaired(muster) == ["corrected", "corrected"]
        for pair, attribute in pairs.items():
            assert (stored(pair) or {})[attribute] == {"N": "1"}

    def test_devices_in_a_group_that_is_gone_are_left_to_people(self, muster: Console, yard: Yard) -> None:
        delete((f"GROUP#{yard.group}", "GROUP"))
        output = muster("doctor", "registry", "--repair")
        assert output.code == 1
        assert f"missing owner of a count: GROUP#{yard.group} / GROUP: nothing is stored, should be 1" in output.out

    def test_a_set_of_names_that_are_not_shown_is_compared(self, muster: Console, yard: Yard) -> None:
        pair = (f"ORG#{yard.organization}", "UNSHOWN")
        put(pair, {**(stored(pair) or {}), "ids": {"SS": [yard.group, "gone"]}})
        assert sorted(kind for kind, _, _ in found(muster)) == ["missing row", "row too many", "row too many"]
        assert repaired(muster) == ["corrected"] * 3
        assert (stored(pair) or {})["ids"] == {"SS": [yard.hidden]}


class TestAmidOthers:
    @pytest.mark.parametrize("change", ["rename", "retire", "move"])
    def test_a_device_that_changes_after_the_scan_differs_in_nothing(self, muster: Console, yard: Yard, change: str) -> None:
        """The rows were as before when the scan read them, and are as after when they are looked at again."""
        pair = yard.rows["listing"]
        before = stored(pair) or {}
        put(pair, {**before, "name": {"S": "later"}})

        def others() -> None:
            put(pair, before)
            self._changes(yard)[change]()

        with before_first_request("TransactGetItems", others):
            assert found(muster) == []

    @pytest.mark.parametrize("change", ["rename", "retire", "move"])
    def test_a_repair_holds_for_the_version_that_was_looked_at(self, muster: Console, yard: Yard, change: str) -> None:
        delete(yard.rows["member"])
        with before_first_request("TransactWriteItems", self._changes(yard)[change]):
            assert muster("doctor", "registry", "--repair").code in (0, 1)
        repaired(muster)

    def test_a_count_is_compared_when_the_devices_hold_still(self, muster: Console, yard: Yard) -> None:
        pair = (f"GROUP#{yard.group}", "GROUP")
        put(pair, {**(stored(pair) or {}), "devices": {"N": "5"}})
        with before_first_request("BatchGetItem", self._changes(yard)["retire"], after=2):
            output = muster("doctor", "registry", "--repair", "--json")
        assert [(each["stored"], each["expected"], each["done"]) for each in output.json["differences"]] == [(4, 0, "corrected")]
        assert (stored(pair) or {})["devices"] == {"N": "0"}

    @pytest.mark.parametrize(("times", "code"), [(1, 0), (7, 0), (8, 1)])
    def test_a_row_that_a_transaction_writes_is_read_again(self, muster: Console, yard: Yard, times: int, code: int) -> None:
        """DynamoDB cancels the reading then, and clients do not repeat it."""
        delete(yard.rows["member"])
        clashes = iter(range(times))

        def clash() -> None:
            if next(clashes, None) is not None:
                details: Any = {"Error": {"Code": _CANCELLED}, "CancellationReasons": [{"Code": "TransactionConflict"}]}
                raise clients.dynamodb().exceptions.TransactionCanceledException(details, "TransactGetItems")

        with before_each_request("TransactGetItems", clash):
            output = muster("doctor", "registry", "--repair")
        assert output.code == code
        assert output.err == ("" if code == 0 else "muster: The table is being changed too much at once: run the command again\n")

    def test_a_number_whose_devices_do_not_hold_still_is_not_judged(self, muster: Console, yard: Yard) -> None:
        pair, changes, reads = (f"GROUP#{yard.group}", "GROUP"), self._changes(yard), count()
        put(pair, {**(stored(pair) or {}), "devices": {"N": "5"}})
        with before_each_request("BatchGetItem", self._renaming(yard, reads)):
            output = muster("doctor", "registry", "--repair")
        assert output.code == 1
        assert f"unsettled count: GROUP#{yard.group} / GROUP: 5 is stored, should be 1: not repaired" in output.out
        changes["rename"]()
        assert repaired(muster) == ["corrected"]

    @staticmethod
    def _renaming(yard: Yard, numbers: Iterator[int]) -> Callable[[], None]:
        """Gives the sensor another name before each request, but for those that this makes itself."""
        acting: list[bool] = []

        def act() -> None:
            if not acting:
                acting.append(True)
                edit_device.rename(EVERYWHERE, yard.sensor, f"Name {next(numbers)}", NOW)
                acting.clear()

        return act

    @staticmethod
    def _changes(yard: Yard) -> Mapping[str, Callable[[], object]]:
        other = manage_groups.create(EVERYWHERE, yard.organization, "prfi00other", "")
        return {
            "rename": lambda: edit_device.rename(EVERYWHERE, yard.sensor, "North wall", NOW),
            "retire": lambda: retire.retire(EVERYWHERE, yard.sensor, NOW),
            "move": lambda: edit_device.move_to_group(EVERYWHERE, yard.sensor, other, NOW),
        }
