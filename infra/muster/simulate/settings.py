"""The configuration of a simulated gateway: it applies desired values and refuses those that its model cannot support."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fleet.configuration.configuration import SECTIONS, with_secrets

SHARED = ("wisdm", "externalAndWisdm")
_PARTS = {"ETH": "ethernet", "WIFI": "wifi", "CELLULAR": "cellular"}
_TRACKING: Mapping[str, Any] = {
    "trackMethod": "ping",
    "trackTargets": ["8.8.8.8"],
    "reliability": 1,
    "pingCount": 1,
    "pingInterval": 5,
    "pingTimeout": 2,
    "interfaceDown": 3,
    "interfaceUp": 3,
}


class Unsupported(Exception):
    """The model does not support the value; the message says why."""


class Settings:
    """The sections of one gateway's configuration, secrets in clear, and the applied version of each."""

    def __init__(self, *, has_modem: bool, has_battery: bool, ssid: str, key: str) -> None:
        self._has_modem, self._has_battery = has_modem, has_battery
        wifi = {"enabled": True, "ssid": ssid, "encryption": "WPA2-PSK", "key": key, "channel": "Auto", "hidden": False}
        ethernet = {"enabled": True, "protocol": "dhcp", "dhcpClient": {"useDNS": True}, "tracking": dict(_TRACKING)}
        cellular = {"cellular": {"enabled": True, "apn": "internet", "tracking": dict(_TRACKING)}} if has_modem else {}
        self.values: dict[str, Any] = {
            "priority": "ETH_CELLULAR_WIFI",
            "lan": {"ethernet": {"enabled": False}, "wifi": wifi},
            "wan": {"ethernet": ethernet, "wifi": {"enabled": False}, **cellular},
            "syslog": {"shareLogs": "none", "logsRotationCycle": 7, "wisdmLogsRetrievalCycle": 10, "wisdmLogsRotationCycle": 14},
            "batteryMonitoring": {"enabled": False},
        }
        self.versions: dict[str, int] = dict.fromkeys(self.values, 0)

    def apply(self, section: str, version: int, value: Any, unseal: Callable[[str], str]) -> None:
        """Apply a desired value unless a newer version is applied. Raises Unsupported, or ValueError when a secret cannot be decrypted."""
        if section not in SECTIONS:
            raise Unsupported("There is no such section")
        if version < self.versions[section]:
            return
        clear = with_secrets(section, value, lambda secret: unseal(secret["box"]))
        if section == "wan" and clear.get("cellular", {}).get("enabled") and not self._has_modem:
            raise Unsupported("There is no modem")
        if section == "batteryMonitoring" and clear["enabled"] and not self._has_battery:
            raise Unsupported("There is no battery")
        self.values[section] = self._merge(section, clear)
        self.versions[section] = version

    def _merge(self, section: str, value: Any) -> Any:
        if section not in ("lan", "wan"):
            return value
        merged = {**self.values[section], **value}
        before = self.values["lan"]["wifi"].get("key")
        if section == "lan" and before and merged["wifi"].get("encryption") != "NONE":
            merged["wifi"] = {"key": before, **merged["wifi"]}
        return merged

    def report(self, section: str, seal: Callable[[str], str]) -> dict[str, Any]:
        """A report of one section, its secrets encrypted."""
        value = with_secrets(section, self.values[section], lambda secret: {"box": seal(secret)})
        return {"version": self.versions[section], section: value}

    def reports(self, seal: Callable[[str, str], str]) -> Iterator[dict[str, Any]]:
        """Reports of all sections, one for each version. `seal` takes the section and the secret."""
        for version in sorted(set(self.versions.values())):
            sections = [name for name in self.values if self.versions[name] == version]
            report: dict[str, Any] = {}
            for name in sections:
                report |= self.report(name, lambda secret, name=name: seal(name, secret))  # type: ignore[misc]
            yield report

    @property
    def shares_logs(self) -> bool:
        return self.values["syslog"]["shareLogs"] in SHARED

    @property
    def upload_every(self) -> float:
        """Seconds between two uploads of the log."""
        return 60.0 * float(self.values["syslog"]["wisdmLogsRetrievalCycle"])

    @property
    def monitors_battery(self) -> bool:
        return bool(self.values["batteryMonitoring"]["enabled"])

    @property
    def order(self) -> dict[str, int]:
        """The priority of each uplink connection."""
        return {_PARTS[part]: number for number, part in enumerate(self.values["priority"].split("_"), 1)}

    def is_enabled(self, way: str) -> bool:
        return bool(self.values["wan"].get(way, {}).get("enabled"))
