"""The priority of the Internet connections (wisdm.md 8.1), and what the settings of LAN and WAN share (wisdm.md 8.2 and 8.3)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from fleet.configuration.configuration import Configured, Priority
from fleet.errors import Unreachable
from wisdm.shapes.fields import Blank, Ignored, WisdmShape

Encryption = Literal["NONE", "WPA-PSK", "WPA2-PSK", "WPA-WPA2-PSK-MIXED"]
UNKNOWN = "The gateway has not reported these settings yet"
OPEN = "NONE"
"""The `encryption` of a Wi-Fi network that has no key."""


def _check_printable(text: str) -> str:
    if not all(" " <= character <= "~" for character in text):
        raise ValueError("must have printable ASCII characters only")
    return text


def _check_ssid(text: str) -> str:
    if len(text.encode()) > 32:
        raise ValueError("must have at most 32 bytes in UTF-8")
    if any(ord(character) < 32 for character in text):
        raise ValueError("must not hold control characters")
    return text


Printable = Annotated[str, AfterValidator(_check_printable)]
Ssid = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(_check_ssid)]
WifiKey = Annotated[Printable, Field(min_length=8, max_length=63)]
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?", re.ASCII)


def is_host_name(text: str) -> bool:
    return len(text) <= 253 and _NAME.fullmatch(text) is not None


def drop_unused_key(wifi: Any) -> Any:
    """The members of a Wi-Fi network, without the key if the network is open: then it is ignored, whatever it is."""
    if isinstance(wifi, dict) and wifi.get("encryption") == OPEN:
        return {name: value for name, value in wifi.items() if name != "key"}
    return wifi


class WifiNetwork(WisdmShape):
    """A Wi-Fi network. SSID and encryption are required while it is enabled, the key too unless it is open."""

    model_config = ConfigDict(validate_default=True)

    enabled: bool
    ssid: Annotated[Ssid | None, Blank()] = None
    encryption: Annotated[Encryption | None, Blank()] = None
    key: Annotated[WifiKey | None, Ignored("in an open network"), Blank()] = None

    @model_validator(mode="before")
    @classmethod
    def _drop_unused_key(cls, wifi: Any) -> Any:
        return drop_unused_key(wifi)

    @field_validator("ssid", "encryption")
    @classmethod
    def _require_while_enabled(cls, value: str | None, of: ValidationInfo) -> str | None:
        if value is None and of.data.get("enabled"):
            raise ValueError("is required while the interface is enabled")
        return value

    @field_validator("key")
    @classmethod
    def _require_key(cls, key: str | None, of: ValidationInfo) -> str | None:
        if key is None and of.data.get("enabled") and (of.data.get("encryption") or OPEN) != OPEN:
            raise ValueError("is required by the encryption")
        return key


def merged_settings(configured: Configured, section: str) -> Any:
    """The settings of a section: each part as desired, else as reported. Unreachable while neither is known."""
    value = configured.configuration.merged(section)
    if value is None:
        raise Unreachable(UNKNOWN)
    return value


class PriorityIn(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"priority": "ETH_CELLULAR_WIFI"}]})

    priority: Priority


class PriorityOut(PriorityIn):
    model_config = ConfigDict(json_schema_extra={"examples": [{"sn": "918100A1B2C3D4E501", "priority": "ETH_CELLULAR_WIFI"}]})

    sn: str

    @classmethod
    def of(cls, configured: Configured) -> Self:
        """Unreachable while the priority is not known."""
        priority = configured.priority
        if priority is None:
            raise Unreachable(UNKNOWN)
        return cls(sn=configured.gateway.card.sn, priority=priority)
