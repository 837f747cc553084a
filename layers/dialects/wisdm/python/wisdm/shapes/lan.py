"""The local network of a gateway (wisdm.md 8.2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict

from fleet.configuration.configuration import Configured
from wisdm.shapes.fields import WisdmShape
from wisdm.shapes.network import WifiNetwork, drop_unused_key, merged_settings

Channel = Literal[
    "Auto", "2412MHz", "2417MHz", "2422MHz", "2427MHz", "2432MHz", "2437MHz", "2442MHz", "2447MHz", "2452MHz", "2457MHz", "2462MHz",
    "2467MHz", "2472MHz",
]  # fmt: skip
_WIFI: dict[str, Any] = {
    "enabled": True, "ssid": "pier-ap", "encryption": "WPA2-PSK", "key": "blue-anchor-7", "channel": "2437MHz", "hidden": False,
}  # fmt: skip


class LanWifiIn(WifiNetwork):
    """The access point. What is left out keeps its value."""

    channel: Channel | None = None
    hidden: bool | None = None

    def settings(self) -> dict[str, Any]:
        """The settings to change; an enabled access point has its defaults."""
        defaults = {"channel": "Auto", "hidden": False} if self.enabled else {}
        return {**defaults, **self.model_dump(by_alias=True, exclude_none=True)}


def _refuse_ethernet(value: Any) -> Any:
    if value is not None:
        raise ValueError("cannot be changed here: the gateway could lose its way to the cloud")
    return value


class LanIn(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"wifi": _WIFI}]})

    wifi: LanWifiIn
    ethernet: Annotated[Any, AfterValidator(_refuse_ethernet)] = None


class LanEthernetOut(WisdmShape):
    enabled: bool


class LanWifiOut(WisdmShape):
    """As the gateway reported it, or as it is to be."""

    enabled: bool | None = None
    ssid: str | None = None
    encryption: str | None = None
    key: str | None = None
    channel: str | None = None
    hidden: bool | None = None


class LanOut(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"sn": "918100A1B2C3D4E501", "ethernet": {"enabled": False}, "wifi": _WIFI}]})

    sn: str
    ethernet: LanEthernetOut
    wifi: LanWifiOut

    @staticmethod
    def sealed_settings(configured: Configured) -> Any:
        """The stored settings, with their secrets encrypted. Unreachable while there are none."""
        return merged_settings(configured, "lan")

    @classmethod
    def of(cls, configured: Configured, lan: Any) -> Self:
        """The settings, with their secrets decrypted. Ethernet is as in the settings or, where they lack it, in the status report."""
        status = configured.gateway.reports.status
        ethernet_status = (status.lan.get("ethernet") if status else None) or {}
        ethernet = {"enabled": False, **ethernet_status, **(lan.get("ethernet") or {})}
        wifi = drop_unused_key(lan.get("wifi") or {})
        return cls(
            sn=configured.gateway.card.sn,
            ethernet=LanEthernetOut(enabled=ethernet["enabled"]),
            wifi=LanWifiOut(**wifi),
        )
