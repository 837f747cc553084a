"""The status report of a gateway, as it sends it: the parts that its model has (wisdm.md 5.1).

Unknown fields are ignored, `null` counts as absent, and types are exact: 8.0, "8" and true are no integers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from fleet.ids import ANY_UUID
from fleet.shown import Shown

R = TypeVar("R", bound="Reported")
_UTC = re.compile(r"(?!0|1[0-8]|19[0-6])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)", re.ASCII)


def _utc(text: Any) -> datetime:
    if isinstance(text, str) and _UTC.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    raise ValueError("must be a time in UTC")


Utc = Annotated[datetime, BeforeValidator(_utc)]
Uuid = Annotated[str, StringConstraints(pattern=ANY_UUID, to_lower=True), Shown()]
Firmware = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}$"), Shown()]
Text = Annotated[str, AfterValidator(lambda text: text[:256])]
"""A text of a device, cut at 256 code points."""
Note = Annotated[str, AfterValidator(lambda text: text[:1024])]
"""A reason or an error in a device's words, cut at 1,024 code points."""
Secret = Annotated[str, StringConstraints(max_length=256)]
"""A secret that came in clear: it is never cut."""
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Percent = Annotated[int, Field(ge=0, le=100)]
Level = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Reported(BaseModel):
    """A part of what a gateway sends."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", defer_build=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data


def parsed(shape: type[R], part: Any) -> R | None:
    """A part of a message in this shape, or None where it breaks the shape's rules."""
    try:
        return shape.model_validate(part)
    except ValueError:
        return None


class System(Reported):
    """Uptime in seconds, load and memory in percent."""

    uptime: Count | None = None
    cpu: Percent | None = None
    memory: Percent | None = None


class Gps(Reported):
    """The position, in degrees (WGS 84)."""

    state: Annotated[str, StringConstraints(pattern=r"^[A-Z_]{1,32}$"), Shown()] | None = None
    satellites_number: Count | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None


class Box(Reported):
    """A secret, encrypted for the cloud (`fleet.aws.device_crypto`)."""

    box: Annotated[str, StringConstraints(max_length=1024)]


class LanEthernet(Reported):
    """The wired part of the local network."""

    enabled: bool | None = None


class LanWifi(Reported):
    """The access point. The key comes in clear or encrypted; it is never stored in clear."""

    enabled: bool | None = None
    ssid: Text | None = None
    encryption: Text | None = None
    key: Secret | Box | None = None
    channel: Text | None = None
    hidden: bool | None = None


class Lan(Reported):
    """The local network; the subnet as the gateway's own address with its prefix length."""

    subnet: Text | None = None
    ethernet: LanEthernet | None = None
    wifi: LanWifi | None = None


class Interface(Reported):
    """A way to the Internet; priority 1 is tried first, uptime in seconds."""

    enabled: bool | None = None
    priority: Annotated[int, Field(ge=1, le=3)] | None = None
    online: bool | None = None
    uptime: Count | None = None
    ipv4_addr_mask: Text | None = Field(default=None, alias="ipv4AddrMask")


class Cellular(Interface):
    """The modem; its levels in dBm and dB as it gives them."""

    sim_present: bool | None = None
    imsi: Text | None = None
    iccid: Text | None = None
    imei: Text | None = None
    signal_level: Level | None = Field(default=None, alias="signalLevel")
    rsrp: Level | None = None
    rsrq: Level | None = None
    sinr: Level | None = None
    rssi: Level | None = None
    rat: Text | None = None
    network_type: Text | None = Field(default=None, alias="networkType")
    auto_select: bool | None = Field(default=None, alias="autoSelect")
    plmn: Text | None = None


class Wan(Reported):
    """The ways to the Internet, and which of them is in use."""

    active: Literal["ETH", "WIFI", "CELLULAR", "NONE"] | None = None
    ethernet: Interface | None = None
    wifi: Interface | None = None
    cellular: Cellular | None = None


class Network(Reported):
    """Local network and ways out."""

    lan: Lan | None = None
    wan: Wan | None = None


class Lora(Reported):
    """Nodes heard of late, and packets since the start."""

    active_nodes: Count | None = Field(default=None, alias="activeNodes")
    tx_packets: Count | None = Field(default=None, alias="txPackets")
    rx_packets: Count | None = Field(default=None, alias="rxPackets")


class Storage(Reported):
    """The disk: sizes in MiB, use in percent."""

    healthy: bool | None = None
    total: Count | None = None
    free: Count | None = None
    used_percent: Percent | None = None


class Status(Reported):
    """The snapshot of a gateway (wisdm.md 5.1), as far as the model has the parts."""

    system: System | None = None
    gps: Gps | None = None
    network: Network | None = None
    lora: Lora | None = None
    storage: Storage | None = None

    def metrics(self) -> dict[str, float]:
        """The numbers that are stored as a series, by name."""
        system, lora, storage = self.system or System(), self.lora or Lora(), self.storage or Storage()
        cellular = (self.network and self.network.wan and self.network.wan.cellular) or Cellular()
        values = {
            "cpu": system.cpu,
            "memory": system.memory,
            "uptime": system.uptime,
            "activeNodes": lora.active_nodes,
            "txPackets": lora.tx_packets,
            "rxPackets": lora.rx_packets,
            "storage": storage.used_percent,
            "rsrp": cellular.rsrp,
            "rsrq": cellular.rsrq,
            "sinr": cellular.sinr,
        }
        return {name: value for name, value in values.items() if value is not None}

    def as_stored(self, key: Any) -> dict[str, Any]:
        """The report as it is stored: without what is absent, and with this in place of the Wi-Fi key, if it has one."""
        stored = self.model_dump(by_alias=True, exclude_none=True)
        if self.wifi_key is not None:
            stored["network"]["lan"]["wifi"]["key"] = key
        return stored

    @property
    def wifi_key(self) -> str | Box | None:
        """The access point's key, in clear or encrypted."""
        lan = self.network.lan if self.network else None
        return lan.wifi.key if lan and lan.wifi else None
