"""Files that gateways stored: S3 tells of each, and it is noted for its gateway's organization."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import unquote_plus

from fleet.access import Reach
from fleet.grants import uses
from fleet.model.log import LogFile
from fleet.store.ask import fetch
from fleet.store.gateways import Gateways
from fleet.store.logs import Logs

Outcome = Literal["Recorded", "Ignored"]
_KEY = re.compile(r"logs/([A-Z0-9]{6,32})/[0-9]{4}-[0-9]{2}-[0-9]{2}/[A-Za-z0-9._-]+\.gz")


@uses(fetch, Logs.record)
def record(reach: Reach, notification: str) -> list[Outcome]:
    """Note the files that a notification of S3 tells of; one outcome a file.

    A file under another kind of key, or of a gateway that nobody owns, is ignored. So is the message with which S3
    tries out a new notification: it tells of no file. Noting a file again changes nothing.
    """
    return [_record(reach, event) for event in json.loads(notification).get("Records", [])]


def _record(reach: Reach, event: Mapping[str, Any]) -> Outcome:
    key = unquote_plus(event["s3"]["object"]["key"])
    named = _KEY.fullmatch(key)
    if named is None or not event["eventName"].startswith("ObjectCreated:"):
        return "Ignored"
    _, card = fetch(reach, Gateways.identity(named[1]))
    if card is None:
        return "Ignored"
    stored = datetime.fromisoformat(event["eventTime"]).replace(microsecond=0)
    Logs.record(
        Reach.of(card.organization), card.organization, card.sn, LogFile(key=key, size=event["s3"]["object"]["size"], modified=stored)
    )
    return "Recorded"
