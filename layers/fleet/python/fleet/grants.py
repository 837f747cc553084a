"""What a callable needs: AWS actions on named resources, and third-party layers.

A store method states its own needs, a use case names the callables it uses, a route does the same; the union
is the route's policy. Resources carry the logical names of the templates, with a path behind a slash where
the action covers a part only (`FilesBucket/logs/*`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, order=True)
class Grant:
    """Leave to do one AWS action on one resource."""

    resource: str
    action: str


def needs(resource: str, *actions: str) -> Callable[[F], F]:
    """Say which AWS actions the decorated callable itself performs."""

    def mark(function: F) -> F:
        own: frozenset[Grant] = getattr(function, "__grants__", frozenset())
        function.__grants__ = own | {Grant(resource, action) for action in actions}  # type: ignore[attr-defined]
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
