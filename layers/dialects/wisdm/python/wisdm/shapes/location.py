"""Locations (contract, 3.3 and 3.4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator

from edge.shape import broken
from fleet.errors import Conflict
from fleet.ids import new_id, to_uuid
from fleet.model.location import Authentication, Frequency, Location, Server
from fleet.model.organization import Address, Organization
from wisdm.shapes import pem
from wisdm.shapes.fields import Text, Trimmed, WisdmShape

AUTHENTICATION: dict[str, Authentication] = {
    "None": "none",
    "TLS Server Authentication": "server",
    "TLS Server and Client Authentication": "client_certificate",
    "TLS Server Authentication and Client Token Authentication": "client_token",
}
SCHEMES = {"LNS": ("ws", "wss"), "CUPS": ("http", "https"), "CUPS-BOOT": ("http", "https")}
SUB_BANDS = {"US915": 8, "AU915": 8, "CN470": 12, "EU868": 4}
"""How many sub-bands a region has; the others have one."""

Line = Annotated[Text, Field(min_length=1, max_length=128)]


class AddressIn(WisdmShape):
    country: Line | None = None
    address_line1: Annotated[Line | None, Field(alias="addressLine1")] = None
    city: Line | None = None
    state: Line | None = None
    zip: Line | None = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None

    @model_validator(mode="after")
    def _coordinates(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise broken(("latitude" if self.latitude is None else "longitude", "is required with the other coordinate"))
        return self

    def value(self) -> Address:
        fields = self.model_dump(exclude={"address_line1"})
        return Address(line=self.address_line1, **fields)


class BasicStation(WisdmShape):
    """A Basics Station server. What a mode does not need is ignored, and so not looked at."""

    server_type: Literal["CUPS-BOOT", "CUPS", "LNS"]
    server_url: Annotated[Text, Field(alias="serverURL", max_length=512)]
    server_port: Annotated[int, Field(ge=1, le=65535)]
    authentication_mode: Literal[
        "None", "TLS Server Authentication", "TLS Server and Client Authentication",
        "TLS Server Authentication and Client Token Authentication",
    ]
    trust_ca_certificate: Annotated[Any, Field(alias="trustCACertificate")] = None
    use_individual_keys: bool = False
    client_certificate: Any = None
    client_key: Any = None
    token: Any = None

    @property
    def mode(self) -> Authentication:
        return AUTHENTICATION[self.authentication_mode]

    @model_validator(mode="after")
    def _url_and_credentials(self) -> Self:
        problems = [("serverURL", text) for text in self._url_problems()][:1]
        problems += [(name, text) for name, check in self._needed().items() if (text := _trouble(getattr(self, _FIELDS[name]), check))]
        if problems:
            raise broken(*problems)
        return self

    def _url_problems(self) -> list[str]:
        try:
            url = urlsplit(self.server_url)
            port = url.port
        except ValueError:
            return ["must be an absolute URL"]
        secure = self.mode != "none"
        schemes = SCHEMES[self.server_type][secure:]
        problems = [] if url.hostname and " " not in self.server_url else ["must be an absolute URL with a host"]
        problems += [] if url.scheme in schemes else [f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"]
        problems += ["must not hold a user, a query or a fragment"] if "@" in url.netloc or "?" in self.server_url or "#" in self.server_url else []
        return problems + (["must have no other port than serverPort"] if port not in (None, self.server_port) else [])

    def _needed(self) -> dict[str, Any]:
        """The credentials that this configuration has to bring, each with what it must be."""
        needed: dict[str, Any] = {} if self.mode == "none" else {"trustCACertificate": pem.certificate}
        if not self.use_individual_keys and self.mode == "client_certificate":
            needed |= {"clientCertificate": pem.certificate, "clientKey": pem.private_key}
        if not self.use_individual_keys and self.mode == "client_token":
            needed |= {"token": pem.token}
        return needed

    def credentials(self) -> dict[str, str]:
        """The secrets that all gateways of the location share."""
        return {name: getattr(self, _FIELDS[name]) for name in self._needed() if name != "trustCACertificate"}

    def contradictions(self) -> list[str]:
        """Shared credentials beside a promise that each gateway brings its own."""
        shared = {"client_certificate": ("clientCertificate", "clientKey"), "client_token": ("token",)}.get(self.mode, ())
        return [name for name in shared if self.use_individual_keys and getattr(self, _FIELDS[name]) is not None]

    def value(self) -> Server:
        trust = None if self.mode == "none" else self.trust_ca_certificate
        return Server(
            type=self.server_type, url=self.server_url, port=self.server_port, authentication=self.mode, trust=trust,
            individual=self.use_individual_keys,
        )


_FIELDS = {"trustCACertificate": "trust_ca_certificate", "clientCertificate": "client_certificate", "clientKey": "client_key", "token": "token"}


def _trouble(value: Any, check: Any) -> str | None:
    """What is wrong with a needed credential, or None."""
    if value is None:
        return "is required in this authentication mode"
    try:
        check(value if isinstance(value, str) else "")
    except ValueError as error:
        return str(error)
    return None


class FrequencySettings(WisdmShape):
    region: Literal["EU868", "US915", "AU915", "AS923", "KR920", "IN865", "RU864", "CN470", "EU433"]
    region_variation: Text = "default"
    is_lora_wan_public: Annotated[bool, Field(alias="isLoRaWANPublic")] = True
    frequency_sub_band: Annotated[str, Field(pattern=r"^G([1-9]|1[0-2])$")] = "G1"

    @model_validator(mode="after")
    def _within_region(self) -> Self:
        variations = tuple(f"AS923-{n}" for n in range(1, 5)) if self.region == "AS923" else ("default",)
        bands = SUB_BANDS.get(self.region, 1)
        problems = []
        if self.region_variation not in variations:
            problems.append(("regionVariation", f"must be {' or '.join(variations)} in this region"))
        if int(self.frequency_sub_band[1:]) > bands:
            problems.append(("frequencySubBand", "must be G1 in this region" if bands == 1 else f"must be G1 to G{bands} in this region"))
        if problems:
            raise broken(*problems)
        return self

    def value(self) -> Frequency:
        return Frequency(region=self.region, variation=self.region_variation, public=self.is_lora_wan_public, sub_band=self.frequency_sub_band)


class LocationIn(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Harbour East",
                    "address": {"country": "Finland", "addressLine1": "Quay 3", "city": "Turku", "latitude": 60.44, "longitude": 22.24},
                    "workMode": "Basics station",
                    "basicStation": {"serverType": "LNS", "serverURL": "wss://lns.example", "serverPort": 443, "authenticationMode": "None"},
                    "advancedFrequencySettings": {"region": "EU868"},
                    "channelsNumber": 8,
                }
            ]
        }
    )

    name: Annotated[Trimmed, Field(min_length=4, max_length=50)]
    address: AddressIn | None = None
    work_mode: Literal["Basics station"]
    enable_critical_fw_auto_update: bool = False
    basic_station: BasicStation
    advanced_frequency_settings: FrequencySettings
    channels_number: Literal[8, 16] = 8

    def check_combination(self) -> None:
        """Conflict for the combinations that contradict themselves; judged after every rule of form has passed."""
        if names := self.basic_station.contradictions():
            raise Conflict(f"useIndividualKeys excludes shared credentials: leave out {' and '.join(names)}")

    def entity(self, organization: Organization) -> Location:
        """A new location; without an address it has the organization's."""
        return Location(
            id=to_uuid(new_id()), organization=organization.id, name=self.name, work_mode=self.work_mode,
            address=self.address.value() if self.address else organization.address,
            critical_updates=self.enable_critical_fw_auto_update, server=self.basic_station.value(),
            frequency=self.advanced_frequency_settings.value(), channels=self.channels_number,
        )


class LocationCreated(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "locationId": "6920f1aa-7b0e-8f7e-8000-000c7c1de9a0", "organizationId": "0b6f3f0e-5a2c-8f0e-8000-0001d6f2b7c9",
                    "name": "Harbour East", "workMode": "Basics station",
                }
            ]
        }
    )

    location_id: str
    organization_id: str
    name: str
    work_mode: str

    @classmethod
    def of(cls, location: Location) -> Self:
        return cls(location_id=location.id, organization_id=to_uuid(location.organization), name=location.name, work_mode=location.work_mode)


class LocationOut(WisdmShape):
    id: str
    name: str


class LocationsOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"total": 1, "locations": [{"id": "6920f1aa-7b0e-8f7e-8000-000c7c1de9a0", "name": "Harbour East"}]}]}
    )

    total: int
    locations: list[LocationOut]

    @classmethod
    def of(cls, names: list[tuple[str, str]]) -> Self:
        return cls(total=len(names), locations=[LocationOut(id=id, name=name) for id, name in names])
