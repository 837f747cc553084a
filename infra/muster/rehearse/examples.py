"""What calls of a route send: its documented examples, and what the suite knows of further calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge.entry import Entry


def further(entry: Entry) -> Sequence[Mapping[str, Any]]:
    """Calls beside the good one that a route needs to make use of everything it may do: those that the suite makes."""
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
