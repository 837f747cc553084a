"""Create a user of the console. A generated password and TOTP secret are shown once."""

from __future__ import annotations

import base64
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.errors import Problem
from fleet.identity import authenticate
from fleet.identity.user import User
from fleet.identity.users import Users
from fleet.tenancy import encryption
from muster.operator import organization, rules

_EMAIL = r"[^@\s]{1,64}@[^@\s]{1,189}"
_SECRET = re.compile(r"[A-Z2-7]{16,}")


@dataclass(frozen=True)
class CreatedUser:
    """A new user. `password` is present when it was generated here; the TOTP secret comes as text and as URI."""

    id: str
    organization: str
    email: str
    administrator: bool
    password: str | None = None
    totp_secret: str | None = None
    totp_uri: str | None = None


def create(slug_or_id: str, email: str, *, administrator: bool, totp: bool = False, password: str | None = None) -> CreatedUser:
    """Create a user. Raises Invalid for options that break a rule, NoOrganization, and Conflict when the e-mail address is taken."""
    shortest, longest = authenticate.SHORTEST, authenticate.LONGEST
    fits = password is None or (shortest <= len(password) <= longest and password.isprintable())
    rules.demand(
        rules.pattern("email", email, _EMAIL, "must be an email address"),
        None if fits else Problem(("password-file",), f"must have {shortest} to {longest} printable characters"),
    )
    owner = organization.find(slug_or_id)
    given = password or secrets.token_urlsafe(15)
    user = User(
        id=ids.new_id(),
        organization=owner.id,
        email=email,
        administrator=administrator,
        password=authenticate.password_hash(given),
        created=datetime.now(UTC).replace(microsecond=0),
    )
    seed = os.urandom(authenticate.SEED) if totp else None
    if seed:
        user = user.changed(totp=encryption.encrypt_at_rest(EVERYWHERE, owner.id, user.totp_bound_to, seed))
    Users.create(EVERYWHERE, user)
    secret = base64.b32encode(seed).decode() if seed else None
    uri = _uri(owner.name, email, secret) if secret else None
    return CreatedUser(user.id, owner.id, email, administrator, None if password else given, secret, uri)


def _uri(issuer: str, email: str, secret: str) -> str:
    """The provisioning URI that authenticator apps read from a QR code."""
    name = f"{quote(f'Muster {issuer}', safe='')}:{quote(email, safe='@')}"
    issued = quote(f"Muster {issuer}", safe="")
    return f"otpauth://totp/{name}?secret={secret}&issuer={issued}&algorithm=SHA1&digits=6&period={authenticate.STEP}"


@dataclass(frozen=True)
class Code:
    """A TOTP code, and when it expires."""

    code: str
    until: datetime


def code(secret: str) -> Code:
    """The current TOTP code for a secret. Raises Invalid for a malformed secret."""
    plain = secret.replace(" ", "").rstrip("=").upper()
    if not _SECRET.fullmatch(plain) or len(plain) % 8 in (1, 3, 6):
        rules.demand(Problem(("secret",), "must be an authenticator's secret: letters A to Z and digits 2 to 7"))
    step = authenticate.step_of(datetime.now(UTC))
    seed = base64.b32decode(plain + "=" * (-len(plain) % 8))
    return Code(authenticate.code_at(seed, step), datetime.fromtimestamp((step + 1) * authenticate.STEP, UTC))
