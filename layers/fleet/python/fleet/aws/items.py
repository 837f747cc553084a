"""Entities as items of the fleet table: the entity as JSON in `body`, and beside it the few attributes that conditions and reads need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from fleet.access import Reach
from fleet.aws.reads import Read, item, item_or_none, unchecked_item
from fleet.aws.table import Item, Key
from fleet.aws.writes import Write, unchanged
from fleet.values import Value

E = TypeVar("E", bound=Value)


class Items(Generic[E]):
    """The items of one kind of entity. `kind` is what NotFound calls it.

    An item has `org` and `version` where the entity has them (`organization`, `version`), and each field of `beside` as an
    attribute of its own in place of a member of `body`: for what updates change without the rest.

    Whoever reads an entity that has an organization needs a reach that covers it, else NotFound is raised; whoever writes it, one
    that changes it, else NotFound or NotAllowed. Both before anything is asked of DynamoDB.
    """

    def __init__(self, model: type[E], kind: str, beside: Sequence[str] = ()) -> None:
        self._model, self._kind, self._beside = model, kind, frozenset(beside)

    def one(self, pair: Key) -> Read[E]:
        """The entity of a key. NotFound when nothing is stored, or the reach does not cover its organization."""
        return item(pair, self._kind).map(self.parse)

    def one_or_none(self, pair: Key) -> Read[E | None]:
        """The entity of a key, or None where nothing is stored. NotFound when the reach does not cover its organization."""
        return item_or_none(pair, self._kind).map(self._parse_any)

    def unchecked(self, pair: Key) -> Read[E | None]:
        """The entity of a key or None, whoever asks."""
        return unchecked_item(pair).map(self._parse_any)

    def create(self, reach: Reach, pair: Key, entity: E, *, named: str | None = None, more: Mapping[str, Any] | None = None) -> Write:
        """The write of a new entity, with `more` attributes than its own."""
        return self.replace(reach, pair, entity, 0, named=named, more=more)

    def replace(
        self, reach: Reach, pair: Key, entity: E, version: int, *, named: str | None = None, more: Mapping[str, Any] | None = None
    ) -> Write:
        """The write of an entity in place of this version of it; version 0: it is new."""
        return Write.put(pair, {**self.attributes(reach, entity), **(more or {})}, named=named, **unchanged(version))

    def put(self, reach: Reach, pair: Key, entity: E, *, more: Mapping[str, Any] | None = None) -> Write:
        """The write of an entity, whatever is stored there."""
        return Write.put(pair, {**self.attributes(reach, entity), **(more or {})}, None)

    def parse(self, stored: Item) -> E:
        """The entity of an item. The error of one that is not valid has a note with its key."""
        try:
            entity = self._model.model_validate_json(stored["body"]["S"])
        except (KeyError, ValueError) as error:
            error.add_note(" / ".join(stored[name]["S"] for name in ("pk", "sk")))
            raise
        beside = {name: _value(stored[name]) for name in self._beside if name in stored}
        return entity.changed(**beside) if beside else entity

    def attributes(self, reach: Reach, entity: E) -> dict[str, Any]:
        """The attributes of an entity's item. NotFound or NotAllowed when the entity has an organization that the reach does not change."""
        if (organization := getattr(entity, "organization", None)) is not None:
            reach.demand_change(organization, self._kind)
        attributes = {"body": {"S": entity.model_dump_json(exclude=set(self._beside), exclude_none=True)}}
        for name, field in (("org", "organization"), ("version", "version"), *((name, name) for name in self._beside)):
            value = getattr(entity, field, None)
            if value is not None:
                attributes[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
        return attributes

    def _parse_any(self, stored: Item | None) -> E | None:
        return None if stored is None else self.parse(stored)


def _value(attribute: Any) -> int | str:
    text: str = attribute.get("S", "")
    return int(attribute["N"]) if "N" in attribute else text
