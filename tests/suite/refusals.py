"""Bad requests, and whether an API answers them as its profile says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from edge.entry import Entry
from tests.harness.call import Response
from tests.suite.dialect import Arguments, Profile, Refusal
from tests.suite.outcomes import lacking, shown

Calling = Callable[..., tuple[Response, bool]]
"""Calls a route with these changes of its valid call; returns the response, and whether anything was stored or sent."""
_BODIES: tuple[tuple[Refusal, bytes], ...] = (
    ("no body", b""),
    ("no JSON", b"{"),
    ("no JSON", b'{"a":NaN}'),
    ("no JSON", b"\xff"),
    ("wrong body", b"[]"),
    ("wrong body", b"null"),
    ("wrong body", b'"text"'),
    ("empty object", b"{}"),
)


def bad_bodies(entry: Entry, good: Any) -> Iterator[tuple[Refusal, Arguments]]:
    """Changes of a route's valid call, whose body is `good`, that make it bad, each with the kind of its fault."""
    for kind, body in _BODIES:
        yield kind, {"body": body}
    yield "duplicate member", {"body": twice(good)}
    yield "too large", {"body": b'{"name":"' + b"x" * entry.route.max_body + b'"}'}
    yield "media type", {"headers": {"Content-Type": "text/plain"}}


def twice(good: Any) -> bytes:
    """A body as JSON in which the first member comes twice, with the same value."""
    match good:
        case [first, *others]:
            return b"[" + b",".join([twice(first), *(json.dumps(each).encode() for each in others)]) + b"]"
        case dict() if good:
            name = next(iter(good))
            return json.dumps({name: good[name]}).encode()[:-1] + b"," + json.dumps(good).encode()[1:]
        case _:
            return b'{"a":1,"a":2}'


def check_bodies(profile: Profile, entry: Entry, good: Any, calling: Calling) -> None:
    """AssertionError unless each bad body is refused as the profile says, or accepted where it says so."""
    for kind, changed in bad_bodies(entry, good):
        check(profile, entry, kind, changed, calling)


def check(profile: Profile, entry: Entry, kind: Refusal, changed: Arguments, calling: Calling) -> None:
    """AssertionError unless a bad request is refused as the profile says and changes nothing, or is accepted where it says None."""
    route, expected = entry.route, profile.refusal(entry.route.name, kind)
    answer, stored = calling(**changed)
    as_expected = answer.status in route.statuses if expected is None else (answer.status, stored) == (expected, False)
    assert as_expected, (
        f"{route.name} answers {shown(answer)}{' and stores something' if stored else ''} to {str(changed)[:100]}. "
        f'tests/suite/{route.dialect}.py expects {expected or "success"} for "{kind}": change the route, or `refusals`, '
        "or `refusals_by_route` for this one (a status; None where such a request is accepted)"
        f"{lacking(route, answer) if kind == 'malformed path' else ''}"
    )
