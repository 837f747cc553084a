"""Many devices are changed in few transactions, each as it was decided for its version."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.aws import clients, table
from fleet.aws.writes import NEW, Refused, Write, write_alone
from fleet.edits.apply import advance, apply, each, weight
from fleet.edits.outcome import Outcome
from fleet.errors import TooMany
from fleet.lifecycle import retire
from fleet.registry import edit_device, groups, manage_groups
from fleet.registry.device import Device
from tests.harness.fleet import Fleet
from tests.harness.interference import before_first_request, others_faster, refused_transactions
from tests.harness.thingsee_world import ThingseeWorld
from tests.unit.bulk.devices import LATER, create, device, id_of, marking, sent, stored

OWNER = device().organization


@pytest.fixture(autouse=True)
def _fleet(fleet: Fleet) -> None:
    """An AWS in memory."""


def test_what_becomes_of_each_is_told_and_only_what_is_updated_is_stored() -> None:
    ids = create(range(4))

    def decide(device: Device) -> Outcome | None:
        match device.name:
            case "Pump 0":
                return Outcome(device, "skipped")
            case "Pump 1":
                return Outcome(device, "failed", reason="It is wet")
            case "Pump 2":
                return None
        return marking(device)

    outcomes = apply(EVERYWHERE, [*ids, id_of(99)], each(decide))
    assert {id: each.state for id, each in outcomes.items()} == {ids[0]: "skipped", ids[1]: "failed", ids[3]: "updated"}
    assert [(one.version, one.notes) for one in stored(0, 1, 2, 3)] == [(1, ""), (1, ""), (1, ""), (2, "!")]


def test_one_that_is_named_twice_is_changed_once() -> None:
    ids = create([1])
    apply(EVERYWHERE, ids * 3, each(marking))
    assert stored(1)[0].notes == "!"


def test_those_of_others_are_passed_over() -> None:
    ids = create([1])
    assert apply(Reach.of("another"), ids, each(marking)) == {}
    assert stored(1)[0].version == 1


class TestLimits:
    """Of a transaction: 100 actions, 4 MB, and one write for an item."""

    def test_twenty_plain_devices_and_more_are_changed_at_once(self) -> None:
        ids = create(range(24))
        with sent() as transactions:
            apply(EVERYWHERE, ids, each(marking))
        assert len(transactions) == 1

    def test_devices_with_many_rows_take_several(self) -> None:
        """Each gets a secret key and becomes a thing in a group: five rows and more."""
        yard = manage_groups.create_of_any_name(EVERYWHERE, OWNER, "Yard", "")
        ids = create(range(40))

        def decide(device: Device) -> Outcome:
            names: Any = {"tuid": f"TUID{device.id[-4:].upper()}", "key": f"key of {device.id}", "kind": "sensor", "group": yard.id}
            return Outcome(device, "updated", device.edited(LATER, name="Sensor", **names))

        with sent() as transactions:
            outcomes = apply(EVERYWHERE, ids, each(decide))
        assert (max(map(len, transactions)), len(transactions)) <= (98, 4)
        assert list(outcomes) == ids
        assert [(one.version, one.group) for one in stored(*range(40))] == [(2, yard.id)] * 40

    def test_large_devices_take_several(self) -> None:
        ids = create(range(13), notes="x" * 340_000)
        with sent() as transactions:
            apply(EVERYWHERE, ids, each(marking))
        assert max(sum(map(_bytes, writes)) for writes in transactions) <= 3_500_000
        assert [one.version for one in stored(*range(13))] == [2] * 13
        assert len(transactions) == 2

    def test_what_counts_several_of_them_is_written_once(self) -> None:
        yard = manage_groups.create_of_any_name(EVERYWHERE, OWNER, "Yard", "")
        ids = create(range(3), group=yard.id)
        with sent() as transactions:
            apply(EVERYWHERE, ids, each(lambda one: Outcome(one, "updated", one.edited(LATER, deleted=LATER))))
        assert len(transactions) == 1
        item = clients.dynamodb().get_item(TableName=table.table(), Key=table.key(groups.key(yard.id)))["Item"]
        assert item["devices"] == {"N": "0"}

    def test_where_two_write_the_same_item_otherwise_each_has_a_transaction(self) -> None:
        ids = create(range(3))
        same = Write.put(("EXAMPLE", "ROW"), {}, None)
        with sent() as transactions:
            apply(EVERYWHERE, ids, each(lambda one: replace(marking(one), writes=(same,))))
        assert len(transactions) == 3

    def test_what_a_caller_adds_counts(self) -> None:
        ids = create(range(30))

        def more(outcomes: Sequence[Outcome]) -> list[Write]:
            return [Write.put(("EXAMPLE", f"{number}"), {}, None) for number in range(90)]

        with sent() as transactions:
            done = advance(EVERYWHERE, ids, each(marking), more)
        assert (len(transactions[0]), [one.id for one in done.outcomes]) == (98, ids[:4])
        assert done.ids == ids[:4]

    def test_an_item_counts_with_its_names_and_in_utf_8(self) -> None:
        text = Write.put(("EXAMPLE", "ROW"), {"body": {"S": "ä" * 1000}}, None)
        assert 2000 + len("pkEXAMPLEskROWbody") <= weight(text) <= 2100


class TestAmidOthers:
    """Devices are changed by others between reading and writing."""

    def test_they_are_decided_anew_and_nothing_is_lost(self) -> None:
        ids = create(range(4))
        with before_first_request("TransactWriteItems", lambda: edit_device.rename(EVERYWHERE, ids[2], "Valve", LATER)):
            outcomes = apply(EVERYWHERE, ids, each(marking))
        assert [(one.name, one.notes, one.version) for one in stored(0, 2)] == [("Pump 0", "!", 2), ("Valve", "!", 3)]
        assert outcomes[ids[2]].before.name == "Valve"

    def test_one_that_is_deleted_meanwhile_is_passed_over(self) -> None:
        ids = create(range(3))
        gone = each(lambda one: None if one.deleted else marking(one))
        with before_first_request("TransactWriteItems", lambda: retire.retire(EVERYWHERE, ids[1], LATER)):
            assert list(apply(EVERYWHERE, ids, gone)) == [ids[0], ids[2]]
        assert [one.notes for one in stored(0, 1, 2)] == ["!", "", "!"]

    def test_when_it_does_not_end_the_rest_is_left(self) -> None:
        ids = create(range(40))
        numbers = itertools.count()
        last = ids[-1]
        with others_faster(lambda: edit_device.rename(EVERYWHERE, last, f"Pump {next(numbers)}", LATER)), pytest.raises(TooMany):
            apply(EVERYWHERE, ids, each(marking))
        assert [one.notes for one in stored(0, 31, 32, 39)] == ["!", "!", "", ""]

    def test_a_transaction_that_is_cancelled_by_another_is_sent_again(self) -> None:
        ids = create(range(3))
        with refused_transactions("TransactionConflict", ids[1], times=2):
            apply(EVERYWHERE, ids, each(marking))
        assert [one.notes for one in stored(0, 1, 2)] == ["!"] * 3


class TestMore:
    """What a caller puts into each transaction, such as the cursor of a job."""

    @staticmethod
    def cursor(outcomes: Sequence[Outcome]) -> list[Write]:
        return [Write.put(("JOB#1", "CURSOR"), {"after": {"S": outcomes[-1].id}}, NEW)]

    def test_it_is_in_the_transaction(self) -> None:
        ids = create(range(2))
        advance(EVERYWHERE, ids, each(marking), self.cursor)
        item = clients.dynamodb().get_item(TableName=table.table(), Key=table.key(("JOB#1", "CURSOR")))["Item"]
        assert item["after"] == {"S": ids[1]}

    def test_it_is_so_where_nothing_is_updated(self) -> None:
        ids = create(range(2))
        with sent() as transactions:
            done = advance(EVERYWHERE, ids, each(lambda one: Outcome(one, "skipped")), self.cursor)
        assert ([len(writes) for writes in transactions], [one.state for one in done.outcomes]) == ([1], ["skipped", "skipped"])

    def test_where_its_condition_fails_nothing_is_changed_and_it_is_not_tried_again(self) -> None:
        ids = create(range(2))
        write_alone(Write.put(("JOB#1", "CURSOR"), {}, None))
        with sent() as transactions, pytest.raises(Refused) as refused:
            advance(EVERYWHERE, ids, each(marking), self.cursor)
        assert (set(refused.value.failed), len(transactions)) == ({"job-taken"}, 1)
        assert [one.version for one in stored(0, 1)] == [1, 1]

    def test_it_is_asked_anew_when_what_becomes_of_devices_is_another(self) -> None:
        ids = create(range(2))
        seen: list[list[str]] = []

        def more(outcomes: Sequence[Outcome]) -> list[Write]:
            seen.append([one.state for one in outcomes])
            return []

        def decide(one: Device) -> Outcome:
            return Outcome(one, "failed") if one.name == "Valve" else marking(one)

        with before_first_request("TransactWriteItems", lambda: edit_device.rename(EVERYWHERE, ids[1], "Valve", LATER)):
            advance(EVERYWHERE, ids, each(decide), more)
        assert seen == [["updated", "updated"], ["updated", "failed"]]


def test_the_last_of_the_ids_may_be_those_of_nobody() -> None:
    done = advance(EVERYWHERE, [id_of(98), id_of(99)], each(marking))
    assert (done.ids, done.outcomes) == ([id_of(98), id_of(99)], [])


def test_alerts_of_things_end_in_the_transaction_that_deletes_them(thingsee_world: ThingseeWorld) -> None:
    """`writes` of an outcome: what changes with a device."""
    thing = thingsee_world.sensor(status="uninstalled")
    id = thingsee_world.thing(thing).id
    noted = Write.put(("EXAMPLE", id), {}, NEW)
    apply(EVERYWHERE, [id], each(lambda one: Outcome(one, "updated", one.edited(LATER, deleted=LATER), writes=(noted,))))
    with pytest.raises(Refused):
        write_alone(noted)


def _bytes(write: Any) -> int:
    return len(json.dumps(write["Put"]["Item"])) if "Put" in write else 0
