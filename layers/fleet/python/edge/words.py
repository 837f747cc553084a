"""Problems in plain English. A dialect that has its clients' own wording says it by `kind` and `context`.

Kinds are pydantic's names of its errors, and these: `rule` (the message says it), `null` and `blank` (a value that must
not be null or empty), `whole` and `together` (rules of the whole object, and of several of its members), `json` and `form`
(a body that cannot be read), `object` and `array` (what the body must be), `media_type`, `too_large`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fleet.errors import Problem

_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is required",
    "null": lambda _: "must not be null",
    "blank": lambda _: "must not be empty",
    "int_type": lambda _: "must be an integer",
    "bool_type": lambda _: "must be true or false",
    "string_unicode": lambda _: "must be valid UTF-8",
    "string_type": lambda _: "must be a string",
    "float_type": lambda _: "must be a number",
    "list_type": lambda _: "must be an array",
    "dict_type": lambda _: "must be an object",
    "model_type": lambda _: "must be an object",
    "model_attributes_type": lambda _: "must be an object",
    "file_type": lambda _: "must be a file",
    "literal_error": lambda of: f"must be {of['expected']}",
    "string_too_short": lambda of: f"must have at least {of['min_length']} characters",
    "string_too_long": lambda of: f"must have at most {of['max_length']} characters",
    "string_pattern_mismatch": lambda of: of.get("form", "is not of the right form"),
    "too_short": lambda of: f"must have at least {of['min_length']} {_units(of)}",
    "too_long": lambda of: f"must have at most {of['max_length']} {_units(of)}",
    "greater_than_equal": lambda of: f"must be at least {of['ge']}",
    "less_than_equal": lambda of: f"must be at most {of['le']}",
    "value_error": lambda of: str(of["error"]),
    "extra_forbidden": lambda _: "is not known here",
    "json": lambda _: "must be valid JSON",
    "form": lambda _: "must be a valid form",
    "object": lambda _: "must be an object",
    "array": lambda _: "must be an array",
    "media_type": lambda of: f"must come with the header Content-Type: {of['expected']}",
    "too_large": lambda of: f"must have at most {of['max_bytes']} bytes",
}


def _units(of: Mapping[str, Any]) -> str:
    return "entries" if of["field_type"] == "List" else "characters"


def plain(problem: Problem) -> str:
    """What must be so at the problem's place: its own message, or the words of its kind."""
    return problem.message or _WORDS[problem.kind](problem.context)


def dotted(problem: Problem) -> str:
    """The problem's place as names with dots between them, those that have a dot in quotation marks; empty for the whole."""
    return ".".join(f'"{part}"' if "." in str(part) else str(part) for part in problem.place)


KINDS = frozenset(_WORDS)
"""The kinds that have words here."""
