"""Trims the records of table streams behind their slowest reader. MiniStack 1.5.33 holds all of 24 hours, in memory and in each save.

STREAM_POSITIONS is the folder in which readers record their positions, a file each: `{"stream": ARN, "done": {shard: sequence number}}`.
Without it nothing is trimmed. A reader without a position has read nothing yet.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ministack import app
from ministack.services import dynamodb

_FOLDER = os.environ.get("STREAM_POSITIONS")
_EVERY = float(os.environ["CHECKPOINT"])
"""Seconds between two trims."""


def positions() -> dict[str, str]:
    """The files of the readers, by name."""
    return {file.name: file.read_text() for file in Path(_FOLDER).glob("*.json")} if _FOLDER else {}


def restore(saved: Mapping[str, str]) -> None:
    """Set the readers back to where they were when this was saved: what they have done since then is lost with the rest."""
    if not _FOLDER:
        return
    folder = Path(_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.json"):
        file.unlink()
    for name, text in saved.items():
        (folder / name).write_text(text)


def trim() -> None:
    """Drop the records that all readers of a stream have read, but for the last one, behind which they start again."""
    slowest = _slowest()
    for (account, region, table), records in dynamodb._stream_records.all_items():
        stream = (dynamodb._tables.get_scoped(account, region, table) or {}).get("LatestStreamArn")
        end = slowest.get(str(stream), "")
        read = next((place for place, record in enumerate(records) if record["dynamodb"]["SequenceNumber"] >= end), 0)
        del records[:read]
        trimmed = dynamodb._stream_trimmed
        trimmed.set_scoped(account, region, table, trimmed.get_scoped(account, region, table, 0) + read)


def _slowest() -> dict[str, str]:
    """For each stream the last sequence number that all of its readers have read; "" when one of them has read nothing."""
    slowest: dict[str, str] = {}
    for text in positions().values():
        position: Any = json.loads(text)
        mine = min(position["done"].values(), default="")
        slowest[position["stream"]] = min(mine, slowest.get(position["stream"], mine))
    return slowest


def _regularly() -> None:
    """Trim on the event loop, where streams are read: no reader then sees half of it."""
    while True:
        time.sleep(_EVERY)
        if (loop := app._MAIN_LOOP) is not None:
            loop.call_soon_threadsafe(trim)


def apply() -> None:
    if _FOLDER:
        threading.Thread(target=_regularly, daemon=True, name="trimming").start()
