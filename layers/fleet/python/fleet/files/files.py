"""The record of uploaded syslog files: one row a file, in the order of time, under organization and gateway.

A row expires at the end of its file's retention, and the file is deleted after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.aws import clients, table
from fleet.aws.items import Items
from fleet.aws.writes import Write, attempt, write_alone
from fleet.files.file import LogFile
from fleet.grants import ANY, needs

PREFIX, NOTICES = "LOGS#", "RETENTION#"
RETENTION = 14
"""Days that files of a gateway are stored by default (wisdm.md 9.1)."""
DAILY_GRANTS, DAILY_MEBIBYTES = 48, 500
"""How many files, and how much, a gateway may upload a day (UTC), unless the stack's parameters say otherwise."""
COUNTED = "grant-counted"
_ITEMS = Items(LogFile, "Gateway")


def _pk(organization: str, sn: str) -> str:
    return f"{PREFIX}{organization}#{sn}"


def _notices(organization: str, sn: str) -> str:
    return f"{NOTICES}{organization}#{sn}"


class Logs:
    """Syslog files (access-patterns.md F1 to F4)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_pk(ANY, ANY)])
    def between(
        reach: Reach, organization: str, sn: str, start: datetime, end: datetime, now: datetime, days: int = RETENTION
    ) -> Iterator[LogFile]:
        """F1: the files last modified in [start, end) within their retention in days, newest first, by key.

        One that was stored again counts as it is now, even when that was after `end`: so what came later is read too.
        """
        seen: set[str] = set()
        start = max(start, now - timedelta(days=days))
        values = {"pk": _pk(organization, sn), "start": _second(start)}
        rows = table.query(reach, organization, "Gateway", "pk = :pk AND sk >= :start", values)
        if start >= end:
            return
        for file in sorted(map(_ITEMS.parse, rows), key=lambda f: (-int(f.modified.timestamp()), f.key)):
            if file.key not in seen and start <= file.modified < end:
                yield file
            seen.add(file.key)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_pk(ANY, ANY)])
    def record(reach: Reach, organization: str, sn: str, file: LogFile, days: int = RETENTION) -> None:
        """F2: record an uploaded file and its retention in days; recording it again changes nothing."""
        reach.demand_change(organization, "Gateway")
        place = _pk(organization, sn), f"{_second(file.modified)}#{file.key}"
        write_alone(_ITEMS.put(reach, place, file, more={"ttl": {"N": _until(file, days)}}))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_notices(ANY, ANY)])
    def retention_writes(reach: Reach, organization: str, sn: str, version: int, now: datetime) -> list[Write]:
        """F3: the writes that have a gateway's files stored for longer or shorter, for the transaction that decides it."""
        reach.demand_change(organization, "Gateway")
        row = {"org": {"S": organization}, "sn": {"S": sn}, "ttl": {"N": str(int(now.timestamp()) + 24 * 3600)}}
        return [Write.put((_notices(organization, sn), str(version)), row, None)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:UpdateItem", keys=[_pk(ANY, ANY)])
    def retain(reach: Reach, organization: str, sn: str, days: int) -> int:
        """F4: store all files of a gateway for so many days; how many that changed. One that expires meanwhile stays gone."""
        reach.demand_change(organization, "Gateway")
        changed = 0
        for row in table.query(reach, organization, "Gateway", "pk = :pk", {"pk": _pk(organization, sn)}):
            until = _until(_ITEMS.parse(row), days)
            if row["ttl"]["N"] != until:
                place = row["pk"]["S"], row["sk"]["S"]
                changed += attempt(Write.update(place, "SET #ttl = :until", names={"#ttl": "ttl"}, until={"N": until}))
        return changed


def _uploads(organization: str, sn: str) -> str:
    return f"UPLOADS#{organization}#{sn}"


class Uploads:
    """What gateways were allowed to upload: a row for each day, one for each grant (access-patterns.md F5)."""

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:UpdateItem", keys=[_uploads(ANY, ANY)])
    def count_writes(reach: Reach, organization: str, sn: str, grant: str, size: int, now: datetime) -> list[Write]:
        """F5: the writes that count the grant with this id, for a file of this many bytes.

        They fail with COUNTED where the grant was counted before, else where the day's files or bytes would be too many.
        """
        reach.demand_change(organization, "Gateway")
        place = _uploads(organization, sn)
        most = clients.number("UPLOAD_MEBIBYTES", DAILY_MEBIBYTES) * 1024 * 1024
        ttl = {"N": str(int(now.timestamp()) + 2 * 24 * 3600)}
        count = Write.update(
            (place, f"{now:%Y-%m-%d}"),
            "SET #ttl = :ttl ADD #grants :one, #bytes :size",
            "attribute_not_exists(pk) OR (#grants < :most AND #bytes <= :room)",
            named="over-quota",
            names={"#ttl": "ttl", "#grants": "grants", "#bytes": "bytes"},
            ttl=ttl,
            one={"N": "1"},
            size={"N": str(size)},
            most={"N": str(clients.number("UPLOAD_GRANTS", DAILY_GRANTS))},
            room={"N": str(most - size)},
        )
        return [Write.put((place, grant), {"ttl": ttl}, named=COUNTED), count]


def of_row(pair: table.Key) -> tuple[datetime, str]:
    """When the file of a row was stored, and its key. The keys of a row are enough to tell."""
    modified, _, key = pair[1].partition("#")
    return datetime.fromisoformat(modified), key


def _until(file: LogFile, days: int) -> str:
    return str(int((file.modified + timedelta(days=days)).timestamp()))


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
