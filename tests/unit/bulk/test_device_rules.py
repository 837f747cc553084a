"""What becomes of a device with a patch: updated, skipped or failed."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from fleet.edits.create_device import MOST_ANCESTORS, MOST_BYTES
from fleet.edits.device_rules import Surroundings, outcome, reasons, stored_size
from fleet.edits.operations import (
    AddAttribute,
    ComputeAttribute,
    DescribeAttribute,
    Operation,
    RemoveAttribute,
    RemoveTag,
    RenameAttribute,
    SetField,
    SetTag,
    TagAttribute,
)
from fleet.edits.outcome import Outcome
from fleet.edits.patch import Patch
from fleet.registry.device import Attribute, Device, Tag, WegnologyDevice
from tests.unit.bulk.devices import FLOW, HEAT, NOW, device, id_of, tags

LATER = NOW + timedelta(hours=1)
SITE, HALL, GATE = (
    device(11, device_class="system"),
    device(12, device_class="system", parent=id_of(11), ancestors=(id_of(11),)),
    device(13, device_class="gateway"),
)
ALONE = Surroundings()
BELOW_HALL = Surroundings(parent=HALL, above=(SITE.id, HALL.id))


def done(before: Device, *operations: Operation, around: Surroundings = ALONE, **lists: Any) -> Outcome:
    return outcome(before, Patch(operations=operations, **lists), around, LATER)


def fails(before: Device, *operations: Operation, around: Surroundings = ALONE, **lists: Any) -> str:
    """The reason for which it fails; nothing is to be stored."""
    failed = done(before, *operations, around=around, **lists)
    assert (failed.state, failed.after, failed.before) == ("failed", None, before)
    return failed.reason


def test_a_change_makes_the_next_version_with_its_date() -> None:
    assert done(device(version=3), SetField(field="name", value="Pump 8")) == Outcome(
        device(version=3), "updated", device(version=4, name="Pump 8", modified=LATER)
    )


@pytest.mark.parametrize("lists", [{}, {"tags": tags("hall north")}, {"attributes": (FLOW,)}], ids=["", "tags", "attributes"])
def test_a_device_that_stays_as_it_is_is_skipped(lists: dict[str, Any]) -> None:
    before = device(tags=tags("hall north"), attributes=(FLOW,))
    assert done(before, SetTag(tag=Tag(key="hall", value="north")), **lists) == Outcome(before, "skipped")


def test_operations_that_undo_each_other_skip_it() -> None:
    there_and_back = (RenameAttribute(name="flow", to="rate"), RenameAttribute(name="rate", to="flow"))
    assert done(device(attributes=(FLOW,)), *there_and_back).state == "skipped"


def test_operations_are_applied_in_order() -> None:
    operations = (AddAttribute(attribute=FLOW), RenameAttribute(name="flow", to="rate"), AddAttribute(attribute=FLOW))
    after = done(device(), *operations).after
    assert after is not None
    assert [each.name for each in after.attributes] == ["rate", "flow"]


def test_lists_take_the_place_of_all_entries() -> None:
    after = done(device(tags=tags("hall north"), attributes=(FLOW,)), tags=tags("row 1", "row 1"), attributes=()).after
    assert after is not None
    assert (after.tags, after.attributes) == (tags("row 1", "row 1"), ())


class TestClasses:
    @pytest.mark.parametrize(("before", "to"), [("system", "standalone"), ("standalone", "system"), (None, "system")])
    def test_to_or_from_system_fails(self, before: Any, to: str) -> None:
        assert "to or from system" in fails(device(device_class=before), SetField(field="device_class", value=to))

    def test_a_peripheral_needs_a_gateway(self) -> None:
        assert "needs a gateway" in fails(device(), SetField(field="device_class", value="peripheral"))

    def test_with_one_it_is_legal(self) -> None:
        given = (SetField(field="device_class", value="peripheral"), SetField(field="gateway", value=GATE.id))
        after = done(device(), *given, around=Surroundings(gateway=GATE)).after
        assert after is not None
        assert (after.device_class, after.wegnology) == ("peripheral", WegnologyDevice(gateway=GATE.id))

    def test_a_floating_device_has_none(self) -> None:
        reason = fails(device(kind="sensor"), SetField(field="gateway", value=GATE.id), around=Surroundings(gateway=GATE))
        assert "floating" in reason

    @pytest.mark.parametrize("gateway", [None, device(13), device(13, device_class="gateway", deleted=NOW), SITE])
    def test_what_is_no_gateway_any_more_speaks_for_nobody(self, gateway: Device | None) -> None:
        assert "is not there" in fails(device(), SetField(field="gateway", value=id_of(13)), around=Surroundings(gateway=gateway))

    def test_nor_does_a_gateway_for_itself(self) -> None:
        assert "own gateway" in fails(GATE, SetField(field="gateway", value=GATE.id), around=Surroundings(gateway=GATE))

    def test_the_class_of_a_gateway_of_another_api_may_change_as_its_kind_stays(self) -> None:
        after = done(device(kind="gateway"), SetField(field="device_class", value="edgeCompute")).after
        assert after is not None
        assert (after.kind, after.shown_class) == ("gateway", "edgeCompute")


class TestHierarchy:
    def test_below_a_system_it_has_all_that_are_above_that(self) -> None:
        after = done(device(), SetField(field="parent", value=HALL.id), around=BELOW_HALL).after
        assert after is not None
        assert (after.parent, after.ancestors) == (HALL.id, (SITE.id, HALL.id))

    def test_out_of_all_it_has_none(self) -> None:
        after = done(device(parent=HALL.id, ancestors=(SITE.id, HALL.id)), SetField(field="parent")).after
        assert after is not None
        assert (after.parent, after.ancestors) == (None, ())

    def test_it_is_not_below_itself(self) -> None:
        assert "own parent" in fails(HALL, SetField(field="parent", value=HALL.id), around=BELOW_HALL)

    def test_nor_below_what_is_below_it(self) -> None:
        assert "below the device" in fails(SITE, SetField(field="parent", value=HALL.id), around=BELOW_HALL)

    @pytest.mark.parametrize("parent", [None, device(12), device(12, device_class="system", deleted=NOW)])
    def test_nor_below_what_is_no_system_any_more(self, parent: Device | None) -> None:
        assert "is not there" in fails(device(), SetField(field="parent", value=id_of(12)), around=Surroundings(parent=parent))

    @pytest.mark.parametrize(
        ("above", "height", "state"), [(1000, 0, "updated"), (1001, 0, "failed"), (999, 1, "updated"), (999, 2, "failed")]
    )
    def test_at_most_1000_systems_are_above_a_device(self, above: int, height: int, state: str) -> None:
        ids = (*(id_of(100 + number) for number in range(above - 1)), HALL.id)
        around = Surroundings(parent=HALL, above=ids, heights={id_of(1): height})
        moved = done(device(device_class="system"), SetField(field="parent", value=HALL.id), around=around)
        assert moved.state == state
        assert moved.moved_system == (state == "updated")

    def test_only_systems_that_move_move_others(self) -> None:
        assert not done(device(), SetField(field="parent", value=HALL.id), around=BELOW_HALL).moved_system
        assert not done(HALL, SetField(field="name", value="Hall 2")).moved_system


class TestNumbers:
    def test_at_most_100_tags(self) -> None:
        before = device(tags=tags(*(f"key{number} a" for number in range(100))))
        assert "100 tags" in fails(before, SetTag(tag=Tag(key="hall", value="north")))
        assert done(before, RemoveTag(key="key1"), SetTag(tag=Tag(key="hall", value="north"))).state == "updated"

    def test_at_most_256_attributes(self) -> None:
        before = device(attributes=tuple(FLOW.changed(name=f"flow{number}") for number in range(256)))
        assert "256 attributes" in fails(before, AddAttribute(attribute=FLOW))
        assert done(before, RemoveAttribute(name="flow1"), AddAttribute(attribute=FLOW)).state == "updated"

    def test_names_of_attributes_are_unique(self) -> None:
        assert "unique" in fails(device(), attributes=(FLOW, FLOW.changed(description="Litres")))

    def test_at_most_350_kb_as_it_is_stored(self) -> None:
        texts = [DescribeAttribute(name=f"flow{number}", field="description", text="ä" * 16_000) for number in range(12)]
        before = device(attributes=tuple(FLOW.changed(name=f"flow{number}") for number in range(12)))
        assert "358,400 bytes" in fails(before, *texts)
        assert done(before, *texts[:-1]).state == "updated"

    def test_an_operation_that_must_not_be_applied_fails_it_whole(self) -> None:
        given = (SetField(field="name", value="Pump 8"), AddAttribute(attribute=FLOW.changed(data_type="string")))
        assert "of the type number" in fails(device(attributes=(FLOW,)), *given)


class TestStored:
    """What was stored under the names of attributes."""

    def test_of_one_that_is_removed_it_is_dropped(self) -> None:
        updated = done(device(attributes=(FLOW, HEAT)), RemoveAttribute(name="flow"))
        assert (updated.dropped, updated.renamed) == (("flow",), ())

    def test_of_one_whose_type_changes_it_is_dropped(self) -> None:
        updated = done(device(attributes=(FLOW, HEAT)), attributes=(FLOW.changed(data_type="string"), HEAT.changed(description="Kelvin")))
        assert (updated.dropped, updated.renamed) == (("flow",), ())

    def test_of_one_that_is_renamed_it_goes_with_it(self) -> None:
        given = (RenameAttribute(name="flow", to="rate"), AddAttribute(attribute=FLOW), RenameAttribute(name="rate", to="speed"))
        updated = done(device(attributes=(FLOW, HEAT)), *given)
        assert (updated.dropped, updated.renamed) == ((), (("flow", "speed"),))

    def test_two_swap_their_names(self) -> None:
        given = [RenameAttribute(name=name, to=to) for name, to in [("flow", "other"), ("heat", "flow"), ("other", "heat")]]
        updated = done(device(attributes=(FLOW, HEAT)), *given)
        assert (updated.dropped, sorted(updated.renamed)) == ((), [("flow", "heat"), ("heat", "flow")])

    def test_one_that_is_renamed_and_removed_is_dropped(self) -> None:
        updated = done(device(attributes=(FLOW, HEAT)), RenameAttribute(name="flow", to="rate"), RemoveAttribute(name="rate"))
        assert (updated.dropped, updated.renamed) == (("flow",), ())

    def test_one_that_is_removed_and_added_again_is_dropped(self) -> None:
        updated = done(device(attributes=(HEAT, FLOW)), RemoveAttribute(name="heat"), AddAttribute(attribute=HEAT))
        assert (updated.state, updated.dropped) == ("updated", ("heat",))

    def test_all_else_keeps_it(self) -> None:
        given = (
            TagAttribute(name="flow", tag=Tag(key="unit", value="l")),
            AddAttribute(attribute=Attribute(name="on", data_type="boolean")),
        )
        updated = done(device(attributes=(FLOW, HEAT)), *given)
        assert (updated.state, updated.dropped, updated.renamed) == ("updated", (), ())


def _random_operation(chance: random.Random) -> Operation:
    names = ("flow", "heat", "on", "rate")
    name, to, key = chance.choice(names), chance.choice(names), chance.choice(("hall", "row"))
    attribute = Attribute(name=to, data_type=chance.choice(("number", "string")))
    choices: list[Operation] = [
        SetField(field="device_class", value=chance.choice(("standalone", "peripheral", "floating", "system", "gateway"))),
        SetField(field="gateway", value=chance.choice((GATE.id, id_of(1)))),
        SetField(field="parent", value=chance.choice((HALL.id, id_of(1), None))),
        SetTag(tag=Tag(key=key, value=chance.choice("abc"))),
        RemoveTag(key=key),
        AddAttribute(attribute=attribute),
        ComputeAttribute(attribute=attribute.changed(system={"aggregation": "MEAN"})),
        RemoveAttribute(name=name),
        RenameAttribute(name=name, to=to),
        DescribeAttribute(name=name, field="description", text="ä" * chance.choice((0, 5, 32_000, 150_000))),
        TagAttribute(name=name, tag=Tag(key=key, value="a")),
    ]
    return chance.choice(choices)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_applied_in_a_row_no_illegal_device_is_stored(seed: int) -> None:
    """Each device that is stored is legal by itself, and names what is dropped and kept of its attributes exactly once."""
    chance, around = random.Random(seed), Surroundings(HALL, (SITE.id, HALL.id), GATE)
    now = device(device_class=chance.choice((None, "system", "gateway")))
    for _ in range(12):
        before = now
        patched = done(before, *(_random_operation(chance) for _ in range(chance.randint(1, 6))), around=around)
        now = patched.after or before
        assert list(reasons(now, now, around)) == []
        assert now == Device.model_validate_json(now.model_dump_json(exclude_none=True))
        assert (now.version, stored_size(now) <= MOST_BYTES) == (before.version + (patched.state == "updated"), True)
        if now.parent is not None:
            assert now.id not in now.ancestors
            assert now.ancestors[-1] == now.parent
            assert len(now.ancestors) <= MOST_ANCESTORS
        types = {each.name: each.data_type for each in before.attributes}
        known = {each.name: each.data_type for each in now.attributes}
        assert all(types[old] == known[new] for old, new in patched.renamed)
        assert not {old for old, _ in patched.renamed} & set(patched.dropped)
        kept = types.keys() - set(patched.dropped) - {old for old, _ in patched.renamed}
        assert all(known.get(name) == types[name] for name in kept)
