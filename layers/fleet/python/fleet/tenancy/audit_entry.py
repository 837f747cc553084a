"""What was done to an organization and its API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fleet.values import Value

Action = Literal[
    "api_key.created",
    "api_key.edited",
    "api_key.regenerated",
    "api_key.deleted",
    "confirmation.failed",
    "organization.disabled",
    "organization.enabled",
]


class AuditEntry(Value):
    """Who did what, to which key, and when. `fields` names what changed; values are not stored, so none can be a secret.

    `actor` is the id of a user, and `email` theirs; for an operator it is `operator`, for Muster itself `muster`.
    """

    organization: str
    at: datetime
    actor: str
    email: str | None = None
    action: Action
    key: str | None = None
    fields: tuple[str, ...] = ()
