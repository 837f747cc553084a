"""A patch: the one change that is made to many devices (wegnology.md 7). It can be stored as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    UntagAttribute,
)
from fleet.registry.device import Attribute, Device, Tag
from fleet.values import Value


@dataclass(frozen=True)
class Patched:
    """A device with a patch applied, in the same version, and what became of its attributes.

    `dropped` are the names of those that are gone, or that are of another type now: what was stored under them counts no more.
    `renamed` has the former and the new name of those that are the same under another name. All pairs are of one moment: of two
    attributes that swap their names, there are two.
    """

    device: Device
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


class Patch(Value):
    """Operations in their order, and lists that take the place of all tags or attributes; None: they stay."""

    operations: tuple[Operation, ...] = ()
    tags: tuple[Tag, ...] | None = None
    attributes: tuple[Attribute, ...] | None = None

    @property
    def parent(self) -> str | None:
        """The system below which devices go, None: they go below no other."""
        return self._named("parent")

    @property
    def moves(self) -> bool:
        """Whether devices go below a system, or out of one."""
        return any(isinstance(each, SetField) and each.field == "parent" for each in self.operations)

    @property
    def reshapes(self) -> bool:
        """Whether attributes may be dropped or renamed."""
        return self.attributes is not None or any(isinstance(each, RemoveAttribute | RenameAttribute) for each in self.operations)

    @property
    def gateway(self) -> str | None:
        """The device that is to speak for them; None: it stays who it is."""
        return self._named("gateway")

    def apply(self, device: Device) -> Patched:
        """The device with the patch applied. Illegal where an operation must not be applied to it."""
        lists = {name: value for name in ("tags", "attributes") if (value := getattr(self, name)) is not None}
        after = device.changed(**lists) if lists else device
        was = {one.name: one.name for one in device.attributes}
        for operation in self.operations:
            before, after = after, operation.apply(after)
            if isinstance(operation, RenameAttribute) and after is not before and operation.name in was:
                was[operation.to] = was.pop(operation.name)
            elif isinstance(operation, RemoveAttribute):
                was.pop(operation.name, None)
        return Patched(after, *_attributes(device, after, was))

    def _named(self, field: str) -> str | None:
        values = [each.value for each in self.operations if isinstance(each, SetField) and each.field == field]
        return next((value for value in values if isinstance(value, str)), None)


def _attributes(before: Device, after: Device, was: dict[str, str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The names that are dropped and the pairs of those that are renamed. `was`: what an attribute of today's name was called before."""
    types = {one.name: one.data_type for one in before.attributes}
    same = {was[one.name]: one.name for one in after.attributes if one.name in was and types[was[one.name]] == one.data_type}
    return tuple(name for name in types if name not in same), tuple((old, new) for old, new in same.items() if old != new)


def clashes(operations: Sequence[Operation]) -> Iterator[tuple[int, str]]:
    """The operations that must not be together with one before them: their number from 0, and why.

    A field is set or removed once, a tag of a key too, and an attribute that has been removed is named no more.
    """
    seen: Counter[tuple[str, str]] = Counter()
    removed: set[str] = set()
    for number, operation in enumerate(operations):
        for target in _targets(operation):
            seen[target] += 1
            if seen[target] > 1:
                yield number, f"only one operation may be about the same {target[0]}"
        names = set(attribute_names(operation))
        if names & removed:
            yield number, "no operation may name an attribute that one before it has removed"
        removed |= names if isinstance(operation, RemoveAttribute) else set()


def _targets(operation: Operation) -> Iterator[tuple[str, str]]:
    match operation:
        case SetField():
            yield "field", operation.field
        case SetTag():
            yield "tag", operation.tag.key
        case RemoveTag():
            yield "tag", operation.key


def attribute_names(operation: Operation) -> Iterator[str]:
    """The attributes that an operation is about."""
    match operation:
        case AddAttribute() | ComputeAttribute():
            yield operation.attribute.name
        case RenameAttribute():
            yield from (operation.name, operation.to)
        case RemoveAttribute() | DescribeAttribute() | TagAttribute() | UntagAttribute():
            yield operation.name
