"""Syslog files of gateways."""

from __future__ import annotations

from datetime import datetime

from fleet.values import Value


class LogFile(Value):
    """An uploaded file: its key in the files bucket, its size in bytes, and when it was stored."""

    key: str
    size: int
    modified: datetime
