"""Group ids that clients send."""

from __future__ import annotations

from typing import Any

from functions.thingsee.group.list import handler as list_groups
from tests.contract.thingsee.tenant import Tenant

BAD: tuple[Any, ...] = (
    "", " ", "a b", " a", "a ", "a\tb", "a\n", "unassigned", "Unassigned", "UNASSIGNED", "a/b", "ä", "a" * 65, "a:b", 7, None, ["a"],
)  # fmt: skip
"""Invalid names of new groups."""


def list_group_ids(tenant: Tenant, **query: str) -> list[str]:
    """The ids of the listed groups."""
    return [group["group_id"] for group in tenant.data(list_groups, query=query)]
