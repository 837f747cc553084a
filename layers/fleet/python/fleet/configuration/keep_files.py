"""Log files that gateways upload: recorded when S3 announces them, deleted at the end of their retention."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import unquote_plus

from fleet.access import Reach
from fleet.aws import objects, table
from fleet.aws.reads import both, fetch
from fleet.configuration.configurations import Configurations
from fleet.files import files
from fleet.files.file import LogFile
from fleet.files.files import Logs
from fleet.grants import uses
from fleet.registry.gateways import Gateways

Outcome = Literal["Recorded", "Ignored"]
_GZIP = b"\x1f\x8b"
"""How every gzip file begins (RFC 1952)."""
_KEY = re.compile(r"logs/([A-Z0-9]{6,32})/[0-9]{4}-[0-9]{2}-[0-9]{2}/[A-Za-z0-9._-]+\.gz")


@uses(Gateways.identity, Configurations.by_sn, objects.begins_with, Logs.record)
def record(reach: Reach, notification: str) -> list[Outcome]:
    """Record the files of a notification of S3; one outcome a file.

    A file under another kind of key, of a gateway without an owner or one that is blocked, or that is no gzip, is ignored: nothing lists
    it, until it expires. So is the message with which S3 tests a new notification: it names no file.

    Recording a file again changes nothing.
    """
    return [_record(reach, event) for event in json.loads(notification).get("Records", [])]


def _record(reach: Reach, event: Mapping[str, Any]) -> Outcome:
    key = unquote_plus(event["s3"]["object"]["key"])
    named = _KEY.fullmatch(key)
    if named is None or not event["eventName"].startswith("ObjectCreated:"):
        return "Ignored"
    (factory, card), configuration = fetch(reach, both(Gateways.identity(named[1]), Configurations.by_sn(named[1])))
    if card is None or factory is None or factory.blocked or not objects.begins_with(key, _GZIP):
        return "Ignored"
    stored = datetime.fromisoformat(event["eventTime"]).replace(microsecond=0)
    file = LogFile(key=key, size=event["s3"]["object"]["size"], modified=stored)
    Logs.record(Reach.of(card.organization), card.organization, card.sn, file, configuration.retention)
    return "Recorded"


@uses(objects.delete)
def expire(row: table.Key) -> bool:
    """Delete the file of a row that has expired; False when it is newer than the row, or gone already. Doing it again is harmless."""
    modified, key = files.of_row(row)
    return _KEY.fullmatch(key) is not None and objects.delete(key, modified)


@uses(Configurations.by_sn, Logs.retain)
def retain(reach: Reach, organization: str, sn: str) -> int:
    """Apply a gateway's configured retention to its files; how many that changed. Doing it again changes nothing."""
    return Logs.retain(reach, organization, sn, fetch(reach, Configurations.by_sn(sn)).retention)
