"""Pages of a location's gateways: continued after a serial number, not at an offset (wisdm.md 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from fleet.access import Reach
from fleet.aws.reads import Read, both, of_reach
from fleet.aws.tokens import make_paging_token, read_paging_token
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from wisdm.shapes.fields import Number, WisdmQuery
from wisdm.shapes.paths import LocationPath

DEFAULT_SIZE = 100


class PageQuery(WisdmQuery):
    page_size: Annotated[Number | None, Field(ge=1, le=1000)] = None
    next_token: str | None = None

    def start(self, bound_to: str) -> tuple[int, str | None]:
        """The size of the page, and the serial number after which it begins. Invalid: a token of another list or another page size."""
        if self.next_token is None:
            return self.page_size or DEFAULT_SIZE, None
        content = read_paging_token(bound_to, self.next_token)
        if self.page_size not in (None, content["size"]):
            raise Invalid(Problem(("pageSize",), "must be the size of the page that the token came with"))
        return content["size"], content["after"]


@dataclass(frozen=True)
class PageRequest:
    """Which page of a location's list: its size, and the serial number that it comes after. Its place is the location's."""

    location: Location
    size: int
    after: str | None
    bound_to: str

    @property
    def place(self) -> str | None:
        return self.location.id

    def total(self, entries: int) -> int:
        """The number of pages that this many entries need."""
        return -(-entries // self.size)

    def next(self, after: str) -> str:
        """The token of the page that begins after this serial number."""
        return make_paging_token(self.bound_to, {"size": self.size, "after": after})


def page_of(route: str) -> Callable[[LocationPath, PageQuery], Read[PageRequest]]:
    """The loader of a route that lists a location's gateways in pages.

    A token is bound to the route, the caller's organization and the location. Checking it needs nothing that is stored,
    so an invalid one is refused before the location is checked (wisdm.md 2.2).
    """

    @uses(Locations.by_id)
    def page(path: LocationPath, query: PageQuery) -> Read[PageRequest]:
        def begin(reach: Reach) -> tuple[int, str | None, str]:
            bound_to = f"{route}/{reach.only}/{path.location_id}"
            return *query.start(bound_to), bound_to

        return both(of_reach(begin), Locations.by_id(path.location_id)).map(lambda parts: PageRequest(parts[1], *parts[0]))

    return page
