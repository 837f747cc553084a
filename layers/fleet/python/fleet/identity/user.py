"""People who sign in to the console."""

from __future__ import annotations

from datetime import datetime

from fleet.values import Entity


class User(Entity):
    """Somebody of one organization. `administrator` says that they may manage it.

    `password` is an Argon2id hash. `totp` is the seed of their authenticator, encrypted, if they have one enabled;
    `last_step` is the last of its steps whose code they used: no code of that step or an earlier one is good again.
    """

    email: str
    administrator: bool = False
    password: str
    totp: str | None = None
    last_step: int = 0
    created: datetime

    @property
    def totp_bound_to(self) -> str:
        """What the encrypted seed is bound to."""
        return f"USER#{self.id}|TOTP"
