"""What was done to an organization, a user, a gateway or a secret of the deployment, and by whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from fleet.values import Value

SECRETS = "SECRETS"
"""The log of the deployment's own secrets."""
Action = Literal[
    "access_token.created",
    "access_token.revoked",
    "api_key.created",
    "api_key.edited",
    "api_key.regenerated",
    "api_key.deleted",
    "client.disabled",
    "client.enabled",
    "client.rotated",
    "client.deleted",
    "client.token_issued",
    "client.token_refused",
    "confirmation.failed",
    "gateway.blocked",
    "gateway.unblocked",
    "gateway.rekeyed",
    "gateway.unprovisioned",
    "message.retried",
    "message.dropped",
    "organization.disabled",
    "organization.enabled",
    "organization.plan_changed",
    "secret.rotated",
    "secret.retired",
    "user.disabled",
    "user.enabled",
    "user.signed_out",
    "user.password_changed",
    "user.authenticator_changed",
    "user.signed_in",
    "user.sign_in_failed",
]
ATTEMPT_LIFE = timedelta(days=90)
"""How long sign-ins, requests for tokens and failures of both stay in the log. Everything else stays."""
STRANGER = "unknown"
"""The actor of an attempt that failed: whoever it was has proven nothing."""


class AuditEntry(Value):
    """Who did what, to which organization, user or gateway, and when. `fields` names what changed; values are not stored, so none can
    be a secret.

    `key`, `client` and `token` are what of the organization it was done to: the id of an API key, a client, an access token; `message`
    is the id of a message to the gateway. `actor` is the id of a user, and `email` theirs; for an operator it is the ARN of their AWS
    identity, for Muster itself `muster`. `source` is the address that an attempt to sign in, or to get a token, came from.
    """

    organization: str | None = None
    user: str | None = None
    gateway: str | None = None
    secret: str | None = None
    """The name of a secret of the deployment, as `muster secret` has it: such entries belong to no organization."""
    version: int | None = None
    """Of that secret: the one that was made, or is left."""
    at: datetime
    actor: str
    email: str | None = None
    action: Action
    key: str | None = None
    client: str | None = None
    token: str | None = None
    message: str | None = None
    source: str | None = None
    fields: tuple[str, ...] = ()

    @property
    def log(self) -> str:
        """The log that the entry belongs to: that of the organization, else of the user, of the secrets, of the gateway."""
        if self.secret:
            return SECRETS
        return self.organization or (f"USER#{self.user}" if self.user else f"GATEWAY#{self.gateway}")


class Author(Value):
    """Who does something now: the actor of the entries in the audit log."""

    actor: str
    email: str | None = None
    at: datetime

    def entry(self, action: Action, **of: Any) -> AuditEntry:
        """The entry about this action; `of` are the fields that say what it was done to."""
        return AuditEntry(at=self.at, actor=self.actor, email=self.email, action=action, **of)
