"""What a good call of a route sends: the documented examples, with times that fit the world in which it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from edge.route import Entry
from wisdm.shapes.fields import shown


def further(entry: Entry) -> Sequence[Mapping[str, Any]]:
    """Calls beside the good one that a route needs to make use of everything it may do: those that the tests make."""
    from tests.suite.dialect import profile

    return profile(entry.route.dialect).further.get(entry.route.name, ())


def example(entry: Entry, part: str) -> dict[str, Any] | None:
    """The documented example of a route's body or query."""
    shape = entry.route.shapes.get(part)
    if shape is None:
        return None
    examples = shape.model_json_schema().get("examples") or [{}]
    found: dict[str, Any] = examples[0]
    return found


def query(entry: Entry, now: datetime) -> dict[str, str] | None:
    """The documented example, save that it asks for the days around `now`."""
    today = {"startDate": shown(now - timedelta(days=1)), "endDate": shown(now + timedelta(days=1))}
    given = example(entry, "query") or {}
    return {name: today.get(name, str(value)) for name, value in given.items()} or None
