"""JSON as clients send it, in a body or in a member of a form, as plain values."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from fleet.errors import Invalid, Place, Problem

_DEEPEST = 100
"""Maximum nesting; pydantic's serializer fails near 250."""
_HUGE = re.compile(rb"[eE]\+?[0-9]{3}|[0-9]{300}")
"""What is in a text that has a number which no float can hold."""
_MOST_PROBLEMS = 100
_LONGEST_NAME = 255
"""Characters of a name that a problem's place repeats."""


def parse_json(body: bytes, members: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> Any:
    """The value of a JSON text, or Invalid: no NaN, no text that UTF-8 cannot hold, no nesting beyond 100. `members` makes an object."""
    try:
        parsed = json.loads(body.decode(), object_pairs_hook=members, parse_constant=_refuse_constant)
        if body.count(b"[") + body.count(b"{") > _DEEPEST:
            _check_depth(parsed)
        if b"\\u" in body:
            json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair, escaped, passes the parser
        return parsed
    except (ValueError, RecursionError):
        raise Invalid(Problem((), kind="json")) from None


def parse_finite(body: bytes, members: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> Any:
    """The same, but Invalid also names each number that no float can hold: nobody could read it as it was written."""
    parsed = parse_json(body, members)
    problems = [Problem(place, "is out of range") for place in islice(_beyond(parsed), _MOST_PROBLEMS)] if _HUGE.search(body) else []
    if problems:
        raise Invalid(*problems)
    return parsed


def _beyond(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where numbers are that no float can hold."""
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _beyond(each, (*place, name[:_LONGEST_NAME] if isinstance(name, str) else name))
    elif isinstance(value, int | float) and abs(value) > sys.float_info.max:
        yield place


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of these members; ValueError when two have one name."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _check_depth(parsed: Any) -> None:
    level = [parsed]
    for _ in range(_DEEPEST):
        nested = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [value for values in nested for value in values]
        if not level:
            return
    if any(isinstance(each, dict | list) for each in level):
        raise ValueError("nested too deep")


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
