"""People for tests: users of the console and their sessions."""

from __future__ import annotations

import functools
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws.hashes import credential_hash
from fleet.aws.writes import transact
from fleet.identity import authenticate, sign_in
from fleet.identity.sessions import Sessions
from fleet.identity.user import Membership, User
from fleet.identity.users import Users
from fleet.tenancy.audit_entry import Author
from fleet.tenancy.create_organization import ensure_shared
from fleet.tenancy.organization import Organization
from tests.harness.canary import MARK

OPERATOR = Author(actor="arn:aws:sts::123456789012:user/moto", at=datetime(2026, 1, 5, 9, tzinfo=UTC))
"""The operator of the tests, who is the one whom the AWS in memory knows."""


@dataclass
class ConsoleUser:
    """A user of the console: password, and TOTP seed if there is an authenticator."""

    user: User
    password: str
    seed: bytes | None
    last: int = 0

    def code(self) -> str | None:
        """The code of the earliest unused time step; two are valid at a time."""
        if self.seed is None:
            return None
        self.last = max(self.last + 1, authenticate.step_of(datetime.now(UTC)))
        return authenticate.code_at(self.seed, self.last)

    def proof(self) -> dict[str, str]:
        """The credentials that confirm an action."""
        code = self.code()
        return {"password": self.password, **({"verificationCode": code} if code else {})}


@functools.cache
def _quick_hash(password: str) -> str:
    """An Argon2id hash with the smallest parameters. A hash contains them, so checking it is quick too."""
    return Argon2id(salt=os.urandom(16), length=32, iterations=1, lanes=1, memory_cost=8).derive_phc_encoded(password.encode())


class People:
    """Creates users and sessions for tests; names are unique unless a test passes them."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers

    def console_user(
        self,
        organization: Organization,
        *,
        administrator: bool = True,
        totp: bool = True,
        slow_hash: bool = False,
        member_of: Sequence[Organization] = (),
        **fields: Any,
    ) -> ConsoleUser:
        """Create a user of the console, whose password hash is quick to check unless `slow_hash`.

        They are an administrator of the organization unless told otherwise, and plain members of those in `member_of`.
        """
        id, seed, password = ids.new_id(), marked(authenticate.SEED) if totp else None, f"{MARK} horse 9!"
        number = next(self._numbers)
        own = Membership(organization=organization.id, manager=administrator)
        user = User(
            **{
                "id": id,
                "username": f"person.{number}",
                "email": f"Person{number}@example.com",
                "password": authenticate.password_hash(password) if slow_hash else _quick_hash(password),
                "created": datetime.now(UTC),
                "memberships": (own, *(Membership(organization=other.id) for other in member_of)),
                **fields,
            }
        )
        if seed:
            ensure_shared(EVERYWHERE)
            user = user.changed(totp=authenticate.sealed_seed(EVERYWHERE, user, seed))
        transact(Users.change_writes(EVERYWHERE, None, user))
        return ConsoleUser(user, password, seed)

    def session(self, console_user: ConsoleUser) -> str:
        """Open a session; returns its token."""
        (session, token), secret = sign_in.new(console_user.user, datetime.now(UTC)), secret_text()
        transact(Sessions.open_writes(EVERYWHERE, session.changed(hash=credential_hash(secret))))
        return token[: -len(secret)] + secret


def marked(size: int) -> bytes:
    """Random bytes that the canary recognizes."""
    return MARK.encode() + os.urandom(size - len(MARK))


def secret_text() -> str:
    """The secret part of a key or a token: 43 random characters that the canary recognizes."""
    return MARK + secrets.token_urlsafe(32)[len(MARK) :]
