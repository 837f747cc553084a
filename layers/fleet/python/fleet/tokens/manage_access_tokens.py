"""Manages access tokens: creates and revokes them, each with an entry in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fleet.access import Reach
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import every, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, transact
from fleet.errors import NotFound
from fleet.grants import uses
from fleet.registry.devices import Devices
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Author
from fleet.tenancy.organizations import STANDING, Disabled
from fleet.tokens.access_token import AccessToken
from fleet.tokens.access_tokens import AccessTokens
from fleet.tokens.identify_access_token import new_text


@uses(AccessTokens.store_writes, Audit.entry_writes, credential_hash)
def create(reach: Reach, organization: str, settings: Mapping[str, Any], days: int | None, by: Author) -> tuple[AccessToken, str]:
    """Create a token that is good for so many days, None: until it is revoked; it and its text, which nobody can read again.

    `settings` are fields of AccessToken. Disabled when the organization is disabled, or was deleted.
    """
    id, secret, text = new_text()
    now = by.at.replace(microsecond=0)
    token = AccessToken(
        **settings,
        id=id,
        organization=organization,
        secret_hash=credential_hash(secret),
        created=now,
        expires=None if days is None else now + timedelta(days=days),
        by=by.actor,
    )
    entry = by.entry("access_token.created", organization=organization, token=id)
    try:
        transact([*AccessTokens.store_writes(reach, token), *Audit.entry_writes(reach, entry)])
    except Refused as refused:
        if STANDING in refused.failed:
            raise Disabled from None
        raise
    return token, text


@uses(Devices.by_id)
def unknown_devices(reach: Reach, organization: str, devices: Sequence[str]) -> list[str]:
    """Those of the ids that are no devices of the organization, or of devices that are deleted."""
    reads = {id: Devices.by_id(id).optional() for id in devices}
    return [id for id, device in fetch(reach.within(organization), every(reads)).items() if device is None]


@uses(AccessTokens.by_id, AccessTokens.of_organization)
def tokens_of(reach: Reach, organization: str) -> list[AccessToken]:
    """The tokens of an organization, oldest first to the second."""
    found = fetch(reach, every({id: AccessTokens.by_id(id) for id in AccessTokens.of_organization(reach, organization)}))
    return [token for token in found.values() if token]


@uses(AccessTokens.by_id, AccessTokens.delete_writes, Audit.entry_writes)
def revoke(reach: Reach, organization: str, id: str, by: Author) -> AccessToken:
    """Revoke a token: its text is refused with the next request, for good. What it was; NotFound when the
    organization has no such token."""

    def remove(token: AccessToken | None) -> AccessToken:
        if token is None or token.organization != organization:
            raise NotFound("Access token")
        entry = by.entry("access_token.revoked", organization=organization, token=id)
        transact([*AccessTokens.delete_writes(reach, token), *Audit.entry_writes(reach, entry)])
        return token

    return retrying(reach, AccessTokens.by_id(id), remove)
