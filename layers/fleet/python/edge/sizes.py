"""What fits between API Gateway and Lambda: an event and an answer are each one JSON document of limited size.

An answer's text is a string in that document, so that each quotation mark and each backslash of it takes two bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic_core import to_json

S = TypeVar("S")
MOST_PAYLOAD = 6 * 1024 * 1024
"""Bytes of an event, and of an answer, of a synchronous call of a function: Lambda's quota, which cannot be raised."""
ROOM = MOST_PAYLOAD - 64 * 1024
"""Bytes for the entries of a list: the rest is for headers and for what is around the entries."""


def fill(entries: Iterable[S], most: int | None = None) -> tuple[list[S], bool]:
    """The first entries, at most `most`, that fit into one answer, and whether there are more. It reads one that it leaves out, at most.

    An answer counts as it is without compression, so that the same list ends at the same place for every client.
    """
    left, filled = ROOM, list[S]()
    for entry in entries:
        left -= _carried(to_json(entry)) + 1  # the comma
        if left < 0 or len(filled) == most:
            return filled, True
        filled.append(entry)
    return filled, False


def fits(response: Mapping[str, Any]) -> bool:
    """Whether a proxy response is small enough for Lambda. No character takes more than four bytes, so most need no measuring."""
    return 4 * len(response["body"]) < ROOM or payload_size(response) <= MOST_PAYLOAD


def payload_size(payload: Mapping[str, Any]) -> int:
    """The bytes of an event or an answer as Lambda's runtime writes it: JSON in UTF-8, nothing escaped that need not be."""
    return len(json.dumps(payload, ensure_ascii=False).encode(errors="surrogatepass"))


def _carried(text: bytes) -> int:
    """The bytes of a JSON text within a JSON string."""
    return len(text) + text.count(b'"') + text.count(b"\\")
