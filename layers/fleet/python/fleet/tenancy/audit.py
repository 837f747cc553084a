"""The audit logs of organizations, users and gateways, each in the order of time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.writes import Write
from fleet.grants import ANY, needs
from fleet.tenancy.audit_entry import ATTEMPT_LIFE, AuditEntry

_ITEMS = Items(AuditEntry, "Organization")


def _partition(log: str) -> str:
    return f"AUDIT#{log}"


def _place(entry: AuditEntry) -> table.Key:
    return _partition(entry.log), f"{_time(entry.at)}#{secrets.token_hex(4)}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Audit:
    """The audit logs (access-patterns.md AU1 to AU4)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def entry_writes(reach: Reach, entry: AuditEntry) -> list[Write]:
        """AU1: the writes of an entry, for the transaction of what it records. Those of users and gateways are for the operator."""
        reach.demand_change(entry.organization, "Organization")
        return [_ITEMS.create(reach, _place(entry), entry)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_partition(ANY)])
    def since(reach: Reach, organization: str, start: datetime) -> Iterator[AuditEntry]:
        """AU2: the entries of an organization from a time on, oldest first. For the operator."""
        values = {"pk": _partition(organization), "start": _time(start)}
        yield from map(_ITEMS.parse, table.query(reach, organization, "Organization", "pk = :pk AND sk >= :start", values))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_partition(ANY)])
    def of_log(reach: Reach, log: str, start: datetime) -> Iterator[AuditEntry]:
        """AU3: the same of a user or a gateway; `log` is as `AuditEntry.log` has it. For callers whose reach is everything."""
        values = {"pk": _partition(log), "start": _time(start)}
        yield from map(_ITEMS.parse, table.query(reach, None, "Audit log", "pk = :pk AND sk >= :start", values))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def attempt_writes(reach: Reach, entry: AuditEntry) -> list[Write]:
        """AU4: the writes of an entry about an attempt to sign in or to get a token, which expires (`ATTEMPT_LIFE`). For the transaction
        that counts the attempt. That of a user is written before there is a caller: no reach is needed.
        """
        expires = {"ttl": {"N": str(int((entry.at + ATTEMPT_LIFE).timestamp()))}}
        return [_ITEMS.create(reach, _place(entry), entry, more=expires)]
