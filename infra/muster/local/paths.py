"""Matches a path to a resource of a REST API, by API Gateway's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Match:
    """The matching resource, and its path values, percent-encoded as they were sent."""

    resource: str
    values: Mapping[str, str]


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    variables: dict[str, _Node] = field(default_factory=dict)
    resource: str | None = None


class Paths:
    """The resources of an API as a tree: at each level a literal wins over a variable, and `{name+}` matches the rest."""

    def __init__(self, resources: Sequence[str]) -> None:
        self._root = _Node()
        for resource in resources:
            node = self._root
            for segment in resource.strip("/").split("/"):
                kind = node.variables if segment.startswith("{") else node.literals
                node = kind.setdefault(segment.strip("{}"), _Node())
            node.resource = resource

    def match(self, path: str) -> Match | None:
        """The resource of a raw path, which is not decoded. One trailing slash makes no difference, nor do several at the beginning.

        `{name+}` has the empty segments within what it takes. A variable takes an empty one where nothing else matches.
        """
        segments = path.lstrip("/").removesuffix("/").split("/")
        found = (next(self._matches(self._root, segments, {}, takes_empty), None) for takes_empty in (False, True))
        return next((match for match in found if match), None)

    def _matches(self, node: _Node, segments: Sequence[str], values: Mapping[str, str], takes_empty: bool) -> Iterator[Match]:
        if not segments:
            if node.resource is not None:
                yield Match(node.resource, values)
            return
        first, *rest = segments
        if not first and not takes_empty:
            return
        if first in node.literals:
            yield from self._matches(node.literals[first], rest, values, takes_empty)
        for name, child in sorted(node.variables.items(), key=lambda named: named[0].endswith("+")):
            if not name.endswith("+"):
                yield from self._matches(child, rest, {**values, name: first}, takes_empty)
            elif first and child.resource is not None:
                yield Match(child.resource, {**values, name[:-1]: "/".join(segments)})
