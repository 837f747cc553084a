"""Paths as API Gateway hands them over.

It allows one name for the variable at each place of all paths, so a route's variables may have other names in an event.
It does not decode paths: `path`, `pathParameters` and the `path` of the request's context are as the client sent them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NO_TEXT = "\udc25"
"""A lone surrogate in place of a broken escape, as `surrogateescape` puts one in place of a byte that is not UTF-8."""
_VARIABLE = re.compile(r"\{([^}+]+)\+?\}")


def shape_of(resource: str) -> str:
    """A path without the names of its variables: two paths of one shape are the same to API Gateway."""
    return _VARIABLE.sub("{}", resource)


def variables_of(resource: str) -> list[str]:
    """The names of a path's variables in their order."""
    return _VARIABLE.findall(resource)


def decoded(value: str) -> str:
    """A path's value, percent-decoded once: `%2F` is a slash within the value, and `+` is a plus.

    What is not UTF-8, and a `%` without two hex digits after it, becomes a lone surrogate, so that the value is not taken for
    another (`is_text`).
    """
    return unquote(_BROKEN.sub(_NO_TEXT, value), errors="surrogateescape") if "%" in value else value


def is_text(value: str) -> bool:
    """Whether a decoded value was percent-encoded text in UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def called(event: Mapping[str, Any]) -> str:
    """The path that was called, percent-encoded, without what a stage or a domain puts before the paths of the API."""
    path: str = event["requestContext"]["resourcePath"]
    for name, value in (event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}+}}", value).replace(f"{{{name}}}", value)
    return path


def empty_variables(resource: str, path: str) -> list[str]:
    """The variables of a resource that are empty in a path (`/a//c` of `/a/{b}/c`); none where the path is another's or has all values."""
    own, sent = resource.split("/"), path.removesuffix("/").split("/")
    if len(own) != len(sent) or any(part != text and not _VARIABLE.fullmatch(part) for part, text in zip(own, sent, strict=True)):
        return []
    return [_VARIABLE.sub(r"\1", part) for part, text in zip(own, sent, strict=True) if part and not text]


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
