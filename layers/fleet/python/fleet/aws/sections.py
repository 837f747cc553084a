"""How a section of what a gateway reports is stored: a map of its mark and its value, compressed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from fleet.aws.table import Key
from fleet.aws.writes import Write, attempt
from fleet.marks import Mark, Section

NEWER = "(attribute_not_exists(#s) OR (#s.boot = :boot AND #s.seq < :seq) OR (#s.boot <> :boot AND #s.sent < :sent))"
"""The condition that the section `#s` is absent or older than the mark in `values`."""


def pack(mark: Mark, value: Mapping[str, Any]) -> dict[str, Any]:
    """The attribute that holds a section."""
    body = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 9)
    numbers = {name: {"N": str(number)} for name, number in (("seq", mark.seq), ("sent", mark.sent), ("heard", mark.heard))}
    return {"M": {"boot": {"S": mark.boot}, **numbers, "value": {"B": body}}}


def unpack(attribute: Any) -> Section:
    """The section that an attribute holds."""
    return Section(mark_of(attribute), json.loads(zlib.decompress(attribute["M"]["value"]["B"])))


def mark_of(attribute: Any) -> Mark:
    """The mark of the section that an attribute holds."""
    stored = attribute["M"]
    return Mark(stored["boot"]["S"], *(int(stored[part]["N"]) for part in ("seq", "sent", "heard")))


def values(mark: Mark) -> dict[str, Any]:
    """The values that NEWER compares with."""
    return {"boot": {"S": mark.boot}, "seq": {"N": str(mark.seq)}, "sent": {"N": str(mark.sent)}}


def replace(pair: Key, section: str, mark: Mark, stored: Any, condition: str, **more: Any) -> bool:
    """Put a packed section where it is newer, into an item for which the condition holds (with `more` values); False where not."""
    write = Write.update(pair, "SET #s = :value", f"{condition} AND {NEWER}", names={"#s": section}, value=stored, **values(mark), **more)
    return attempt(write)
