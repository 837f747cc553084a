"""`muster doctor registry` while others change what it compares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.lifecycle import retire
from fleet.registry import edit_device, manage_groups
from tests.harness.interference import before_each_request, before_first_request
from tests.operator.console import Console
from tests.operator.yard import NOW, Yard, delete, found, put, repaired, stored

_CANCELLED = "TransactionCanceledException"


class TestAmidOthers:
    @pytest.mark.parametrize("change", ["rename", "retire", "move"])
    def test_a_device_that_changes_after_the_scan_differs_in_nothing(self, muster: Console, yard: Yard, change: str) -> None:
        """The rows were as before when the scan read them, and are as after when they are looked at again."""
        pair = yard.rows["thing"]
        before = stored(pair) or {}
        put(pair, {**before, "body": {"S": "later"}})

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

    def test_rows_of_a_device_that_is_put_back_meanwhile_are_not_deleted(self, muster: Console, yard: Yard) -> None:
        pair, names = (f"DEVICE#{yard.sensor}", "DEVICE"), ("thing", "member")
        device, rows = stored(pair) or {}, {name: stored(yard.rows[name]) for name in names}
        delete(pair)
        with before_first_request("TransactWriteItems", lambda: put(pair, device)):
            output = muster("doctor", "registry", "--repair", "--orphans", "--json")
        assert [each["done"] for each in output.json["differences"] if each["done"]] == []
        assert {name: stored(yard.rows[name]) for name in names} == rows
        assert found(muster) == []

    def test_a_count_is_compared_when_the_devices_hold_still(self, muster: Console, yard: Yard) -> None:
        pair = (f"GROUP#{yard.group}", "GROUP")
        put(pair, {**(stored(pair) or {}), "devices": {"N": "5"}})
        with before_first_request("BatchGetItem", self._changes(yard)["retire"], after=2):
            output = muster("doctor", "registry", "--repair", "--json")
        assert [(each["stored"], each["expected"], each["done"]) for each in output.json["differences"]] == [(4, 0, "corrected")]
        assert (stored(pair) or {})["devices"] == {"N": "0"}

    @pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
    @pytest.mark.parametrize(("times", "code"), [(1, 0), (7, 0), (8, 1)])
    def test_a_row_that_is_written_or_throttled_is_read_again(
        self, muster: Console, yard: Yard, times: int, code: int, reason: str
    ) -> None:
        """DynamoDB cancels the reading then, and clients do not repeat it."""
        delete(yard.rows["member"])
        clashes = iter(range(times))

        def clash() -> None:
            if next(clashes, None) is not None:
                details: Any = {"Error": {"Code": _CANCELLED}, "CancellationReasons": [{"Code": reason}]}
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
