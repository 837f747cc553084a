"""Manages API keys: creates, changes, renews and deletes them, each with an entry in the audit log."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from fleet.access import Reach
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import Found, Read, every
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import Invalid, NotAllowed, NotFound, Problem, TooMany
from fleet.grants import uses
from fleet.identity import sign_in
from fleet.identity.api_key import ApiKey
from fleet.identity.api_keys import CHANGED, ApiKeys, LastUses
from fleet.identity.identify_api_key import new_text
from fleet.identity.sign_in import Proof, SignedIn
from fleet.ids import new_id, to_uuid
from fleet.registry.locations import Locations
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Action, AuditEntry
from fleet.tenancy.organization import Organization

MUSTER = "muster"
"""The actor of what follows from something else."""
_SETTINGS = {
    "name": "name",
    "access": "access",
    "permissions": "writePermissions",
    "restriction": "applicationRestriction",
    "referrers": "applicationRestriction",
    "addresses": "applicationRestriction",
    "locations": "locationIds",
    "enabled": "enabled",
}
"""What the audit log calls the settings (wisdm.md 10.2)."""


@uses(credential_hash)
def new(organization: Organization, settings: Mapping[str, Any], days: int, now: datetime) -> tuple[ApiKey, str]:
    """A key that is not stored yet, and its text, which nobody can read again. NotAllowed: the organization's plan has none."""
    _demand_plan(organization.api_access)
    public_id, secret, text = new_text()
    key = ApiKey(
        **settings,
        id=to_uuid(new_id()),
        organization=organization.id,
        public_id=public_id,
        secret_hash=credential_hash(secret),
        lifespan_days=days,
        api_access=organization.api_access,
        created=now,
        expires=now + timedelta(days=days),
        updated=now,
    )
    return key, text


def _demand_plan(api_access: bool) -> None:
    if not api_access:
        raise NotAllowed("The organization's plan comes without the API")


@uses(Locations.by_id)
def unknown_locations(organization: str, locations: Sequence[str]) -> Read[list[int]]:
    """The indexes of those that are no locations of the organization."""
    read = every({id: Locations.by_id(id).optional() for id in locations})

    def parse(reach: Reach, found: Found) -> list[int]:
        own = read.parse(reach.within(organization), found)
        return [number for number, id in enumerate(locations) if own[id] is None]

    return Read(read.keys, parse)


@uses(LastUses.of)
def last_uses(keys: Iterable[ApiKey]) -> Read[dict[str, datetime | None]]:
    """The hour in which each key was last used, by the key's id; None where its text has not been."""
    return every({key.id: LastUses.of(key.public_id) for key in keys})


@uses(new, ApiKeys.create_writes, Audit.entry_writes, sign_in.check, sign_in.confirm)
def create(
    who: SignedIn, organization: Organization, settings: Mapping[str, Any], days: int, proof: Proof, now: datetime
) -> tuple[ApiKey, str]:
    """Create a key; it and its text. NotAllowed for a wrong proof, or a plan without keys, TooMany after many wrong proofs, Conflict:
    name taken, or 50 keys.
    """
    key, text = new(organization, settings, days, now)
    good = [*ApiKeys.create_writes(who.reach, key), *_entry_writes(who, organization.id, "api_key.created", now, key.id)]
    try:
        sign_in.confirm(sign_in.check(who, proof, now), good, _entry_writes(who, organization.id, "confirmation.failed", now))
    except Refused as refused:
        raise ApiKeys.conflict(refused) from None
    return key, text


Store = Callable[[ApiKey, ApiKey, Sequence[Write]], None]
"""Puts a key in place of another, in one transaction with further writes."""


@uses(ApiKeys.by_id, Audit.entry_writes)
def _change(reach: Reach, key: ApiKey, change: Callable[[ApiKey], ApiKey], entry: AuditEntry, put: Store) -> ApiKey:
    """Store what `change` makes of a key, anew when somebody else has changed it meanwhile."""

    def store(key: ApiKey) -> ApiKey:
        after = change(key)
        fields = tuple(dict.fromkeys(field for name, field in _SETTINGS.items() if getattr(key, name) != getattr(after, name)))
        put(key, after, Audit.entry_writes(reach, entry.changed(fields=fields)))
        return after

    try:
        return retrying(reach, ApiKeys.by_id(key.organization, key.id), store, first=key, on={CHANGED})
    except Refused as refused:
        raise ApiKeys.conflict(refused) from None


@uses(_change, ApiKeys.edit_writes, Audit.entry_writes, sign_in.check, sign_in.confirm)
def edit(who: SignedIn, key: ApiKey, settings: Callable[[ApiKey], Mapping[str, Any]], proof: Proof | None, now: datetime) -> ApiKey:
    """Change settings of a key; `settings` returns the new ones for the key as it is. A proof is needed, and looked at, where it permits
    more from then on.

    Invalid without a proof, NotAllowed for a wrong one, TooMany after many of these. Conflict when another key has the name; NotFound when
    the key was deleted meanwhile.
    """
    entry = _entry(who, key.organization, "api_key.edited", now, key.id)

    @functools.cache
    def confirmation() -> sign_in.Confirmation:
        if proof is None:
            raise Invalid(Problem(("confirmation",), "is required for a change that lets the key do more"))
        return sign_in.check(who, proof, now)

    def put(before: ApiKey, after: ApiKey, more: Sequence[Write]) -> None:
        writes = [*ApiKeys.edit_writes(who.reach, before, after), *more]
        if after.wider_than(before):
            sign_in.confirm(confirmation(), writes, _entry_writes(who, key.organization, "confirmation.failed", now, key.id))
        else:
            transact(writes)

    return _change(who.reach, key, lambda current: current.edited(now, **settings(current)), entry, put)


@uses(ApiKeys.of_organization, _change, ApiKeys.change_writes)
def forget_location(reach: Reach, organization: str, location: str, now: datetime) -> None:
    """Remove a deleted location from every key that is limited to it. A key that is left with none permits nothing."""

    def put(before: ApiKey, after: ApiKey, more: Sequence[Write]) -> None:
        transact([*ApiKeys.change_writes(reach, before, after), *more])

    for key in list(ApiKeys.of_organization(reach, organization)):
        if location in (key.locations or ()):
            entry = AuditEntry(organization=organization, at=now, actor=MUSTER, action="api_key.edited", key=key.id)
            with suppress(NotFound):  # deleted meanwhile
                _change(reach, key, lambda current: current.without(location, now), entry, put)


@uses(ApiKeys.by_id, credential_hash, ApiKeys.renew_writes, LastUses.forget_writes, Audit.entry_writes, sign_in.check, sign_in.confirm)
def regenerate(who: SignedIn, key: ApiKey, proof: Proof, now: datetime) -> tuple[ApiKey, str]:
    """Give a key another text, and its whole life again; it and its text. The old text is dead at once, and the new one has not been used.

    NotAllowed for a wrong proof, or a plan without keys, TooMany after many wrong proofs and when others keep changing the key, NotFound
    when it was deleted meanwhile.
    """
    _demand_plan(key.api_access)
    confirmation = sign_in.check(who, proof, now)
    public_id, secret, text = new_text()
    hash = credential_hash(secret)

    def renew(key: ApiKey) -> tuple[ApiKey, str]:
        after = key.renewed(public_id, hash, now)
        writes = [*ApiKeys.renew_writes(who.reach, key, after), *LastUses.forget_writes(who.reach, key)]
        good = [*writes, *_entry_writes(who, key.organization, "api_key.regenerated", now, key.id)]
        sign_in.confirm(confirmation, good, _entry_writes(who, key.organization, "confirmation.failed", now, key.id))
        return after, text

    return retrying(who.reach, ApiKeys.by_id(key.organization, key.id), renew, first=key, busy=_busy())


@uses(ApiKeys.by_id, ApiKeys.delete_writes, LastUses.forget_writes, Audit.entry_writes)
def delete(reach: Reach, key: ApiKey, now: datetime, actor: str, email: str | None = None) -> None:
    """Delete a key for good. NotFound when it was deleted meanwhile, TooMany when others keep changing it.

    `actor` and `email` are those of the entry in the audit log.
    """
    entry = AuditEntry(organization=key.organization, at=now, actor=actor, email=email, action="api_key.deleted", key=key.id)

    def remove(key: ApiKey) -> None:
        gone = [*ApiKeys.delete_writes(reach, key), *LastUses.forget_writes(reach, key)]
        transact([*gone, *Audit.entry_writes(reach, entry)])

    retrying(reach, ApiKeys.by_id(key.organization, key.id), remove, first=key, busy=_busy())


def _busy() -> TooMany:
    return TooMany("The API key is being changed too often at once")


def _entry(who: SignedIn, organization: str, action: Action, now: datetime, key: str | None) -> AuditEntry:
    return AuditEntry(organization=organization, at=now, actor=who.user.id, email=who.user.email, action=action, key=key)


def _entry_writes(who: SignedIn, organization: str, action: Action, now: datetime, key: str | None = None) -> list[Write]:
    return Audit.entry_writes(who.reach, _entry(who, organization, action, now, key))
