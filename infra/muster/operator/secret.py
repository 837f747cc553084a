"""Replace the secrets behind credentials and tokens by new versions, and retire the old ones (docs/runbooks/secret.md)."""

from __future__ import annotations

import json
import secrets
import string
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from fleet.access import EVERYWHERE
from fleet.aws import clients, secret
from fleet.aws.secret import LEAD, Secret
from fleet.aws.tokens import PAGING_LIFE, SIGN_IN_LIFE
from fleet.aws.writes import transact
from fleet.delivery.links import LIFE as LINK_LIFE
from fleet.errors import Conflict
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Action
from muster.operator.author import author
from muster.operator.credentials import Credential, made_before

SECRETS: Mapping[str, Secret] = {
    "credentials": secret.CREDENTIALS,
    "paging": secret.PAGING,
    "sign-in": secret.SIGN_IN,
    "links": secret.LINKS,
}
_LIVES = {"paging": PAGING_LIFE, "sign-in": SIGN_IN_LIFE, "links": LINK_LIFE.total_seconds()}
"""Seconds that tokens and links are good for. Credentials have lives of their own."""
_LETTERS = string.ascii_letters + string.digits
_LENGTH = 64


@dataclass(frozen=True)
class SecretState:
    """A secret: since when its newest version is used, or from when on, and how many older ones are accepted beside it.

    `ends` are the credentials that end with the older versions, `retired` whether they just have.
    """

    secret: str
    used_from: datetime | None
    """None: since the deployment."""
    older: int
    ends: Sequence[Credential] = ()
    retired: bool = False

    @classmethod
    def of(cls, name: str, versions: Mapping[int, bytes], ends: Sequence[Credential] = (), retired: bool = False) -> Self:
        newest = max(versions)
        return cls(name, datetime.fromtimestamp(newest, UTC) if newest else None, len(versions) - 1, ends, retired)


def rotate(name: str) -> SecretState:
    """Make a new version, which is used LEAD seconds from now. What the one before made stays good: a token for its life, a credential
    until it ends or the version is retired. Conflict where an older one is accepted besides.
    """
    now = time.time()
    before = SECRETS[name].stored()
    kept = {each: text for each, text in before.items() if now < _end(name, before, each)}
    if len(kept) > 1:
        raise Conflict(
            f"A version before the newest is still accepted: `muster secret rotate --of {name} --retire` shows what would end with it"
        )
    text = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)).encode()
    return SecretState.of(name, _store(name, {**kept, int(now) + LEAD: text}, "secret.rotated"))


def _end(name: str, versions: Mapping[int, bytes], version: int) -> float:
    return secret.end(versions, version, _LIVES.get(name, float("inf")))


def retire(name: str, sure: bool) -> SecretState:
    """What ends with the versions before the newest; when it is `sure`, they end: at once in new containers, within FRESH seconds in all.
    Conflict when there is none, or the newest is not used yet.
    """
    versions = SECRETS[name].stored()
    newest = max(versions)
    if len(versions) == 1:
        raise Conflict(f"There is no version before the newest: make a new one with `muster secret rotate --of {name}`")
    if time.time() < newest:
        raise Conflict(
            f"The newest version is used from {datetime.fromtimestamp(newest, UTC):%H:%M:%S} UTC on: retire the others after that"
        )
    ends = made_before(newest) if name == "credentials" else ()
    if sure:
        versions = _store(name, {newest: versions[newest]}, "secret.retired")
    return SecretState.of(name, versions, ends, sure)


def _store(name: str, versions: Mapping[int, bytes], action: Action) -> Mapping[int, bytes]:
    """Store the versions. The entry in the audit log is written before, once: one may be without effect, but no effect is without one."""
    entry = author().entry(action, secret=name, version=max(versions))
    before = Audit.of_log(EVERYWHERE, entry.log, datetime.fromtimestamp(0, UTC))
    if not any((each.action, each.secret, each.version) == (action, name, entry.version) for each in before):
        transact(Audit.entry_writes(EVERYWHERE, entry))
    text = json.dumps({str(start): text.decode() for start, text in versions.items()})
    clients.secretsmanager().put_secret_value(SecretId=SECRETS[name].arn, SecretString=text)
    return versions


def list_all() -> Sequence[SecretState]:
    """Every secret that can be replaced."""
    return [SecretState.of(name, each.stored()) for name, each in SECRETS.items()]
