"""The record of uploaded syslog files: one row a file, in the order of time, under organization and gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fleet import aws
from fleet.access import Reach
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.model.log import LogFile
from fleet.store import table

RETENTION = timedelta(days=14)
"""How long a gateway's files are kept (WisDM contract, 9.1: the default of `wisdmLogsRotationCycle`)."""


class Logs:
    """Syslog files (access patterns F1 to F2)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def between(reach: Reach, organization: str, sn: str, start: datetime, end: datetime, now: datetime) -> Iterator[LogFile]:
        """F1: the kept files last modified in [start, end), newest first, then by key; of a file stored twice the newer."""
        if not reach.covers(organization):
            raise NotFound("Gateway")
        seen: set[str] = set()
        start = max(start, now - RETENTION)
        if start >= end:
            return
        values = {"pk": _pk(organization, sn), "start": _second(start), "end": f"{_second(end)}~"}
        rows = table.query("pk = :pk AND sk BETWEEN :start AND :end", values)
        files = [LogFile.model_validate_json(row["body"]["S"]) for row in rows]
        for file in sorted((f for f in files if start <= f.modified < end), key=lambda f: (-int(f.modified.timestamp()), f.key)):
            if file.key not in seen:
                seen.add(file.key)
                yield file

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def record(reach: Reach, organization: str, sn: str, file: LogFile) -> None:
        """F2: note an uploaded file; noting it again changes nothing."""
        if not reach.covers(organization):
            raise NotFound("Gateway")
        aws.dynamodb().put_item(
            TableName=table.table(),
            Item={
                "pk": {"S": _pk(organization, sn)},
                "sk": {"S": f"{_second(file.modified)}#{file.key}"},
                "body": {"S": file.model_dump_json()},
                "ttl": {"N": str(int((file.modified + RETENTION).timestamp()))},
            },
        )


def _pk(organization: str, sn: str) -> str:
    return f"LOGS#{organization}#{sn}"


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
