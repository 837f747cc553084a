"""`muster doctor registry` finds what differs from the devices, repairs it, and says so. What is right is written here by hand."""

from __future__ import annotations

import json

import pytest

from tests.harness.aws import partition
from tests.harness.fleet import Fleet
from tests.operator.console import Console
from tests.operator.yard import SN, TUID, Yard, delete, found, put, repaired, stored


class TestWhatIsThere:
    def test_a_healthy_table_has_no_differences(self, muster: Console, yard: Yard) -> None:
        output = muster("doctor", "registry")
        assert (output.code, output.out) == (0, "3 devices, 8 rows and 3 counts compared: 0 differences\n")

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
        assert listed("device", yard) == {yard.gateway: [f"RAK7268V2-{SN}", SN, None], yard.sensor: [TUID, None, TUID], yard.retired: None}
        assert listed("deleted-device", yard) == {yard.retired: ["TSPD04A1B2C3D4E6", None, "TSPD04A1B2C3D4E6"]}
        assert partition("FleetTable", f"GROUP#unassigned-{yard.organization}#THINGS") == []
        assert (stored((f"LOCATION#{yard.location}", "LOCATION")) or {})["gateways"] == {"N": "1"}
        assert (stored((f"GROUP#{yard.group}", "GROUP")) or {})["devices"] == {"N": "1"}


def listed(kind: str, yard: Yard) -> dict[str, list[str | None] | None]:
    """Name, serial number and TUID by id in a directory that was never folded; None: the device has left it."""
    names = dict[str, list[str | None] | None]()
    for item in partition("FleetTable", f"DIR#{kind}#{yard.organization}"):
        values = json.loads(item["row"]["S"]) if "row" in item else None
        assert item["sk"]["S"].startswith("R#")
        names[item["sk"]["S"].rpartition("#")[2]] = values and [values[2], *values[11:13]]
    return names


class TestRows:
    @pytest.mark.parametrize("name", ["card", "copy", "status", "status copy", "thing", "member"])
    def test_a_missing_one_is_found_and_written(self, muster: Console, yard: Yard, name: str) -> None:
        pair = yard.rows[name]
        before = stored(pair)
        delete(pair)
        gateways = dict.fromkeys(("card", "copy", "status", "status copy"), yard.gateway)
        owner = gateways.get(name, yard.sensor)
        assert found(muster) == [("missing row", " / ".join(pair), owner)]
        assert repaired(muster) == ["written"]
        assert stored(pair) == before, "with what the gateway reported, where it is a gateway's"

    @pytest.mark.parametrize(("name", "field"), [("card", "body"), ("copy", "version"), ("thing", "org")])
    def test_a_wrong_one_is_found_and_written(self, muster: Console, yard: Yard, name: str, field: str) -> None:
        pair = yard.rows[name]
        before = stored(pair) or {}
        put(pair, {**before, field: {"N": "9"} if field == "version" else {"S": "wrong"}})
        assert [(kind, key) for kind, key, _ in found(muster)] == [("wrong row", " / ".join(pair))]
        assert repaired(muster) == ["written"]
        assert stored(pair) == before

    @pytest.mark.parametrize(
        ("name", "kinds"), [("card", {"hello"}), ("copy", {"hello"}), ("status", {"status"}), ("status copy", {"status"})]
    )
    def test_reports_of_another_device_go(self, muster: Console, yard: Yard, name: str, kinds: set[str]) -> None:
        pair = yard.rows[name]
        before = stored(pair) or {}
        assert kinds <= before.keys()
        put(pair, {**before, "device": {"S": yard.sensor}})
        assert found(muster) == [("wrong row", " / ".join(pair), yard.gateway)]
        assert repaired(muster) == ["written"]
        assert stored(pair) == {name: value for name, value in before.items() if name not in kinds}

    def test_a_name_that_a_row_should_not_have_goes(self, muster: Console, yard: Yard) -> None:
        before = stored(yard.rows["card"]) or {}
        put(yard.rows["card"], {**before, "id": {"S": "TSGW02A1B2C3"}})
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
