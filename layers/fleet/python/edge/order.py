"""The order in which an API checks a request. Each check refuses with an error of its own, so the order is what clients see."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum


class Step(Enum):
    """One check. A step for which a route has nothing to check does nothing."""

    NEGOTIATE = "negotiate"
    """Which media type the answer has."""
    CREDENTIAL = "credential"
    """Who calls. The stored objects that the route is about are read in the same request."""
    SCOPE = "scope"
    """Whether the caller may do this at all."""
    PARENT = "parent"
    """Whether the parent object exists, and whether the caller may act on it."""
    PATH_AND_QUERY = "path_and_query"
    """Whether path and query are valid; what is wrong with either is reported together."""
    BODY = "body"
    """Whether the body is valid."""
    OBJECT = "object"
    """Whether the object is there for a caller of this reach."""
    PERMIT = "permit"
    """Whether the caller may act on this very object."""


CheckOrder = Sequence[Step]
_IDENTITY = (Step.NEGOTIATE, Step.CREDENTIAL)
_INPUT = (Step.PATH_AND_QUERY, Step.BODY)
_OBJECT = (Step.OBJECT, Step.PERMIT)

INPUT_FIRST: CheckOrder = (*_IDENTITY, Step.SCOPE, *_INPUT, Step.PARENT, *_OBJECT)
"""Bad input is refused before the object is judged: a bad body for an unknown object is 400."""
OBJECT_FIRST: CheckOrder = (*_IDENTITY, Step.SCOPE, Step.PARENT, *_OBJECT, *_INPUT)
"""The object is judged before the input: a bad body for an unknown object is 404."""
PARENT_FIRST: CheckOrder = (*_IDENTITY, Step.PARENT, Step.SCOPE, *_OBJECT, *_INPUT)
"""As OBJECT_FIRST, but a missing parent is 404 even to a caller who may not do this: for routes below another object."""


_PAIRS = ((Step.CREDENTIAL, Step.SCOPE), (Step.CREDENTIAL, Step.PARENT), (Step.PARENT, Step.OBJECT), (Step.OBJECT, Step.PERMIT))


def check_order(order: CheckOrder) -> None:
    """TypeError unless the order has each step once, and who calls is known before anything is judged by it."""
    if sorted(step.value for step in order) != sorted(step.value for step in Step):
        raise TypeError(f"an order has each of these once: {', '.join(step.name for step in Step)}")
    places = {step: number for number, step in enumerate(order)}
    for before, after in _PAIRS:
        if places[before] > places[after]:
            raise TypeError(f"{before.name} must come before {after.name}")
