"""The Internet connections of a gateway (wisdm.md 8.3)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from edge.shape import broken
from fleet.configuration.configuration import Configured, with_secrets
from wisdm.shapes.fields import Blank, Ignored, WisdmShape
from wisdm.shapes.network import OPEN, Printable, WifiKey, WifiNetwork, merged_settings
from wisdm.shapes.tracking import Tracking

_OBJECTS = {"static": "staticAddress", "dhcp": "dhcpClient", "pppoe": "pppoe"}
"""The member with the settings of each protocol; those of other protocols are ignored."""
_OTHER = Ignored("with another protocol")
_PROTOCOLS = {"static_address": "static", "dhcp_client": "dhcp", "pppoe": "pppoe"}


def _check_ipv4(text: str) -> str:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise ValueError("must be an IPv4 address") from None
    return text


def _check_unicast(text: str) -> str:
    address = ipaddress.IPv4Address(text)
    if address.is_multicast or address.is_reserved or address.is_loopback or int(address) >> 24 == 0:
        raise ValueError("must be the address of one host")
    return text


Ipv4 = Annotated[str, AfterValidator(_check_ipv4)]
Unicast = Annotated[Ipv4, AfterValidator(_check_unicast)]
Servers = Annotated[list[Ipv4], Field(max_length=3)]


def _network(address: str, netmask: str) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network((address, netmask), strict=False)


class StaticAddress(WisdmShape):
    ipv4_address: Unicast
    ipv4_netmask: str
    ipv4_router: Unicast
    dns_servers: Servers | None = None

    @field_validator("ipv4_netmask")
    @classmethod
    def _check_netmask(cls, netmask: str, of: ValidationInfo) -> str:
        try:
            bits = f"{int(ipaddress.IPv4Address(netmask)):032b}"
        except ValueError:
            bits = ""
        if "01" in bits or not 1 <= bits.count("1") <= 30:
            raise ValueError("must be a netmask from /1 to /30, in dotted form")
        address = of.data.get("ipv4_address")
        if address and not _is_host_of(address, _network(address, netmask)):
            raise broken("ipv4Address", "must be neither the first nor the last address of its subnet")
        return netmask

    @field_validator("ipv4_router")
    @classmethod
    def _check_router(cls, router: str, of: ValidationInfo) -> str:
        address, netmask = of.data.get("ipv4_address"), of.data.get("ipv4_netmask")
        if router == address:
            raise ValueError("must be another address than ipv4Address")
        if address and netmask and not _is_host_of(router, _network(address, netmask)):
            raise ValueError("must be a host of the subnet of ipv4Address")
        return router


def _is_host_of(address: str, network: ipaddress.IPv4Network) -> bool:
    host = ipaddress.IPv4Address(address)
    return host in network and host not in (network.network_address, network.broadcast_address)


class DhcpClient(WisdmShape):
    use_dns: Annotated[bool, Field(alias="useDNS")]
    dns_servers: Servers | None = None


class Pppoe(WisdmShape):
    """A dialled connection. Its password may be left out while the username is unchanged, or the interface is disabled."""

    model_config = ConfigDict(validate_default=True)

    username: Annotated[Printable, Field(min_length=1, max_length=64)]
    password: Annotated[Annotated[Printable, Field(min_length=1, max_length=64)] | None, Blank(erases=True)] = None
    use_dns: Annotated[bool, Field(alias="useDNS")] = True
    dns_servers: Servers = Field(default=[])

    @field_validator("password")
    @classmethod
    def _require_password(cls, password: str | None, of: ValidationInfo) -> str | None:
        if password is None and "username" not in of.data:
            raise ValueError("is required")
        return password


class Interface(WisdmShape):
    """A network interface that can reach the Internet. While enabled, the gateway checks it by `tracking`, or by its defaults."""

    model_config = ConfigDict(validate_default=True)

    enabled: bool

    def settings(self) -> dict[str, Any]:
        """The settings that replace those of the interface."""
        settings: dict[str, Any] = self.model_dump(by_alias=True, exclude_none=True)
        if self.enabled:
            settings.setdefault("tracking", Tracking().model_dump(by_alias=True))
        return settings


class AddressedInterface(Interface):
    """An interface that gets its address by a protocol. Members of other protocols are ignored."""

    @model_validator(mode="before")
    @classmethod
    def _drop_other_protocols(cls, interface: Any) -> Any:
        if not isinstance(interface, dict) or not isinstance(interface.get("protocol") or None, str):
            return interface
        own = _OBJECTS.get(interface["protocol"])
        return {name: value for name, value in interface.items() if name == own or name not in _OBJECTS.values()}

    @field_validator("protocol", check_fields=False)
    @classmethod
    def _require_protocol(cls, protocol: str | None, of: ValidationInfo) -> str | None:
        if protocol is None and of.data.get("enabled"):
            raise ValueError("is required while the interface is enabled")
        return protocol

    @field_validator("static_address", "dhcp_client", "pppoe", check_fields=False)
    @classmethod
    def _require_object(cls, value: Any, of: ValidationInfo) -> Any:
        protocol = _PROTOCOLS[str(of.field_name)]
        if value is None and of.data.get("enabled") and of.data.get("protocol") == protocol:
            raise broken(_OBJECTS[protocol], "is required by the protocol")
        return value


class Ethernet(AddressedInterface):
    protocol: Annotated[Literal["dhcp", "static", "pppoe"] | None, Blank()] = None
    static_address: Annotated[StaticAddress, _OTHER] | None = None
    dhcp_client: Annotated[DhcpClient, _OTHER] | None = None
    pppoe: Annotated[Pppoe, _OTHER] | None = None
    tracking: Tracking | None = None


class Wifi(WifiNetwork, AddressedInterface):
    """Its key may be left out while the SSID is unchanged."""

    key: Annotated[WifiKey | None, Ignored("in an open network"), Blank(erases=True)] = None
    protocol: Annotated[Literal["dhcp", "static"] | None, Blank()] = None
    static_address: Annotated[StaticAddress, _OTHER] | None = None
    dhcp_client: Annotated[DhcpClient, _OTHER] | None = None
    tracking: Tracking | None = None

    @field_validator("key")
    @classmethod
    def _require_key(cls, key: str | None, of: ValidationInfo) -> str | None:
        if key == "" and of.data.get("enabled") and (of.data.get("encryption") or OPEN) != OPEN:
            raise ValueError("is required by the encryption")
        return key


class Cellular(Interface):
    """Password and PIN may be left out while `apn`, and for the password `username`, are unchanged."""

    apn: Annotated[str | None, Field(max_length=100, pattern=r"^[A-Za-z0-9._-]*$"), Blank()] = None
    username: Annotated[Printable | None, Field(max_length=64), Blank()] = None
    password: Annotated[Printable | None, Field(max_length=64)] = None
    pin_code: Annotated[str | None, Field(pattern=r"^[0-9]{4,8}$"), Blank(erases=True)] = None
    tracking: Tracking | None = None


_TRACKING = {
    "trackMethod": "ping", "trackTargets": ["9.9.9.9", "1.1.1.1"], "reliability": 1, "pingCount": 1, "pingInterval": 10,
    "pingTimeout": 3, "interfaceDown": 3, "interfaceUp": 3,
}  # fmt: skip
_STATIC = {"ipv4Address": "10.20.0.14", "ipv4Netmask": "255.255.255.0", "ipv4Router": "10.20.0.1", "dnsServers": ["10.20.0.2"]}
_EXAMPLE: dict[str, Any] = {
    "ethernet": {"enabled": True, "protocol": "static", "staticAddress": _STATIC},
    "cellular": {"enabled": True, "apn": "iot.example", "tracking": _TRACKING},
}


class WanIn(WisdmShape):
    """An interface that is given replaces the settings of that interface; one left out is unchanged."""

    model_config = ConfigDict(validate_default=True, json_schema_extra={"examples": [_EXAMPLE]})

    ethernet: Ethernet | None = None
    wifi: Wifi | None = None
    cellular: Cellular | None = None

    @field_validator("cellular")
    @classmethod
    def _require_interface(cls, cellular: Cellular | None, of: ValidationInfo) -> Cellular | None:
        if cellular is None and all(of.data.get(name, "invalid") is None for name in ("ethernet", "wifi")):
            raise broken("", "must have at least one of ethernet, wifi and cellular")
        return cellular

    def settings(self) -> dict[str, Any]:
        """The settings of each interface in the request."""
        interfaces: dict[str, Interface | None] = {"ethernet": self.ethernet, "wifi": self.wifi, "cellular": self.cellular}
        return {name: interface.settings() for name, interface in interfaces.items() if interface is not None}


class WanOut(WisdmShape):
    """The settings, without passwords, keys and the PIN: these are never shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    ethernet: dict[str, Any] | None = None
    wifi: dict[str, Any] | None = None
    cellular: dict[str, Any] | None = None

    @classmethod
    def of(cls, configured: Configured) -> Self:
        """Unreachable while the settings are not known."""
        return cls(**with_secrets("wan", merged_settings(configured, "wan"), lambda secret: None))
