"""The console: signs users in and out, identifies them by their session, and has them confirm what matters most."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.hashes import attempt_hash, credential_hash, recent_hashes
from fleet.aws.reads import Found, Read, both, fetch, fetch_with
from fleet.aws.writes import Refused, Write
from fleet.errors import NotAllowed, Unauthenticated
from fleet.grants import uses
from fleet.identity import authenticate, superuser
from fleet.identity.count_attempts import Attempt, Counter, from_address, settle, within_session
from fleet.identity.session import LIFE, Session
from fleet.identity.sessions import Sessions
from fleet.identity.throttle import Throttle, ThrottleRule
from fleet.identity.throttles import Throttles, confirming, proving
from fleet.identity.user import User
from fleet.identity.users import CODE_USED, Users
from fleet.names import compared
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import STRANGER, Action, AuditEntry

RULE = ThrottleRule(5, timedelta(minutes=15))
"""Five failures in fifteen minutes, then a wait (wisdm.md 10.1 and 10.3)."""
SPRAY = ThrottleRule(20, timedelta(minutes=15))
"""Twenty failures in fifteen minutes from one address, for whatever accounts (wisdm.md 10.1)."""
_TOKEN = re.compile(r"wds_([A-Za-z0-9_-]{16})_([A-Za-z0-9_-]{43})")
_NOBODY = Reach.of()


@dataclass(frozen=True)
class Proof:
    """Credentials: a password and, where an authenticator is enabled, its code."""

    password: str
    code: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """The user behind a session, and how often they failed to confirm something lately."""

    user: User
    session: Session
    throttle: Throttle

    @property
    def reach(self) -> Reach:
        return superuser.reach_of(self.user)


@uses(credential_hash)
def new(user: User, now: datetime) -> tuple[Session, str]:
    """A session that is not stored yet, with its token: the user's id in 16 characters, so that user and session are read
    in one request, and a secret.
    """
    secret = secrets.token_urlsafe(32)
    session = Session(user=user.id, generation=user.generation, hash=credential_hash(secret), created=now, expires=now + LIFE)
    return session, f"wds_{base64.urlsafe_b64encode(bytes.fromhex(user.id)).decode()}_{secret}"


@uses(recent_hashes, Users.by_id, Sessions.of, Throttles.at)
def identify(text: str, now: datetime, companions: Sequence[table.Key]) -> tuple[SignedIn, Found]:
    """Whom a session's token stands for, and the items of the companion keys, read in the same request.

    Unauthenticated when the text is no token, or one of a session that is unknown, ended or over, or whose user is disabled or
    in no organization that is active.
    """
    parts = _TOKEN.fullmatch(text)
    if parts is None:
        raise Unauthenticated
    id = base64.urlsafe_b64decode(parts[1]).hex()
    session_and_throttle = both(Sessions.of(id, recent_hashes(parts[2], LIFE)), Throttles.at(confirming(id)))
    (user, (session, throttle)), found = fetch_with(_NOBODY, both(Users.by_id(id), session_and_throttle), companions)
    if user is None or session is None or now >= session.expires or session.generation != user.generation or not user.admitted:
        raise Unauthenticated
    return SignedIn(user, session, throttle), found


@uses(Users.by_id, attempt_hash, from_address)
def _account(name: str, named: Callable[[str], Read[str | None]], source: str, now: datetime) -> tuple[User | None, Attempt]:
    """The user of a name, if there is one, and this attempt. A name that nobody has costs the same requests.

    Attempts are counted for the user, whichever of their names is used, or for a name that nobody has.
    """
    id = fetch(_NOBODY, named(name))
    own = Counter(proving(attempt_hash(f"account:{id or compared(name)}")), RULE)
    user, attempt = fetch(_NOBODY, both(Users.by_id(id or "nobody"), from_address(own, "console", SPRAY, source, now)))
    attempt.wait()
    return user, attempt


@uses(settle, Users.use_code_writes)
def _settle(attempt: Attempt, proof: tuple[User, int] | None, good: Sequence[Write], bad: Sequence[Write]) -> bool:
    """Count the attempt and do the good writes, or the bad ones when there is no proof; whether there was.

    `proof` is a user and the step of the code that they used. A code that was used meanwhile proves nothing, but whoever had it and
    the password is not counted: they sent the same twice. Refused: a condition of the good writes did not hold.
    """
    if proof is None:
        settle(attempt, False, bad)
        return False
    uses_up = Users.use_code_writes(_NOBODY, *proof) if proof[1] != authenticate.NEVER else []
    try:
        settle(attempt, True, [*uses_up, *good])
    except Refused as refused:
        if CODE_USED in refused.failed:
            return False
        raise
    return True


@uses(Audit.attempt_writes)
def _log_writes(user: User, good: bool, source: str, now: datetime) -> list[Write]:
    """The writes that note an attempt to sign in, in the user's audit log, with the address that it came from."""
    actor, email = (user.id, user.email) if good else (STRANGER, None)
    action: Action = "user.signed_in" if good else "user.sign_in_failed"
    return Audit.attempt_writes(_NOBODY, AuditEntry(user=user.id, at=now, actor=actor, email=email, action=action, source=source))


@uses(_account, _settle, _log_writes, new, authenticate.check, Sessions.open_writes)
def sign_in(
    name: str, proof: Proof, source: str, now: datetime, *, named: Callable[[str], Read[str | None]] = Users.by_name
) -> tuple[str, Session]:
    """Open a session: its token, and itself. `named` finds the user of a name: by default an email address or a username.

    Unauthenticated alike for an unknown account, one that may not sign in, and a wrong proof; TooMany after too many of them.
    What is counted, failure or success, is in the user's audit log.
    """
    account, this = _account(name, named, source, now)
    user = account if account and account.admitted else None
    step = authenticate.check(user, proof.password, proof.code, now)
    if step == authenticate.USED:
        raise Unauthenticated
    if user is None or step is None:
        _settle(this, None, [], _log_writes(account, False, source, now) if account else [])
        raise Unauthenticated
    session, token = new(user, now)
    if not _settle(this, (user, step), [*Sessions.open_writes(_NOBODY, session), *_log_writes(user, True, source, now)], []):
        raise Unauthenticated
    return token, session


@uses(Sessions.close)
def sign_out(who: SignedIn) -> None:
    """End a session: its token is dead at once."""
    Sessions.close(who.reach, who.session)


@dataclass(frozen=True)
class Confirmation:
    """An attempt to confirm something within a session, and what it proves: the user and the step of their code, None if it is wrong."""

    this: Attempt
    proves: tuple[User, int] | None


@uses(authenticate.check)
def check(who: SignedIn, proof: Proof, now: datetime) -> Confirmation:
    """Check a proof, without counting the try yet. TooMany after too many wrong ones, NotAllowed for a code that was just used.

    Whoever is here has a session, so nobody from outside can use up these tries.
    """
    this = within_session(Counter(confirming(who.user.id), RULE), who.throttle, now)
    this.wait()
    step = authenticate.check(who.user, proof.password, proof.code, now)
    if step == authenticate.USED:
        raise _unproven()
    return Confirmation(this, None if step is None else (who.user, step))


@uses(_settle)
def confirm(confirmation: Confirmation, good: Sequence[Write], bad: Sequence[Write]) -> None:
    """Count the try, and do the good writes if its proof is right; else the bad ones, and raise NotAllowed. TooMany as in `check`."""
    if not _settle(confirmation.this, confirmation.proves, good, bad):
        raise _unproven()


def _unproven() -> NotAllowed:
    return NotAllowed("Verification failed")
