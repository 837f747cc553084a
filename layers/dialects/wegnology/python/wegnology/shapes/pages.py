"""What all lists with pages show around their entries (wegnology.md 5.1). How many a page has at most is in `device_query.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fleet.query.selection import Query
from wegnology.shapes.device_out import Link
from wegnology.shapes.device_query import PageQuery
from wegnology.shapes.fields import WegnologyShape, link


class PageLinks(WegnologyShape):
    application: Link
    self: Link


def around(application: str, query: PageQuery, field: str, items: Sequence[Any], total: int, links: bool) -> dict[str, Any]:
    """The members of a page that every list has, by attribute."""
    members: dict[str, Any] = {
        "items": items,
        "count": len(items),
        "total_count": total,
        "per_page": query.per_page,
        "page": query.page,
        "sort_field": field,
        "sort_direction": query.sort_direction,
        "application_id": application,
    }
    if isinstance(query.query, Query):
        members["query"] = query.query.document
    if links:
        members["links"] = PageLinks(application=Link(**link(application)), self=Link(**link(application, "devices")))
    return members
