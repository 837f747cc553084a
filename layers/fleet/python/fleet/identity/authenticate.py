"""Passwords and the six-digit codes of an authenticator (TOTP): hashes and codes, and the check of both at once."""

from __future__ import annotations

import hmac
import os
from datetime import datetime

from fleet.access import SHARED, Reach
from fleet.grants import imports, uses
from fleet.identity.user import User
from fleet.names import normalized
from fleet.tenancy import encryption

SHORTEST, LONGEST = 12, 256
"""Characters of a password."""
SEED = 20
"""Bytes of an authenticator's seed (RFC 4226, 4)."""
STEP = 30
"""Seconds that a code stands for (RFC 6238)."""
DRIFT = 1
"""Steps that a clock may be off, each way."""
NEVER = 0
"""The step of a proof without an authenticator."""
USED = -1
"""Stands for the step of a code that was used just now, with the right password: no proof, but no failure either."""
_PASSES, _LANES, _MEMORY = 2, 1, 19456
"""Argon2id with 19 MiB: some 30 ms of a whole processor."""
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$sRpqFjAsUnVJoXvdDCluQA$rkO1stQjurfTAkYyJBzVRTYAKIvDMiR66YhP9mnsEVE"
"""What an account that is not there is checked against, so that it takes as long."""


@imports("cryptography")
def password_hash(password: str) -> str:
    """An Argon2id hash of a password with its salt and parameters, as text: all that is stored of it."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    maker = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY)
    return maker.derive_phc_encoded(normalized(password).encode())


@imports("cryptography")
def _matches(password: str, hash: str) -> bool:
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id.verify_phc_encoded(normalized(password).encode(), hash)
    except InvalidKey:
        return False
    return True


@imports("cryptography")
def code_at(seed: bytes, step: int) -> str:
    """The code of one step (RFC 6238 with SHA-1 and six digits)."""
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.hotp import HOTP

    return HOTP(seed, 6, SHA1()).generate(step).decode()


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP


@uses(encryption.decrypt_at_rest, code_at)
def _used_step(user: User, sealed: str, code: str | None, now: datetime) -> int | None:
    """The step that a code is of, or None; USED when it is the last one that was used, None when it is an earlier one."""
    seed = encryption.decrypt_at_rest(Reach.of(reads=[SHARED]), SHARED, user.totp_bound_to, sealed)
    steps = range(step_of(now) - DRIFT, step_of(now) + DRIFT + 1)
    good = [step for step in steps if hmac.compare_digest(code_at(seed, step).encode(), (code or "").encode())]
    return next((step for step in good if step > user.last_step), USED if user.last_step in good else None)


@uses(encryption.encrypt_at_rest)
def sealed_seed(reach: Reach, user: User, seed: bytes) -> str:
    """The seed of a user's authenticator, encrypted. The reach must change what is shared."""
    return encryption.encrypt_at_rest(reach, SHARED, user.totp_bound_to, seed)


@uses(_matches, _used_step)
def check(user: User | None, password: str, code: str | None, now: datetime) -> int | None:
    """The step that a good proof uses up, NEVER where no authenticator is enabled, USED for one that was used just now, None for a bad
    proof.

    The password is checked whoever it is for, the code whether or not the password is right: nothing can be told from the time,
    once a container has the data key of the shared organization.
    """
    right = _matches(password, user.password if user else _NOBODY)
    step = _used_step(user, user.totp, code, now) if user and user.totp else NEVER
    return step if user and right else None
