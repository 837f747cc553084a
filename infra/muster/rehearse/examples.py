"""The requests to a route: its documented examples, and further calls from the test suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge.entry import Entry


def further(entry: Entry) -> Sequence[Mapping[str, Any]]:
    """Further calls that a route needs to use all of its grants: those of the test suite."""
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
