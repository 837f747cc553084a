"""Queries of lists of devices: which, in which order, which page (wegnology.md 1.1, 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from fleet.query.listing import Listing
from fleet.query.parse import parse_text
from fleet.query.selection import Query, Selection
from fleet.query.sort import SortField
from fleet.times import unix_ms
from wegnology.shapes.fields import QueryInteger, WegnologyQuery

MOST_PER_PAGE = 1000


def _parsed(given: Any) -> Query:
    """Invalid of the core, with all that is wrong within the query, when it is none."""
    if not isinstance(given, str):
        raise PydanticCustomError("string_type", "must be a string")
    return parse_text(given)


DeviceQuery = Annotated[Query, PlainValidator(_parsed), WithJsonSchema({"type": "string", "contentMediaType": "application/json"})]
"""An advanced query as the text of a JSON object."""
Direction = Annotated[
    Literal["asc", "desc"],
    BeforeValidator(lambda given: given.lower() if isinstance(given, str) else given),
    WithJsonSchema({"type": "string", "pattern": "^([Aa][Ss][Cc]|[Dd][Ee][Ss][Cc])$"}),
]
"""A direction in any letter case; it comes out in lower case."""
PerPage = Annotated[QueryInteger, Field(ge=1), AfterValidator(lambda size: min(size, MOST_PER_PAGE))]


class SelectQuery(WegnologyQuery):
    """The query of every route that is about the devices that an advanced query means."""

    query: Annotated[DeviceQuery, Field(default=None)]

    @property
    def selection(self) -> Selection | None:
        """The devices that are meant; None: all."""
        return self.query if self.query and self.query.document else None


class PageQuery(SelectQuery):
    """The query of a list with pages. Each such query has a `sort_field` of its own."""

    sort_direction: Annotated[Direction, Field(default="asc")]
    page: Annotated[QueryInteger, Field(default=0, ge=0)]
    per_page: Annotated[PerPage, Field(default=100)]

    def listing_by(self, field: SortField, within: frozenset[str] | None) -> Listing:
        """What is asked of the list, by somebody who may see these devices (None: all)."""
        return Listing(self.selection, field, self.sort_direction == "desc", self.page, self.per_page, within)


def instant(given: int, now: datetime) -> int:
    """A time of a query in Unix ms: 0 is now, and a negative one is relative to now."""
    return given if given > 0 else unix_ms(now) + given
