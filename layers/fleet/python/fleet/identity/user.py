"""People, and the organizations that they are in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, field_validator

from fleet.values import Value, Versioned

USERNAME = r"[A-Za-z0-9@.+_-]{1,150}"
EMAIL = r"[^@\s]{1,64}@[^@\s]{1,189}"
ROLE = r"[a-z-]{1,32}"
MOST_MEMBERSHIPS = 40
"""Organizations of one user, all of whose rows are written in one transaction."""


class Membership(Value):
    """That a user is in an organization, as a manager or a plain member. What a `role` permits is a matter of each API.

    `organization_active` is a copy: False while the organization is disabled, when the membership counts for nothing.
    """

    organization: str
    manager: bool = False
    role: Annotated[str, Field(pattern=f"^{ROLE}$")] | None = None
    organization_active: bool = True


class User(Versioned):
    """Somebody who signs in, with a username or an email address. They belong to no organization and may be in several.

    `password` is an Argon2id hash. `totp` is the seed of their authenticator, encrypted for the shared organization, if they
    have one enabled; `last_step` is the last of its steps whose code they used: no code of that step or an earlier one is
    good again. Sessions of another `generation` are over.
    """

    username: Annotated[str, Field(pattern=f"^{USERNAME}$")]
    email: Annotated[str, Field(pattern=f"^{EMAIL}$")]
    superuser: bool = False
    active: bool = True
    password: str
    totp: str | None = None
    last_step: int = 0
    generation: int = 1
    created: datetime
    memberships: Annotated[tuple[Membership, ...], Field(max_length=MOST_MEMBERSHIPS)] = ()

    @field_validator("memberships")
    @classmethod
    def _one_in_each(cls, memberships: tuple[Membership, ...]) -> tuple[Membership, ...]:
        if len({each.organization for each in memberships}) < len(memberships):
            raise ValueError("a user has one membership in an organization")
        return memberships

    @property
    def totp_bound_to(self) -> str:
        """What the encrypted seed is bound to."""
        return f"USER#{self.id}|TOTP"

    @property
    def in_force(self) -> tuple[Membership, ...]:
        """The memberships in organizations that are not disabled."""
        return tuple(each for each in self.memberships if each.organization_active)

    @property
    def admitted(self) -> bool:
        """Whether they may sign in, and their sessions count."""
        return self.active and (self.superuser or bool(self.in_force))

    def membership(self, organization: str) -> Membership | None:
        """Their membership in an organization, if they are in it."""
        return next((each for each in self.memberships if each.organization == organization), None)

    def signed_out(self, **fields: Any) -> Self:
        """The next version, with these fields changed and all of its sessions over for good."""
        return self.next(**fields, generation=self.generation + 1)

    def without(self, organization: str) -> Self:
        """The next version, in this organization no longer."""
        return self._with_memberships(each for each in self.memberships if each.organization != organization)

    def member(self, membership: Membership) -> Self:
        """The next version, with this membership in place of any other in its organization."""
        others = (each for each in self.memberships if each.organization != membership.organization)
        return self._with_memberships((*others, membership))

    def _with_memberships(self, memberships: Iterable[Membership]) -> Self:
        return self.next(memberships=tuple(memberships))
