"""Group ids that clients send."""

from __future__ import annotations

from typing import Any

from functions.thingsee.group.list import handler as list_groups
from tests.contract.thingsee.tenant import Tenant

BAD: tuple[Any, ...] = (
    "", " ", "a b", " a", "a ", "a\tb", "a\n", "a\u00a0b", "a\u2003b", "a\u3000", "\u2028", "a\0", "a\x1fb", "a\x7f", "a\x85b", "\x9fa",
    "a\u200bb", "a\u200d", "\u202ea", "\ufeffa", "a\u00adb", "unassigned", ".", "..", "a/b", "/", "a" * 65, "\u00e9" * 65, "e\u0301" * 65,
    "\u0958" * 33, "\u0315\u0300" * 10_000, 7, None, ["a"],
)  # fmt: skip
"""Invalid names of new groups. NFC makes two characters of U+0958."""
GOOD: tuple[str, ...] = (
    "a", "A-z_0.9", "a" * 64, "-", "...", ".a", "unassigned2", "Unassigned", "UNASSIGNED", "a:b", "hall#1", "50%", "a%2Fb",
    "a+b", "a\\b", "(~)", "\u00e4", "\u6b63\u9762", "\U0001f3ed", "\u00e9" * 64, "\u0958".join("ab"),
)  # fmt: skip
"""Names of new groups that clients may choose."""
COMPOSED, APART = "Caf\u00e9-\u1f82", "Cafe\u0301-\u03b1\u0313\u0300\u0345"
"""One name as two systems type it: in NFC, and with accents of their own."""


def list_group_ids(tenant: Tenant, **query: str) -> list[str]:
    """The ids of the listed groups."""
    return [group["group_id"] for group in tenant.data(list_groups, query=query)]
