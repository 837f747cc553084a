"""The audit log of each organization, in the order of time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.tenancy.audit_entry import AuditEntry


def _partition(organization: str) -> str:
    return f"AUDIT#{organization}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Audit:
    """What was done (access-patterns.md AU1 and AU2)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def noting(reach: Reach, entry: AuditEntry) -> Write:
        """AU1: the write of an entry, for the transaction that does what it tells of."""
        if not reach.covers(entry.organization):
            raise NotFound("Organization")
        place = _partition(entry.organization), f"{_time(entry.at)}#{secrets.token_hex(4)}"
        return Write.put(place, {"body": {"S": entry.model_dump_json(exclude_none=True)}})

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def since(reach: Reach, organization: str, start: datetime) -> Iterator[AuditEntry]:
        """AU2: the entries of an organization from a time on, oldest first. For the operator."""
        if not reach.covers(organization):
            raise NotFound("Organization")
        values = {"pk": _partition(organization), "start": _time(start)}
        for item in table.query("pk = :pk AND sk >= :start", values):
            yield AuditEntry.model_validate_json(item["body"]["S"])
