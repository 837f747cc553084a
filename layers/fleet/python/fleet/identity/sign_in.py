"""The console: signs users in and out, identifies them by their session, and has them confirm what matters most."""

from __future__ import annotations

import base64
import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fleet.access import Principal, Reach
from fleet.aws import table
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import Found, both, fetch, fetch_with
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import NotAllowed, TooMany, Unauthenticated
from fleet.grants import uses
from fleet.identity import authenticate
from fleet.identity.session import LIFE, Session, Tries
from fleet.identity.sessions import TRIED, Sessions, TryCounts, confirming, signing_in
from fleet.identity.user import User
from fleet.identity.users import CODE_USED, Users

SIGNED_IN, ADMINISTRATOR = "SIGNED_IN", "ADMINISTRATOR"
"""The scopes of a session: to end it; to manage the organization."""
_TOKEN = re.compile(r"wds_([A-Za-z0-9_-]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Proof:
    """Credentials: a password and, where an authenticator is enabled, its code."""

    password: str
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class SignedIn(Principal):
    """The user behind a session, and how often they failed to confirm something lately."""

    user: User
    session: Session
    tries: Tries


@uses(credential_hash)
def new(user: User, now: datetime) -> tuple[Session, str]:
    """A session that is not stored yet, with its token: the user's id in 16 characters, so that user and session are read
    in one request, and a secret.
    """
    secret = secrets.token_urlsafe(32)
    session = Session(organization=user.organization, user=user.id, hash=credential_hash(secret), created=now, expires=now + LIFE)
    return session, f"wds_{base64.urlsafe_b64encode(bytes.fromhex(user.id)).decode()}_{secret}"


@uses(credential_hash, fetch_with)
def identify(text: str, now: datetime, companions: Sequence[table.Key]) -> tuple[SignedIn, Found]:
    """Whom a session's token stands for, and the items of the companion keys, read in the same request.

    Unauthenticated when the text is no token, or one of a session that is unknown, ended or over.
    """
    parts = _TOKEN.fullmatch(text)
    if parts is None:
        raise Unauthenticated
    id = base64.urlsafe_b64decode(parts[1]).hex()
    session_and_tries = both(Sessions.of(id, credential_hash(parts[2])), TryCounts.at(confirming(id)))
    (user, (session, tries)), found = fetch_with(Reach.of(), both(Users.by_id(id), session_and_tries), companions)
    if user is None or session is None or now >= session.expires:
        raise Unauthenticated
    may = frozenset({SIGNED_IN, ADMINISTRATOR} if user.administrator else {SIGNED_IN})
    return SignedIn("session", id, Reach.of(user.organization), may, user=user, session=session, tries=tries), found


def neighbourhood(source: str) -> str:
    """The part of a source address that is one caller's: all of an IPv4 address, the network part of an IPv6 one."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    address = getattr(address, "ipv4_mapped", None) or address
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


@dataclass(frozen=True)
class Try:
    """One try to prove who one is: where tries of its kind are counted, those before it, and where and when it is made."""

    place: table.Key
    before: Tries
    source: str
    now: datetime

    def wait(self) -> None:
        """TooMany when too many have failed."""
        if seconds := self.before.wait(self.source, self.now):
            raise TooMany("Too many failed tries: wait", retry_after=seconds)


@uses(fetch, credential_hash)
def _account(email: str, source: str, now: datetime) -> tuple[User | None, Try]:
    """The user of an address, if there is one, and this try. An address that nobody has costs the same requests."""
    account, caller = credential_hash(f"account:{email.casefold()}"), credential_hash(f"source:{neighbourhood(source)}")
    user, tries = fetch(Reach.of(), both(Users.by_email(email), TryCounts.at(signing_in(account))))
    this = Try(signing_in(account), tries, caller[:16], now)
    this.wait()
    return fetch(Reach.of(), Users.by_id(user or "nobody")), this


@uses(retrying, Users.use_code_writes, TryCounts.store_writes)
def _settle(reach: Reach, this: Try, proof: tuple[User, int] | None, good: Sequence[Write], bad: Sequence[Write]) -> bool:
    """Count the try and do the good writes, or the bad ones when there is no proof, in one transaction; whether there was.

    `proof` is a user and the step of the code that they used. A try only counts if none came in between, else it waits for
    its turn: of any number of guesses that are made at once, no more are answered than of guesses made one after the
    other. A code that somebody else used meanwhile proves nothing. Refused: a condition of the good writes did not hold.
    """

    def count(before: Tries) -> bool:
        nonlocal proof
        current = replace(this, before=before)
        current.wait()
        after = before.succeeded(this.source, this.now) if proof else before.failed(this.source, this.now)
        uses_up = Users.use_code_writes(reach, *proof) if proof and proof[1] != authenticate.NEVER else []
        try:
            transact([*TryCounts.store_writes(reach, this.place, after), *uses_up, *(good if proof else bad)])
        except Refused as refused:
            proof = None if CODE_USED in refused.failed else proof
            raise
        return proof is not None

    busy = TooMany("Too many tries at once")
    return retrying(reach, TryCounts.at(this.place), count, first=this.before, on={TRIED, CODE_USED}, busy=busy)


@uses(_account, _settle, new, authenticate.check, Sessions.open_writes)
def sign_in(email: str, proof: Proof, source: str, now: datetime) -> tuple[str, Session]:
    """Open a session: its token, and itself. Unauthenticated for an unknown account and for a wrong proof alike, TooMany
    after too many of them.
    """
    user, this = _account(email, source, now)
    reach = Reach.of(*([user.organization] if user else []))
    step = authenticate.check(reach, user, proof.password, proof.code, now)
    if user is None or step is None:
        _settle(reach, this, None, [], [])
        raise Unauthenticated
    session, token = new(user, now)
    if not _settle(reach, this, (user, step), Sessions.open_writes(reach, session), []):
        raise Unauthenticated
    return token, session


@uses(Sessions.close)
def sign_out(who: SignedIn) -> None:
    """End a session: its token is dead at once."""
    Sessions.close(who.reach, who.session)


@dataclass(frozen=True)
class Confirmation:
    """A try to confirm something within a session, and what it proves: the user and the step of their code, None if it is wrong."""

    this: Try
    proves: tuple[User, int] | None


@uses(authenticate.check)
def check(who: SignedIn, proof: Proof, now: datetime) -> Confirmation:
    """Check a proof, without counting the try yet. TooMany after too many wrong ones.

    Whoever is here has a session, so nobody from outside can use up these tries.
    """
    this = Try(confirming(who.user.id), who.tries, "", now)
    this.wait()
    step = authenticate.check(who.reach, who.user, proof.password, proof.code, now)
    return Confirmation(this, None if step is None else (who.user, step))


@uses(_settle)
def confirm(who: SignedIn, confirmation: Confirmation, good: Sequence[Write], bad: Sequence[Write]) -> None:
    """Count the try, and do the good writes if its proof is right; else the bad ones, and raise NotAllowed. TooMany as in `check`."""
    if not _settle(who.reach, confirmation.this, confirmation.proves, good, bad):
        raise NotAllowed("Verification failed")
