"""The audit logs: who did what to an organization and its keys, to a user, to a gateway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.errors import Problem
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import SECRETS, AuditEntry
from muster.operator import organization, rules, user

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def of_organization(slug_or_id: str, since: str | None) -> Iterator[AuditEntry]:
    """The entries since a time, oldest first; all of them without one. Raises Invalid for a malformed time, and NoOrganization."""
    return Audit.since(EVERYWHERE, _organization(slug_or_id), start(since, datetime.now(UTC)))


def of_user(name_or_id: str, since: str | None) -> Iterator[AuditEntry]:
    """The same of a user. Raises NoUser; the log of one who is deleted is found by their id."""
    id = name_or_id.lower() if ids.is_id(name_or_id.lower()) else user.find(name_or_id).id
    return Audit.of_log(EVERYWHERE, f"USER#{id}", start(since, datetime.now(UTC)))


def of_gateway(sn: str, since: str | None) -> Iterator[AuditEntry]:
    """The same of a gateway, also of one that is unprovisioned by now."""
    return Audit.of_log(EVERYWHERE, f"GATEWAY#{sn.upper()}", start(since, datetime.now(UTC)))


def of_secrets(since: str | None) -> Iterator[AuditEntry]:
    """The same of the deployment's own secrets, which belong to no organization."""
    return Audit.of_log(EVERYWHERE, SECRETS, start(since, datetime.now(UTC)))


def _organization(slug_or_id: str) -> str:
    """The id of an organization, also of one that is deleted: its log stays, under the id alone."""
    try:
        return organization.find(slug_or_id).id
    except organization.NoOrganization:
        id = organization.id_of(slug_or_id)
        if id is None:
            raise organization.NoOrganization("There is no organization of this slug: read the log of a deleted one by its id") from None
        if not any(Audit.since(EVERYWHERE, id, datetime.fromtimestamp(0, UTC))):
            raise
        return id


def start(since: str | None, now: datetime) -> datetime:
    """A time (ISO 8601, UTC unless it says otherwise) or how long ago (`36h`, `7d`, `4w`)."""
    if since is None:
        return datetime.fromtimestamp(0, UTC)
    if ago := re.fullmatch(r"([1-9]\d{0,3})([hdw])", since):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        given = datetime.fromisoformat(since)
    except ValueError:
        rules.demand(Problem(("since",), "must be a time like 2026-01-05T09:00:00Z, or how long ago like 36h, 7d or 4w"))
        raise
    return given if given.tzinfo else given.replace(tzinfo=UTC)
