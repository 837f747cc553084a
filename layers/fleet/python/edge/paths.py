"""Paths whose variables have another name at API Gateway, which allows one name at each place of all paths."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_VARIABLE = re.compile(r"\{([^}+]+)\+?\}")


def shape_of(resource: str) -> str:
    """A path without the names of its variables: two paths of one shape are the same to API Gateway."""
    return _VARIABLE.sub("{}", resource)


def variables_of(resource: str) -> list[str]:
    """The names of a path's variables in their order."""
    return _VARIABLE.findall(resource)


def renamed(event: Mapping[str, Any], resources: Sequence[str]) -> Mapping[str, Any]:
    """The event with the path and the variables called as the route calls them."""
    deployed = event["requestContext"]["resourcePath"]
    if deployed in resources:
        return event
    own = next((each for each in resources if shape_of(each) == shape_of(deployed)), None)
    if own is None:
        return event
    values = event.get("pathParameters") or {}
    names = zip(variables_of(own), variables_of(deployed), strict=True)
    return {
        **event,
        "resource": own,
        "pathParameters": {name: values[other] for name, other in names},
        "requestContext": {**event["requestContext"], "resourcePath": own},
    }
