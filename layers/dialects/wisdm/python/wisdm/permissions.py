"""The permissions of API keys."""

from __future__ import annotations

from typing import Literal

Permission = Literal[
    "WRITE_ADD_GATEWAY_TO_LOCATION",
    "WRITE_ADD_LOCATION_TO_ORGANIZATION",
    "WRITE_EDIT_NETWORK_INTERFACE",
    "WRITE_EDIT_SYSTEM_SETTINGS",
    "WRITE_ENABLE_BATTERY_MONITORING",
    "WRITE_REBOOT_GATEWAY",
    "WRITE_RESET_PASSWORD",
    "WRITE_UPGRADE_FIRMWARE",
]
"""The write permissions of API keys (wisdm.md 2.1)."""
