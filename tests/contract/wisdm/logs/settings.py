"""A gateway's log settings."""

from __future__ import annotations

from typing import Any

SERVER = {"ip": "198.51.100.20", "port": 6514}
FULL: dict[str, Any] = {
    "shareLogs": "externalAndWisdm",
    "logsRotationCycle": 30,
    "wisdmLogsRetrievalCycle": 60,
    "wisdmLogsRotationCycle": 21,
    "externalLogServer": SERVER,
}
DEFAULTS: dict[str, Any] = {"shareLogs": "none", "logsRotationCycle": 7, "wisdmLogsRetrievalCycle": 10, "wisdmLogsRotationCycle": 14}
