"""One id, two spellings.

An id is 96 bits: 24 lower-case hex digits, the first 8 being Unix seconds. As a UUID the same bits are spelled
`aaaaaaaa-aaaa-8aaa-8000-000aaaaaaaaa`, a version 8 UUID, so that either spelling is found from the other.
"""

from __future__ import annotations

import re
import secrets
import time
import uuid

_ID = re.compile(r"[0-9a-f]{24}")
_UUID = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8000-000([0-9a-f]{9})")
ANY_ID = "?" * 24
"""Stands in a key for every id, and for nothing longer: `ORG#<id>` is of another kind than `ORG#<id>#DEVICES`."""
ANY_ID_AS_UUID = "?" * 36
"""The same for ids in their other spelling."""
ANY_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
"""The pattern of a UUID of any version, in any case."""

ANY_HEX_ID = r"^[0-9a-fA-F]{24}$"
"""The pattern of an id, in any case."""


def new_id() -> str:
    """A fresh id; ids made later sort later, to the second."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def to_uuid(id: str) -> str:
    """The UUID spelling of an id. ValueError when it is not an id."""
    if not _ID.fullmatch(id):
        raise ValueError("an id is 24 lower-case hex digits")
    return f"{id[:8]}-{id[8:12]}-8{id[12:15]}-8000-000{id[15:]}"


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID of any version, in any case."""
    return re.fullmatch(ANY_UUID, text) is not None


def from_uuid(text: str) -> str | None:
    """The id that a UUID spells, or None for a UUID that spells none of ours."""
    found = _UUID.fullmatch(text.lower())
    return "".join(found.groups()) if found else None


def derived_uuid(namespace: str, name: str) -> str:
    """A UUID that is the same for the same names, so that work done twice writes one row."""
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_OID, namespace), name))
