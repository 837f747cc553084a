"""The local network of a gateway (wisdm.md 8.2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict

from fleet.configuration.configuration import Configured
from fleet.errors import Invalid, Problem, Unreachable
from wisdm.shapes.fields import Blank, WisdmShape
from wisdm.shapes.network import UNKNOWN, WifiNetwork, drop_unused_key

Channel = Literal[
    "Auto", "2412MHz", "2417MHz", "2422MHz", "2427MHz", "2432MHz", "2437MHz", "2442MHz", "2447MHz", "2452MHz", "2457MHz", "2462MHz",
    "2467MHz", "2472MHz",
]  # fmt: skip
_WIFI: dict[str, Any] = {
    "enabled": True, "ssid": "pier-ap", "encryption": "WPA2-PSK", "key": "blue-anchor-7", "channel": "2437MHz", "hidden": False,
}  # fmt: skip


class LanWifiIn(WifiNetwork):
    """The access point. What is left out keeps its value."""

    channel: Annotated[Channel | None, Blank()] = None
    hidden: bool | None = None

    def settings(self) -> dict[str, Any]:
        """The settings to change; an enabled access point has its defaults."""
        defaults = {"channel": "Auto", "hidden": False} if self.enabled else {}
        return {**defaults, **self.model_dump(by_alias=True, exclude_none=True)}


class LanIn(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"wifi": _WIFI}]})

    wifi: LanWifiIn
    ethernet: Any = None

    def check_ethernet(self, configured: Configured) -> None:
        """Invalid unless it is left out, or as it is shown: what was read may be posted back."""
        if self.ethernet is None:
            return
        shown = LanEthernetOut.of(configured, configured.lan) if configured.lan else None
        enabled = self.ethernet.get("enabled") if isinstance(self.ethernet, dict) else None
        if shown is None or enabled is not shown.enabled or self.ethernet.keys() != {"enabled"}:
            message = "cannot be changed here: the gateway could lose its way to the cloud"
            raise Invalid(Problem(("ethernet",), message))


class LanEthernetOut(WisdmShape):
    enabled: bool

    @classmethod
    def of(cls, configured: Configured, lan: Any) -> Self:
        """As in the settings or, where they lack it, in the status report."""
        status = configured.gateway.reports.status
        reported = (status.lan.get("ethernet") if status else None) or {}
        return cls(enabled={"enabled": False, **reported, **(lan.get("ethernet") or {})}["enabled"])


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

    @classmethod
    def of(cls, configured: Configured, lan: Any) -> Self:
        """The settings, with their secrets decrypted. Unreachable while there are none."""
        if lan is None:
            raise Unreachable(UNKNOWN)
        wifi = drop_unused_key(lan.get("wifi") or {})
        return cls(sn=configured.gateway.card.sn, ethernet=LanEthernetOut.of(configured, lan), wifi=LanWifiOut(**wifi))
