"""Pages of a location's gateways: a walk by serial number, not by offset (contract, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from fleet.errors import Invalid, Problem
from fleet.keyed import make_token, read_token
from fleet.model.location import Location
from wisdm.shapes.fields import Number, WisdmShape

DEFAULT_SIZE = 100


class PageQuery(WisdmShape):
    page_size: Annotated[Number | None, Field(ge=1, le=1000)] = None
    next_token: str | None = None


@dataclass(frozen=True)
class Page:
    """One page: its size, the serial number it comes after, and how many pages there are by now."""

    size: int
    after: str | None
    total: int
    bound_to: str

    @classmethod
    def of(cls, query: PageQuery, route: str, location: Location, entries: int) -> Self:
        """The page that a query asks for, of so many entries. Invalid for a token that is not for it, or a size other than its token's."""
        bound_to = f"{route}/{location.organization}/{location.id}"
        size, after = query.page_size or DEFAULT_SIZE, None
        if query.next_token is not None:
            content = read_token(bound_to, query.next_token)
            size, after = content["size"], content["after"]
            if query.page_size not in (None, size):
                raise Invalid(Problem("pageSize", "must be the size of the page that the token came with"))
        return cls(size, after, -(-entries // size), bound_to)

    def next(self, after: str) -> str:
        """The token of the page behind this serial number."""
        return make_token(self.bound_to, {"size": self.size, "after": after})
