"""Reports of gateways on their configuration and their battery (device-plane.md 3)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from fleet.configuration.configuration import Priority
from fleet.plane.status import Box, Count, LanEthernet, LanWifi, Level, Note, Percent, Reported, Secret, Text

Names = Annotated[list[Text], Field(max_length=8)]


class ConfigError(Reported):
    """A part of the configuration that could not be applied."""

    section: Text
    message: Note


class StaticAddress(Reported):
    """A fixed IPv4 address."""

    ipv4_address: Text | None = Field(default=None, alias="ipv4Address")
    ipv4_netmask: Text | None = Field(default=None, alias="ipv4Netmask")
    ipv4_router: Text | None = Field(default=None, alias="ipv4Router")
    dns_servers: Names | None = Field(default=None, alias="dnsServers")


class DhcpClient(Reported):
    """An address from the router."""

    use_dns: bool | None = Field(default=None, alias="useDNS")
    dns_servers: Names | None = Field(default=None, alias="dnsServers")


class Pppoe(DhcpClient):
    """A dialled connection."""

    username: Text | None = None
    password: Secret | Box | None = None


class Tracking(Reported):
    """How a way to the Internet is found to be up; times in seconds."""

    track_method: Text | None = Field(default=None, alias="trackMethod")
    track_targets: Names | None = Field(default=None, alias="trackTargets")
    reliability: Count | None = None
    ping_count: Count | None = Field(default=None, alias="pingCount")
    ping_interval: Count | None = Field(default=None, alias="pingInterval")
    ping_timeout: Count | None = Field(default=None, alias="pingTimeout")
    interface_down: Count | None = Field(default=None, alias="interfaceDown")
    interface_up: Count | None = Field(default=None, alias="interfaceUp")


class WanAddressed(Reported):
    """The settings of a way out whose address comes by a protocol."""

    enabled: bool
    protocol: Text | None = None
    static_address: StaticAddress | None = Field(default=None, alias="staticAddress")
    dhcp_client: DhcpClient | None = Field(default=None, alias="dhcpClient")
    tracking: Tracking | None = None


class WanEthernet(WanAddressed):
    """The settings of the wired way out."""

    pppoe: Pppoe | None = None


class WanWifi(WanAddressed):
    """The settings of the way out through another access point."""

    ssid: Text | None = None
    encryption: Text | None = None
    key: Secret | Box | None = None


class WanCellular(Reported):
    """The settings of the modem."""

    enabled: bool
    apn: Text | None = None
    username: Text | None = None
    password: Secret | Box | None = None
    pin_code: Secret | Box | None = Field(default=None, alias="pinCode")
    tracking: Tracking | None = None


class WanSettings(Reported):
    """The settings of the ways to the Internet."""

    ethernet: WanEthernet | None = None
    wifi: WanWifi | None = None
    cellular: WanCellular | None = None


class LanSettings(Reported):
    """The settings of the local network."""

    ethernet: LanEthernet | None = None
    wifi: LanWifi | None = None


class LogServer(Reported):
    """Where else logs go."""

    ip: Text
    port: Annotated[int, Field(ge=1, le=65535)]


class SyslogSettings(Reported):
    """How logs are stored and shared: days, minutes, days."""

    share_logs: Literal["none", "external", "wisdm", "externalAndWisdm"] = Field(alias="shareLogs")
    rotation: Annotated[int, Field(ge=1, le=365)] | None = Field(default=None, alias="logsRotationCycle")
    retrieval: Annotated[int, Field(ge=1, le=1440)] | None = Field(default=None, alias="wisdmLogsRetrievalCycle")
    retention: Annotated[int, Field(ge=1, le=365)] | None = Field(default=None, alias="wisdmLogsRotationCycle")
    server: LogServer | None = Field(default=None, alias="externalLogServer")


class Monitoring(Reported):
    """Whether the battery is monitored."""

    enabled: bool


class ConfigReported(Reported):
    """The configuration that a gateway runs on. `version` is that of the sections in it, or else of the location's part."""

    version: Count
    priority: Priority | None = None
    lan: LanSettings | None = None
    wan: WanSettings | None = None
    syslog: SyslogSettings | None = None
    battery_monitoring: Annotated[
        Monitoring | None, BeforeValidator(lambda value: {"enabled": value} if isinstance(value, bool) else value)
    ] = Field(default=None, alias="batteryMonitoring")
    errors: list[ConfigError] = Field(default=[], max_length=10)

    @property
    def sections(self) -> dict[str, Any]:
        """The sections in it, by name, without what is absent in them."""
        sections: dict[str, Any] = self.model_dump(by_alias=True, exclude_none=True, exclude={"version", "errors"})
        return sections


class BatteryReport(Reported):
    """The solar battery: degrees Celsius, V, mA (negative while discharging), mAh, percent."""

    temperature: Level
    voltage: Annotated[float, Field(ge=0, le=1000), AfterValidator(lambda volts: round(volts, 2))]
    soc: Percent
    current: Level
    soh: Percent
    cycles: Count
    remain_capacity: Count = Field(alias="remainCapacity")
    full_charge_capacity: Count = Field(alias="fullChargeCapacity")
    mode: Literal["CHARGING", "DISCHARGING", "FULLY_CHARGED"]
