"""A patch is applied to devices that others change, and systems move without a circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.edits.apply import apply
from fleet.edits.hierarchies import Hierarchies
from fleet.edits.operations import Operation, SetField, SetTag
from fleet.edits.outcome import Outcome
from fleet.edits.patch import Patch
from fleet.edits.patch_devices import above, check_named, moved, patching, settle
from fleet.errors import Invalid, TooMany
from fleet.lifecycle import retire
from fleet.registry import edit_device
from fleet.registry.device import Device, Tag
from fleet.registry.devices import Devices
from tests.harness.fleet import Fleet
from tests.harness.interference import before_first_request
from tests.unit.bulk.devices import LATER, NOW, ORGANIZATION, create, id_of, sent, stored, tags

SITE, HALL, YARD, PUMP, GATE = range(11, 16)


@pytest.fixture(autouse=True)
def _fleet(fleet: Fleet) -> None:
    """An AWS in memory."""


def patch(numbers: list[int], *operations: Operation, reach: Reach = EVERYWHERE, **lists: Any) -> list[Outcome]:
    change = patching(ORGANIZATION, Patch(operations=operations, **lists), LATER)
    return list(apply(reach, [id_of(number) for number in numbers], change).values())


def put_below(number: int, parent: int | None) -> list[Outcome]:
    return patch([number], SetField(field="parent", value=None if parent is None else id_of(parent)))


def create_tree() -> None:
    """A hall and a yard on a site, and a pump in the hall that is a system with a device in it."""
    for number, parent in [(SITE, None), (HALL, SITE), (YARD, SITE), (PUMP, HALL)]:
        create([number], device_class="system")
        if parent is not None:
            put_below(number, parent)
    create([1])
    put_below(1, PUMP)


def ancestors(number: int) -> list[int]:
    """The numbers of the systems that a device has above it."""
    numbers = {id_of(number): number for number in range(100)}
    return [numbers[id] for id in stored(number)[0].ancestors]


def rows() -> list[Device]:
    """The devices of the organization that are there."""
    return [fetch(EVERYWHERE, Devices.by_id(listed.id)) for listed in Devices.of_organization(EVERYWHERE, ORGANIZATION)]


def test_devices_get_what_the_patch_says_and_their_date() -> None:
    create(range(3))
    assert [each.state for each in patch([0, 1, 2], SetField(field="name", value="Pump 1"))] == ["updated", "skipped", "updated"]
    assert [(one.name, one.version, one.modified) for one in stored(0, 1)] == [("Pump 1", 2, LATER), ("Pump 1", 1, NOW)]


def test_those_that_are_deleted_or_another_applications_are_passed_over() -> None:
    create([1, 2])
    create([3], organization="5f43a1c09d3e2b7f10000009")
    retire.retire(EVERYWHERE, id_of(2), NOW)
    assert [each.id for each in patch([1, 2, 3, 99], SetField(field="name", value="x"))] == [id_of(1)]
    assert [one.name for one in stored(2, 3)] == ["Pump 2", "Pump 3"]


def test_two_patches_at_once_both_count() -> None:
    create(range(3))
    other = Patch(tags=tags("row 1"))
    with before_first_request("TransactWriteItems", lambda: apply(EVERYWHERE, [id_of(1), id_of(2)], patching(ORGANIZATION, other, LATER))):
        patch([0, 1, 2], SetTag(tag=Tag(key="hall", value="north")))
    assert [one.tags for one in stored(0, 1, 2)] == [tags("hall north"), tags("row 1", "hall north"), tags("row 1", "hall north")]


class TestNamedDevices:
    """The parent and the gateway that a patch names."""

    @pytest.mark.parametrize("field", ["parent", "gateway"])
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda: None,
            lambda: create([20]),
            lambda: create([20], device_class="system", organization="5f43a1c09d3e2b7f10000009"),
            lambda: create([20], kind="gateway", organization="5f43a1c09d3e2b7f10000009"),
            lambda: create([20], device_class="system", deleted=NOW),
            lambda: create([20], device_class="gateway", deleted=NOW),
        ],
    )
    def test_one_that_is_not_there_or_of_another_class_is_invalid(self, field: Any, spoil: Callable[[], object]) -> None:
        spoil()
        with pytest.raises(Invalid) as invalid:
            check_named(EVERYWHERE, ORGANIZATION, Patch(operations=(SetField(field=field, value=id_of(20)),)))
        assert [problem.place for problem in invalid.value.details] == [(f"{field}Id",)]

    @pytest.mark.parametrize(("field", "device_class"), [("parent", "system"), ("gateway", "gateway"), ("gateway", "edgeCompute")])
    def test_one_that_may_be_it_is_known(self, field: Any, device_class: str) -> None:
        create([20], device_class=device_class)
        around = check_named(EVERYWHERE, ORGANIZATION, Patch(operations=(SetField(field=field, value=id_of(20)),)))
        assert getattr(around, field) == stored(20)[0]

    @pytest.mark.parametrize(("field", "device_class"), [("parent", "system"), ("gateway", "gateway")])
    def test_nothing_goes_to_one_of_another_application(self, field: Any, device_class: str) -> None:
        create([20], device_class=device_class, organization="5f43a1c09d3e2b7f10000009")
        create([1])
        assert [each.state for each in patch([1], SetField(field=field, value=id_of(20)))] == ["failed"]

    @pytest.mark.parametrize(("field", "device_class"), [("parent", "system"), ("gateway", "gateway")])
    def test_one_that_is_deleted_meanwhile_fails_the_devices(self, field: Any, device_class: str) -> None:
        create([20], device_class=device_class)
        create([1, 2])
        with before_first_request("TransactWriteItems", lambda: retire.retire(EVERYWHERE, id_of(20), NOW)):
            outcomes = patch([1, 2], SetField(field=field, value=id_of(20)))
        assert [(each.state, each.reason) for each in outcomes] == [("failed", f"The {field} is not there any more")] * 2
        assert [one.version for one in stored(1, 2)] == [1, 1]


class TestMoves:
    """Systems go below others, and what is below them with them."""

    def test_what_is_below_follows(self) -> None:
        create_tree()
        outcomes = put_below(HALL, YARD)
        assert moved(outcomes)
        assert ancestors(HALL) == [SITE, YARD]
        rounds: list[int] = []
        assert settle(EVERYWHERE, lambda: rounds.append(1) or rows()) == 2  # type: ignore[func-returns-value]
        assert len(rounds) == 2, "one that finds them, and one that finds no more"
        assert (ancestors(PUMP), ancestors(1)) == ([SITE, YARD, HALL], [SITE, YARD, HALL, PUMP])
        assert stored(1)[0].modified == LATER
        assert settle(EVERYWHERE, rows) == 0

    def test_only_what_moves_a_system_changes_the_hierarchy(self) -> None:
        create_tree()
        before = fetch(EVERYWHERE, Hierarchies.version(ORGANIZATION))
        assert not moved([*put_below(1, YARD), *patch([HALL], SetField(field="name", value="Hall")), *put_below(HALL, SITE)])
        assert fetch(EVERYWHERE, Hierarchies.version(ORGANIZATION)) == before == 3
        put_below(HALL, None)
        assert fetch(EVERYWHERE, Hierarchies.version(ORGANIZATION)) == 4

    def test_what_is_below_keeps_its_date(self) -> None:
        create_tree()
        edit_device.edit(EVERYWHERE, id_of(1), lambda one: one.edited(NOW, notes="x"))
        put_below(HALL, None)
        settle(EVERYWHERE, rows)
        assert (ancestors(1), stored(1)[0].modified) == ([HALL, PUMP], NOW)

    def test_two_moves_at_once_do_not_make_a_circle(self) -> None:
        create_tree()
        with before_first_request("TransactWriteItems", lambda: put_below(YARD, HALL)):
            (outcome,) = put_below(HALL, YARD)
        assert (outcome.state, outcome.reason) == ("failed", "The parent is below the device")
        assert (ancestors(HALL), ancestors(YARD)) == ([SITE], [SITE, HALL])

    def test_nor_do_two_whose_devices_have_nothing_in_common(self) -> None:
        """The hall goes below a cellar in the yard, the yard below the pump in the hall: each writes and checks other devices."""
        create_tree()
        create([16], device_class="system")
        put_below(16, YARD)
        with before_first_request("TransactWriteItems", lambda: put_below(YARD, PUMP)):
            (outcome,) = put_below(HALL, 16)
        assert outcome.state == "failed"
        assert (ancestors(HALL), ancestors(YARD)) == ([SITE], [SITE, HALL, PUMP])

    def test_nor_does_one_amid_a_move_of_which_those_below_do_not_know(self) -> None:
        """The hall is below the yard already, the pump in it still believes to be below the site alone: the yard must not go there."""
        create_tree()
        put_below(HALL, YARD)
        assert ancestors(PUMP) == [SITE, HALL]
        (outcome,) = put_below(YARD, PUMP)
        assert outcome.state == "failed"
        create([16], device_class="system")
        put_below(16, PUMP)
        assert ancestors(16) == [SITE, YARD, HALL, PUMP]

    def test_one_that_comes_below_a_system_that_is_being_settled_is_settled_too(self) -> None:
        create_tree()
        put_below(HALL, YARD)
        create([2])
        with before_first_request("TransactWriteItems", lambda: put_below(2, PUMP)):
            settle(EVERYWHERE, rows)
        assert ancestors(2) == [SITE, YARD, HALL, PUMP]

    def test_settling_that_ended_half_way_is_finished_by_the_next(self) -> None:
        create_tree()
        put_below(HALL, YARD)

        class Died(Exception):
            pass

        def die() -> None:
            raise Died

        with pytest.raises(Died), before_first_request("TransactWriteItems", die, after=1):
            settle(EVERYWHERE, rows)
        assert (ancestors(PUMP), ancestors(1)) == ([SITE, YARD, HALL], [SITE, HALL, PUMP])
        assert settle(EVERYWHERE, rows) == 1
        assert ancestors(1) == [SITE, YARD, HALL, PUMP]

    def test_settling_ends_when_systems_never_cease_to_move(self) -> None:
        create_tree()
        stale = [one.changed(ancestors=("x",)) if one.parent else one for one in rows()]
        with pytest.raises(TooMany):
            settle(EVERYWHERE, lambda: stale)

    def test_many_are_settled_in_few_transactions(self) -> None:
        create_tree()
        create(range(20, 60), parent=id_of(PUMP), ancestors=(id_of(SITE), id_of(HALL), id_of(PUMP)))
        put_below(HALL, None)
        with sent() as transactions:
            settle(EVERYWHERE, rows)
        assert len(transactions) == 3
        assert {tuple(one.ancestors) for one in stored(*range(20, 60))} == {(id_of(HALL), id_of(PUMP))}

    def test_above_one_whose_parent_is_gone_for_good_is_what_it_says(self) -> None:
        (id,) = create([20], device_class="system", parent=id_of(98), ancestors=(id_of(97), id_of(98)))
        assert above(EVERYWHERE, stored(20)[0]) == (id_of(97), id_of(98), id)


def test_a_reach_that_does_not_cover_the_organization_sees_no_hierarchy() -> None:
    transact(Hierarchies.move_writes(EVERYWHERE, ORGANIZATION, 0))
    assert fetch(Reach.of(ORGANIZATION), Hierarchies.version(ORGANIZATION)) == 1
    with pytest.raises(Exception, match="not found"):
        fetch(Reach.of("another"), Hierarchies.version(ORGANIZATION))
    with pytest.raises(Exception, match="not found"):
        Hierarchies.move_writes(Reach.of("another"), ORGANIZATION, 1)
