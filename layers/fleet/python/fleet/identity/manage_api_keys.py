"""Managing API keys: making, changing, renewing and deleting them, each with its entry in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from fleet.access import Reach
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import every, fetch
from fleet.aws.writes import Refused, Write, transact
from fleet.errors import NotFound, Stale
from fleet.grants import uses
from fleet.identity import sign_in
from fleet.identity.api_key import ApiKey
from fleet.identity.api_keys import CHANGED, ApiKeys
from fleet.identity.identify_api_key import new_text
from fleet.identity.sign_in import Proof, SignedIn
from fleet.ids import new_id, to_uuid
from fleet.registry.locations import Locations
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Action, AuditEntry
from fleet.tenancy.organization import API_PLANS, Organization

_TRIES = 4
MUSTER = "muster"
"""Who does what follows by itself."""
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
    """A key that is not kept yet, with the text that opens it, which nobody can read again."""
    public_id, secret, text = new_text()
    made = ApiKey(
        **settings,
        id=to_uuid(new_id()),
        organization=organization.id,
        public_id=public_id,
        secret_hash=credential_hash(secret),
        lifespan_days=days,
        api_access=organization.plan in API_PLANS,
        created=now,
        expires=now + timedelta(days=days),
        updated=now,
    )
    return made, text


@uses(fetch)
def strangers(reach: Reach, organization: str, locations: Sequence[str]) -> list[int]:
    """The numbers of those that are no locations of the organization."""
    own = fetch(reach.within(organization), every({id: Locations.by_id(id).optional() for id in locations}))
    return [number for number, id in enumerate(locations) if own[id] is None]


@uses(new, ApiKeys.creating, Audit.noting, sign_in.confirm)
def create(
    who: SignedIn, organization: Organization, settings: Mapping[str, Any], days: int, proof: Proof, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key; it and its text. NotAllowed for a wrong proof, TooMany after many, Conflict: name taken, or 50 keys."""
    made, text = new(organization, settings, days, now)
    good = [*ApiKeys.creating(who.reach, made), Audit.noting(who.reach, _entry(who, "api_key.created", now, made.id))]
    try:
        sign_in.confirm(who, proof, now, good, [_failed(who, now, None)])
    except Refused as refused:
        raise ApiKeys.conflict(refused) from None
    return made, text


@uses(fetch, ApiKeys.changing, Audit.noting)
def _change(reach: Reach, key: ApiKey, changed: Callable[[ApiKey], ApiKey], entry: AuditEntry) -> ApiKey:
    """Keep what a key is changed to; asked again when it was changed by someone else meanwhile."""
    for _ in range(_TRIES):
        after = changed(key)
        fields = tuple(dict.fromkeys(told for name, told in _SETTINGS.items() if getattr(key, name) != getattr(after, name)))
        try:
            transact([*ApiKeys.changing(reach, key, after), Audit.noting(reach, entry.changed(fields=fields))])
        except Refused as refused:
            if CHANGED not in refused.failed:
                raise ApiKeys.conflict(refused) from None
            key = fetch(reach, ApiKeys.by_id(key.organization, key.id))
        else:
            return after
    raise Stale


@uses(_change)
def edit(who: SignedIn, key: ApiKey, settings: Callable[[ApiKey], Mapping[str, Any]], now: datetime) -> ApiKey:
    """Change settings of a key; `settings` says what they become, given the key as it is.

    Conflict when another key has the name; NotFound when the key was deleted meanwhile.
    """
    entry = _entry(who, "api_key.edited", now, key.id)
    return _change(who.reach, key, lambda current: current.edited(now, **settings(current)), entry)


@uses(ApiKeys.of_organization, _change)
def forget_location(reach: Reach, organization: str, location: str, now: datetime) -> None:
    """Take a location that is gone from every key that is limited to it. A key that is left with none permits nothing."""
    for key in list(ApiKeys.of_organization(reach, organization)):
        if location in (key.locations or ()):
            entry = AuditEntry(organization=organization, at=now, actor=MUSTER, action="api_key.edited", key=key.id)
            with suppress(NotFound):  # deleted meanwhile
                _change(reach, key, lambda current: current.without(location, now), entry)


@uses(fetch, credential_hash, ApiKeys.changing, Audit.noting, sign_in.confirm)
def regenerate(who: SignedIn, key: ApiKey, proof: Proof, now: datetime) -> tuple[ApiKey, str]:
    """Give a key another text, and its whole life again; it and its text. The old text is dead at once.

    NotAllowed for a wrong proof, TooMany after many, NotFound when the key was deleted meanwhile.
    """
    for _ in range(_TRIES):
        public_id, secret, text = new_text()
        after = key.renewed(public_id, credential_hash(secret), now)
        good = [*ApiKeys.changing(who.reach, key, after), Audit.noting(who.reach, _entry(who, "api_key.regenerated", now, key.id))]
        try:
            sign_in.confirm(who, proof, now, good, [_failed(who, now, key.id)])
        except Refused:
            key = fetch(who.reach, ApiKeys.by_id(key.organization, key.id))
        else:
            return after, text
    raise Stale


@uses(fetch, ApiKeys.deleting, Audit.noting)
def delete(who: SignedIn, key: ApiKey, now: datetime) -> None:
    """Delete a key for good. NotFound when it was deleted meanwhile."""
    for _ in range(_TRIES):
        entry = Audit.noting(who.reach, _entry(who, "api_key.deleted", now, key.id))
        try:
            transact([*ApiKeys.deleting(who.reach, key), entry])
        except Refused:
            key = fetch(who.reach, ApiKeys.by_id(key.organization, key.id))
        else:
            return
    raise Stale


def _entry(who: SignedIn, action: Action, now: datetime, key: str | None, fields: tuple[str, ...] = ()) -> AuditEntry:
    return AuditEntry(organization=who.organization, at=now, actor=who.user.id, email=who.user.email, action=action, key=key, fields=fields)


@uses(Audit.noting)
def _failed(who: SignedIn, now: datetime, key: str | None) -> Write:
    return Audit.noting(who.reach, _entry(who, "confirmation.failed", now, key))
