"""What a callable needs: AWS actions on named resources, and third-party layers.

A store method states its own needs, a use case names the callables it uses, a route does the same; the union
is the route's policy. Resources carry the logical names of the templates, with a path behind a slash where
the action covers a part only (`FilesBucket/logs/*`). Of a table, a grant covers the rows whose partition key is like a
pattern (`LOGS#*`), as IAM's `StringLike` compares: `*` stands for any text, `?` for one character.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
ANY = "*"
"""Stands in a key for every value that is there, so that the functions that make keys make the patterns of grants too."""


@dataclass(frozen=True, order=True)
class Grant:
    """Leave to do one AWS action on one resource; of a table, on the rows whose partition key is like the pattern `keys`."""

    resource: str
    action: str
    keys: str = ""


def needs(resource: str, *actions: str, keys: str | Sequence[str | tuple[str, str]] = "") -> Callable[[F], F]:
    """Say which AWS actions the decorated callable itself performs.

    `keys`, for a table: a pattern of partition keys, or several. A pair is a key, whose first part is the partition key.
    """
    patterns = [keys] if isinstance(keys, str) else [key if isinstance(key, str) else key[0] for key in keys]

    def mark(function: F) -> F:
        own: frozenset[Grant] = getattr(function, "__grants__", frozenset())
        more = {Grant(resource, action, pattern) for action in actions for pattern in patterns}
        function.__grants__ = own | more  # type: ignore[attr-defined]
        return function

    return mark


def uses(*callables: Callable[..., Any]) -> Callable[[F], F]:
    """Say which other callables the decorated one calls."""

    def mark(function: F) -> F:
        function.__uses__ = (*getattr(function, "__uses__", ()), *callables)  # type: ignore[attr-defined]
        return function

    return mark


def imports(layer: str) -> Callable[[F], F]:
    """Say that the decorated callable imports the packages of this third-party layer when it is called."""

    def mark(function: F) -> F:
        own: frozenset[str] = getattr(function, "__layers__", frozenset())
        function.__layers__ = own | {layer}  # type: ignore[attr-defined]
        return function

    return mark


def closure(callables: Iterable[Callable[..., Any]]) -> Iterator[Callable[..., Any]]:
    """The callables and all that they use, each once."""
    seen: set[int] = set()
    todo = list(callables)
    while todo:
        function = todo.pop()
        if id(function) not in seen:
            seen.add(id(function))
            todo.extend(getattr(function, "__uses__", ()))
            yield function


def grants_of(callables: Iterable[Callable[..., Any]]) -> frozenset[Grant]:
    """All that these callables may do to AWS."""
    return frozenset(grant for function in closure(callables) for grant in getattr(function, "__grants__", ()))


def layers_of(callables: Iterable[Callable[..., Any]]) -> frozenset[str]:
    """The third-party layers that these callables reach."""
    return frozenset(layer for function in closure(callables) for layer in getattr(function, "__layers__", ()))
