"""Locations (wisdm.md 3.3 and 3.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from edge.shape import broken
from fleet.errors import Conflict
from fleet.ids import new_id, to_uuid
from fleet.registry.location import Location
from fleet.registry.lorawan import Authentication, Frequency, Lorawan, Server
from fleet.tenancy.organization import Address, Organization
from wisdm.shapes import pem
from wisdm.shapes.fields import Blank, Name, Text, WisdmShape, length_when_trimmed

AUTHENTICATION: dict[str, Authentication] = {
    "None": "none",
    "TLS Server Authentication": "server",
    "TLS Server and Client Authentication": "client_certificate",
    "TLS Server Authentication and Client Token Authentication": "client_token",
}
SCHEMES = {"LNS": ("ws", "wss"), "CUPS": ("http", "https"), "CUPS-BOOT": ("http", "https")}
SUB_BANDS = {"US915": 8, "AU915": 8, "CN470": 12, "EU868": 4}
"""The number of sub-bands of a region; other regions have one."""

Channels = Annotated[Literal[8, 16], BeforeValidator(lambda value: value if type(value) is int else None)]
"""An integer: the literal alone would accept 8.0."""
Line = Annotated[Text, Field(min_length=1, max_length=128)]


class AddressIn(WisdmShape):
    country: Annotated[Line | None, Blank()] = None
    address_line1: Annotated[Line | None, Blank(), Field(alias="addressLine1")] = None
    city: Annotated[Line | None, Blank()] = None
    state: Annotated[Line | None, Blank()] = None
    zip: Annotated[Line | None, Blank()] = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, validate_default=True)] = None

    @field_validator("longitude")
    @classmethod
    def _require_both(cls, longitude: float | None, of: ValidationInfo) -> float | None:
        if "latitude" in of.data and (of.data["latitude"] is None) != (longitude is None):
            raise broken("latitude" if longitude is not None else "longitude", "is required with the other coordinate")
        return longitude

    def to_address(self) -> Address:
        fields = self.model_dump(exclude={"address_line1"})
        return Address(line=self.address_line1, **fields)


_SHARED: dict[Authentication, tuple[str, ...]] = {"client_certificate": ("client_certificate", "client_key"), "client_token": ("token",)}
_CHECKS: dict[str, Callable[[str], str]] = {
    "trust_ca_certificate": pem.check_certificate,
    "client_certificate": pem.check_certificate,
    "client_key": pem.check_private_key,
    "token": pem.check_token,
}


class BasicStation(WisdmShape):
    """A Basics Station server. What a mode does not need is ignored, and so not looked at."""

    model_config = ConfigDict(validate_default=True)

    server_type: Literal["CUPS-BOOT", "CUPS", "LNS"]
    server_port: Annotated[int, Field(ge=1, le=65535)]
    authentication_mode: Literal[
        "None",
        "TLS Server Authentication",
        "TLS Server and Client Authentication",
        "TLS Server Authentication and Client Token Authentication",
    ]
    use_individual_keys: bool = False
    server_url: Annotated[Text, Field(alias="serverURL", max_length=512)]
    trust_ca_certificate: Annotated[Any, Blank(), Field(alias="trustCACertificate")] = None
    client_certificate: Annotated[Any, Blank()] = None
    client_key: Annotated[Any, Blank()] = None
    token: Annotated[Any, Blank()] = None

    @property
    def mode(self) -> Authentication:
        return AUTHENTICATION[self.authentication_mode]

    @field_validator("server_url")
    @classmethod
    def _check_url(cls, url: str, of: ValidationInfo) -> str:
        """Checks the URL by those of the other members that are valid."""
        secure = AUTHENTICATION[of.data.get("authentication_mode", "None")] != "none"
        schemes = SCHEMES[of.data["server_type"]][secure:] if "server_type" in of.data else None
        if problem := _url_problem(url, schemes, of.data.get("server_port")):
            raise ValueError(problem)
        return url

    @field_validator(*_CHECKS)
    @classmethod
    def _check_credential(cls, value: Any, of: ValidationInfo) -> Any:
        mode = AUTHENTICATION[of.data.get("authentication_mode", "None")]
        name = of.field_name or ""
        if name in _required_credentials(mode, of.data.get("use_individual_keys", True)):
            if value is None:
                raise broken(cls.model_fields[name].alias or name, "is required in this authentication mode")
            return _CHECKS[name](value if isinstance(value, str) else "")
        return value

    def credentials(self) -> dict[str, str]:
        """The secrets that all gateways of the location share, by member."""
        names = _required_credentials(self.mode, self.use_individual_keys) - {"trust_ca_certificate"}
        return {to_camel(name): getattr(self, name) for name in sorted(names)}

    def contradictions(self) -> list[str]:
        """The shared credentials in the request, if each gateway is to have its own instead."""
        return [to_camel(name) for name in _SHARED.get(self.mode, ()) if self.use_individual_keys and getattr(self, name) is not None]

    def to_server(self) -> Server:
        trust = None if self.mode == "none" else self.trust_ca_certificate
        return Server(
            type=self.server_type,
            url=self.server_url,
            port=self.server_port,
            authentication=self.mode,
            trust=trust,
            individual=self.use_individual_keys,
        )


def _required_credentials(mode: Authentication, individual: bool) -> set[str]:
    """The credentials that the request must have, by attribute."""
    return {*(() if mode == "none" else ("trust_ca_certificate",)), *(() if individual else _SHARED.get(mode, ()))}


_URL_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f.]*:[0-9a-f:.]*")


def _url_problem(text: str, schemes: Sequence[str] | None, own_port: int | None) -> str | None:
    """What is wrong with the URL of a server, given its schemes and its port where these are known; None if nothing."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return "must be an absolute URL"
    if not _URL_CHARACTERS.fullmatch(text) or not _HOST.fullmatch(url.hostname or ""):
        return "must be an absolute URL with a host"
    if schemes is not None and url.scheme not in schemes:
        return f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    if "@" in url.netloc or "?" in text or "#" in text:
        return "must not hold a user, a query or a fragment"
    return "must have no other port than serverPort" if None not in (port, own_port) and port != own_port else None


class FrequencySettings(WisdmShape):
    model_config = ConfigDict(validate_default=True)

    region: Literal["EU868", "US915", "AU915", "AS923", "KR920", "IN865", "RU864", "CN470", "EU433"]
    region_variation: Annotated[Text, Blank()] = "default"
    is_lora_wan_public: Annotated[bool, Field(alias="isLoRaWANPublic")] = True
    frequency_sub_band: Annotated[str, Field(pattern=r"^G([1-9]|1[0-2])$"), Blank()] = "G1"

    @field_validator("region_variation")
    @classmethod
    def _check_variation(cls, variation: str, of: ValidationInfo) -> str:
        region = of.data.get("region")
        variations = tuple(f"AS923-{n}" for n in range(1, 5)) if region == "AS923" else ("default",)
        if region is not None and variation not in variations:
            raise broken("regionVariation", f"must be {' or '.join(variations)} in this region")
        return variation

    @field_validator("frequency_sub_band")
    @classmethod
    def _check_sub_band(cls, band: str, of: ValidationInfo) -> str:
        bands = SUB_BANDS.get(of.data["region"], 1) if "region" in of.data else int(band[1:])
        if int(band[1:]) > bands:
            raise ValueError("must be G1 in this region" if bands == 1 else f"must be G1 to G{bands} in this region")
        return band

    def to_frequency(self) -> Frequency:
        return Frequency(
            region=self.region, variation=self.region_variation, public=self.is_lora_wan_public, sub_band=self.frequency_sub_band
        )


class LocationIn(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Harbour East",
                    "address": {"country": "Finland", "addressLine1": "Quay 3", "city": "Turku", "latitude": 60.44, "longitude": 22.24},
                    "workMode": "Basics station",
                    "basicStation": {
                        "serverType": "LNS",
                        "serverURL": "wss://lns.example",
                        "serverPort": 443,
                        "authenticationMode": "None",
                    },
                    "advancedFrequencySettings": {"region": "EU868"},
                    "channelsNumber": 8,
                }
            ]
        }
    )

    name: Annotated[Name, Field(min_length=4, max_length=50, json_schema_extra=length_when_trimmed)]
    address: AddressIn | None = None
    work_mode: Literal["Basics station"]
    enable_critical_fw_auto_update: bool = False
    basic_station: BasicStation
    advanced_frequency_settings: FrequencySettings
    channels_number: Channels = 8

    def check_combination(self) -> None:
        """Conflict: members that exclude each other. Checked when every member is valid on its own."""
        if names := self.basic_station.contradictions():
            raise Conflict(f"useIndividualKeys excludes shared credentials: leave out {' and '.join(names)}")

    def to_location(self, organization: Organization) -> Location:
        """A new location. Without an address of its own it has the organization's."""
        return Location(
            id=to_uuid(new_id()),
            organization=organization.id,
            name=self.name,
            address=self.address.to_address() if self.address else organization.address,
            wisdm=Lorawan(
                work_mode=self.work_mode,
                critical_updates=self.enable_critical_fw_auto_update,
                server=self.basic_station.to_server(),
                frequency=self.advanced_frequency_settings.to_frequency(),
                channels=self.channels_number,
            ),
        )


class LocationCreated(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "locationId": "6920f1aa-7b0e-8f7e-8000-000c7c1de9a0",
                    "organizationId": "0b6f3f0e-5a2c-8f0e-8000-0001d6f2b7c9",
                    "name": "Harbour East",
                    "workMode": "Basics station",
                }
            ]
        }
    )

    location_id: str
    organization_id: str
    name: str
    work_mode: str

    @classmethod
    def of(cls, location: Location, work_mode: str) -> Self:
        return cls(location_id=location.id, organization_id=to_uuid(location.organization), name=location.name, work_mode=work_mode)


class LocationOut(WisdmShape):
    id: str
    name: str


class LocationsOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"total": 1, "locations": [{"id": "6920f1aa-7b0e-8f7e-8000-000c7c1de9a0", "name": "Harbour East"}]}]
        }
    )

    total: int
    locations: list[LocationOut]

    @classmethod
    def of(cls, names: list[tuple[str, str]]) -> Self:
        return cls(total=len(names), locations=[LocationOut(id=id, name=name) for id, name in names])
