"""The record of uploaded syslog files: one row a file, in the order of time, under organization and gateway.

A row expires when its file has been kept for long enough, and the file goes after it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.aws import clients, table
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.files.file import LogFile
from fleet.grants import needs

PREFIX, NOTICES = "LOGS#", "RETENTION#"
RETENTION = 14
"""Days that files of a gateway are kept that was never told otherwise (wisdm.md 9.1)."""


class Logs:
    """Syslog files (access-patterns.md F1 to F4)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def between(
        reach: Reach, organization: str, sn: str, start: datetime, end: datetime, now: datetime, days: int = RETENTION
    ) -> Iterator[LogFile]:
        """F1: the files last modified in [start, end) and kept for so many days, newest first, by key.

        One that was stored again counts as it is now, also when that was after `end`: so what came later is read too.
        """
        if not reach.covers(organization):
            raise NotFound("Gateway")
        seen: set[str] = set()
        start = max(start, now - timedelta(days=days))
        if start >= end:
            return
        rows = table.query("pk = :pk AND sk >= :start", {"pk": _pk(organization, sn), "start": _second(start)})
        files = [LogFile.model_validate_json(row["body"]["S"]) for row in rows]
        for file in sorted(files, key=lambda f: (-int(f.modified.timestamp()), f.key)):
            if file.key not in seen and start <= file.modified < end:
                yield file
            seen.add(file.key)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def record(reach: Reach, organization: str, sn: str, file: LogFile, days: int = RETENTION) -> None:
        """F2: note an uploaded file that is kept for so many days; noting it again changes nothing."""
        if not reach.covers(organization):
            raise NotFound("Gateway")
        clients.dynamodb().put_item(
            TableName=table.table(),
            Item={
                "pk": {"S": _pk(organization, sn)},
                "sk": {"S": f"{_second(file.modified)}#{file.key}"},
                "body": {"S": file.model_dump_json()},
                "ttl": {"N": _until(file, days)},
            },
        )

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def keeping(reach: Reach, organization: str, sn: str, version: int, now: datetime) -> Write:
        """F3: the write that has a gateway's files kept for longer or shorter, for the transaction that decides it."""
        if not reach.covers(organization):
            raise NotFound("Gateway")
        row = {"org": {"S": organization}, "sn": {"S": sn}, "ttl": {"N": str(int(now.timestamp()) + 24 * 3600)}}
        return Write.put((f"{NOTICES}{organization}#{sn}", str(version)), row, None)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:UpdateItem")
    def keep(reach: Reach, organization: str, sn: str, days: int) -> int:
        """F4: have all files of a gateway kept for so many days; how many that changed. One that expires meanwhile stays gone."""
        if not reach.covers(organization):
            raise NotFound("Gateway")
        changed, client = 0, clients.dynamodb()
        for row in table.query("pk = :pk", {"pk": _pk(organization, sn)}):
            until = _until(LogFile.model_validate_json(row["body"]["S"]), days)
            if row["ttl"]["N"] != until:
                with contextlib.suppress(client.exceptions.ConditionalCheckFailedException):
                    client.update_item(
                        TableName=table.table(),
                        Key={"pk": row["pk"], "sk": row["sk"]},
                        UpdateExpression="SET #ttl = :until",
                        ConditionExpression="attribute_exists(pk)",
                        ExpressionAttributeNames={"#ttl": "ttl"},
                        ExpressionAttributeValues={":until": {"N": until}},
                    )
                    changed += 1
        return changed


def of_row(pair: table.Key) -> tuple[datetime, str]:
    """When the file of a row was stored, and its key. The keys of a row are enough to tell."""
    modified, _, key = pair[1].partition("#")
    return datetime.fromisoformat(modified), key


def _until(file: LogFile, days: int) -> str:
    return str(int((file.modified + timedelta(days=days)).timestamp()))


def _pk(organization: str, sn: str) -> str:
    return f"{PREFIX}{organization}#{sn}"


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
