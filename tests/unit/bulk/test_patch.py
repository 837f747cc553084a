"""Patches as they are stored, and operations that must not be in one patch."""

from __future__ import annotations

import pytest

from fleet.edits.operations import (
    AddAttribute,
    DescribeAttribute,
    Operation,
    RemoveAttribute,
    RemoveTag,
    RenameAttribute,
    SetField,
    SetTag,
    TagAttribute,
    UntagAttribute,
)
from fleet.edits.patch import Patch, clashes
from fleet.registry.device import Tag
from tests.unit.bulk.devices import FLOW, id_of, tags

HALL = Tag(key="hall", value="north")


@pytest.mark.parametrize(
    "patch",
    [
        Patch(),
        Patch(tags=(), attributes=()),
        Patch(tags=tags("hall north"), attributes=(FLOW,), operations=(SetField(field="parent"), SetField(field="name", value="Pump"))),
    ],
    ids=str,
)
def test_a_patch_comes_back_as_it_was_stored(patch: Patch) -> None:
    assert Patch.model_validate_json(patch.model_dump_json(exclude_none=True)) == patch


def test_it_names_the_devices_that_it_needs() -> None:
    patch = Patch(operations=(SetField(field="gateway", value=id_of(3)), SetField(field="parent", value=id_of(4))))
    assert (patch.gateway, patch.parent, patch.moves) == (id_of(3), id_of(4), True)
    away, none = Patch(operations=(SetField(field="parent"),)), Patch(operations=(SetField(field="name", value="Pump"),))
    assert (away.gateway, away.parent, away.moves) == (None, None, True)
    assert (none.gateway, none.parent, none.moves) == (None, None, False)


@pytest.mark.parametrize(
    ("operations", "at"),
    [
        ((SetField(field="name", value="a"), SetField(field="name", value="b")), [1]),
        ((SetField(field="parent", value=id_of(1)), SetField(field="name", value="b"), SetField(field="parent")), [2]),
        ((SetField(field="notes", value="a"), SetField(field="notes", value="")), [1]),
        ((SetTag(tag=HALL), RemoveTag(key="hall")), [1]),
        ((RemoveTag(key="hall"), RemoveTag(key="hall"), SetTag(tag=HALL)), [1, 2]),
        ((RemoveAttribute(name="flow"), AddAttribute(attribute=FLOW)), [1]),
        ((RemoveAttribute(name="flow"), RemoveAttribute(name="flow")), [1]),
        ((RemoveAttribute(name="flow"), RenameAttribute(name="rate", to="flow")), [1]),
        ((RemoveAttribute(name="flow"), RenameAttribute(name="flow", to="rate")), [1]),
        ((RemoveAttribute(name="flow"), TagAttribute(name="flow", tag=HALL)), [1]),
        (
            (
                RemoveAttribute(name="flow"),
                UntagAttribute(name="flow", key="a"),
                DescribeAttribute(name="flow", field="description", text=""),
            ),
            [1, 2],
        ),
        ((SetTag(tag=HALL), SetTag(tag=Tag(key="Hall", value="a")), TagAttribute(name="flow", tag=HALL), RemoveTag(key="row")), []),
        ((AddAttribute(attribute=FLOW), DescribeAttribute(name="flow", field="description", text="a"), RemoveAttribute(name="flow")), []),
        ((TagAttribute(name="flow", tag=HALL), TagAttribute(name="flow", tag=HALL)), []),
    ],
)
def test_what_must_not_be_together(operations: tuple[Operation, ...], at: list[int]) -> None:
    assert [number for number, _ in clashes(operations)] == at
