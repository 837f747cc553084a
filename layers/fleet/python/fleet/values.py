"""What stored things are made of: values, entities, and pages of lists of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A part of an entity. Values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def changed(self, **fields: Any) -> Self:
        """The same with other fields, validated again; values in it are shared."""
        return self.model_validate(dict(self) | fields)


class Versioned(Value):
    """A thing with an id. A change makes the next version."""

    id: str
    version: int = 1

    def next(self, **fields: Any) -> Self:
        """The next version, with these fields changed."""
        return self.changed(**fields, version=self.version + 1)


class Entity(Versioned):
    """A thing in an organization."""

    organization: str


E = TypeVar("E", covariant=True)


@dataclass(frozen=True)
class Page(Generic[E]):
    """A page of a list, and the cursor of the next one: opaque to whoever gets it, None on the last page."""

    entities: Sequence[E]
    next: str | None

    @classmethod
    def cut(cls, entities: Iterable[E], limit: int | None, cursor: Callable[[E], str]) -> Page[E]:
        """The first `limit` entities, or all of them. One more says that there is another page, behind the `cursor` of the last one."""
        if limit is None:
            return cls(list(entities), None)
        read = list(itertools.islice(entities, limit + 1))
        return cls(read[:limit], cursor(read[limit - 1]) if len(read) > limit else None)
