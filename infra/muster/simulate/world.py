"""Simulated measurements: values that drift as real ones do, different for each gateway and reproducible."""

from __future__ import annotations

import random
import time
from typing import Any

from muster.operator.keyring import Identity
from muster.simulate import battery
from muster.simulate.settings import Settings

_SUN_POWERED = ("RAK7240", "RAK7267", "RAK7285", "RAK7289")
DISK = 15185
"""Storage in MiB."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class World:
    """The hardware and surroundings of one gateway."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.has_modem = "C" in identity.model[3:]
        self.has_battery = identity.model.startswith(_SUN_POWERED)
        self._chance = random.Random(identity.sn)
        self._number = int(identity.eui, 16)
        key = "".join(self._chance.choice(_LETTERS) for _ in range(12))
        ssid = f"{identity.model}_{identity.sn[-4:]}"
        self.settings = Settings(has_modem=self.has_modem, has_battery=self.has_battery, ssid=ssid, key=key)
        self._position = (24.9 + self._chance.uniform(-0.4, 0.4), 60.2 + self._chance.uniform(-0.2, 0.2))
        self.cpu, self.memory, self.nodes = 20.0, 45.0, 40.0
        self.received = self.sent = 0
        self.free = 14900.0
        self.booted = time.time()

    def boot(self) -> None:
        """Reboot: reset uptime and counters."""
        self.booted = time.time()
        self.received = self.sent = 0

    @property
    def wifi_key(self) -> str | None:
        """The key of the access point, if it has one."""
        key: str | None = self.settings.values["lan"]["wifi"].get("key")
        return key

    def battery(self) -> dict[str, Any]:
        """A report of the solar battery (wisdm.md 5.3)."""
        return battery.report(time.time(), self._number % 900)

    @property
    def uptime(self) -> int:
        """Seconds since the start."""
        return int(time.time() - self.booted)

    @property
    def address(self) -> str:
        """The gateway's IPv4 address on the Ethernet side."""
        return f"10.20.{self._number // 200 % 200}.{10 + self._number % 200}"

    def drift(self) -> None:
        """Let some time pass."""
        self.cpu = self._walk(self.cpu, 4, 3, 96)
        self.memory = self._walk(self.memory, 1.5, 30, 85)
        self.nodes = self._walk(self.nodes, 1.5, 4, 200)
        self.free = self._walk(self.free, 6, 12000, 15000)
        heard = self._chance.randrange(int(self.nodes) // 4, int(self.nodes) + 1)
        self.received += heard
        self.sent += heard // 12

    def _walk(self, value: float, step: float, low: float, high: float) -> float:
        return min(high, max(low, value + self._chance.uniform(-step, step)))

    def status(self, boxed_wifi_key: str | None) -> dict[str, Any]:
        """A status report (wisdm.md 5.1). The Wi-Fi key is encrypted for the cloud."""
        return {
            "system": {"uptime": self.uptime, "cpu": round(self.cpu), "memory": round(self.memory)},
            "gps": self._gps(),
            "network": {"lan": self._lan(boxed_wifi_key), "wan": self._wan()},
            "lora": {"activeNodes": round(self.nodes), "txPackets": self.sent, "rxPackets": self.received},
            "storage": {"healthy": True, "total": DISK, "free": round(self.free), "used_percent": round(100 - 100 * self.free / DISK)},
        }

    def _gps(self) -> dict[str, Any]:
        longitude, latitude = (round(value + self._chance.uniform(-0.00003, 0.00003), 6) for value in self._position)
        return {"state": "GPS_FIX", "satellites_number": self._chance.randrange(7, 12), "longitude": longitude, "latitude": latitude}

    def _lan(self, boxed_wifi_key: str | None) -> dict[str, Any]:
        settings = self.settings.values["lan"]
        wifi = {**settings["wifi"], **({"key": {"box": boxed_wifi_key}} if boxed_wifi_key else {})}
        return {"subnet": "192.168.230.1/24", "ethernet": settings["ethernet"], "wifi": wifi}

    def _wan(self) -> dict[str, Any]:
        """The uplink connections as configured; the enabled one with the highest priority is in use."""
        order, is_enabled = self.settings.order, self.settings.is_enabled
        up = {"online": True, "uptime": self.uptime, "ipv4AddrMask": f"{self.address}/24"}
        down = {"online": False, "uptime": 0}
        ways: dict[str, dict[str, Any]] = {
            "ethernet": up if is_enabled("ethernet") else down,
            "wifi": {**up, "ipv4AddrMask": "192.168.1.27/24"} if is_enabled("wifi") else down,
        }
        if self.has_modem:
            ways["cellular"] = {**self._cellular(), **({} if is_enabled("cellular") else down)}
            if not is_enabled("cellular"):
                del ways["cellular"]["ipv4AddrMask"]
        used = min((way for way in ways if is_enabled(way)), key=lambda way: order[way], default=None)
        connections = {way: {**values, "enabled": is_enabled(way), "priority": order[way]} for way, values in ways.items()}
        return {"active": {"ethernet": "ETH", "wifi": "WIFI", "cellular": "CELLULAR", None: "NONE"}[used], **connections}

    def _cellular(self) -> dict[str, Any]:
        rssi = round(self._walk(-71, 6, -100, -50))
        return {
            "online": True,
            "uptime": max(0, self.uptime - 20),
            "ipv4AddrMask": "100.64.12.9/30",
            "sim_present": True,
            "imsi": f"24491{self._number % 10**10:010d}",
            "iccid": f"8935891{self._number % 10**12:012d}",
            "imei": f"86{self._number % 10**13:013d}",
            "rat": "LTE",
            "networkType": "FDD LTE",
            "plmn": "24491",
            "signalLevel": 4,
            "rsrp": rssi - 26,
            "rsrq": -10,
            "sinr": 14,
            "rssi": rssi,
            "autoSelect": True,
        }
