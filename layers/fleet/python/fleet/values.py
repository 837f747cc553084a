"""What every stored thing has."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A part of an entity. Values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def changed(self, **fields: Any) -> Self:
        """The same with other fields, validated again."""
        return self.model_validate(self.model_dump() | fields)


class Entity(Value):
    """A thing with an id in an organization. A change makes the next version."""

    id: str
    organization: str
    version: int = 1

    def next(self, **fields: Any) -> Self:
        """The next version, with these fields changed."""
        return self.changed(**fields, version=self.version + 1)
