"""Organizations for calls of routes, and their objects."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from fleet.ids import to_uuid
from fleet.registry.gateway import Card
from fleet.registry.location import Location
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet, Hardware

MODEL = "RAK7289CV2"
"""A model with a battery."""


@dataclass(frozen=True)
class Tenant:
    """An organization with a key that has every permission."""

    fleet: Fleet
    organization: Organization
    key: str

    @classmethod
    def of(cls, fleet: Fleet) -> Tenant:
        organization = fleet.organization()
        return cls(fleet, organization, fleet.key(organization))

    @property
    def path(self) -> dict[str, str]:
        """The path value that names the organization."""
        return {"organizationId": to_uuid(self.organization.id)}

    @property
    def core(self) -> dict[str, Any]:
        """The members that a subclass takes over."""
        return {each.name: getattr(self, each.name) for each in fields(Tenant)}

    def location(self, **members: Any) -> Location:
        return self.fleet.location(self.organization, **members)

    def gateway(self, location: Location | None = None, hardware: Hardware | None = None, **members: Any) -> Card:
        return self.fleet.gateway(self.organization, location, hardware, **members)

    def limited_key(self, *locations: Location, **members: Any) -> str:
        """Create a key that is limited to these locations."""
        return self.fleet.key(self.organization, locations=tuple(location.id for location in locations), **members)


@dataclass(frozen=True)
class TenantWithGateways(Tenant):
    """A tenant with a gateway in each state, all in one location, and with restricted keys.

    `hardware` is that of the gateways by serial number; `spare` is an unclaimed gateway.
    """

    place: Location
    online: Card
    offline: Card
    provisioning: Card
    hardware: dict[str, Hardware]
    spare: Hardware
    reader: str
    key_of_place: str
    key_of_elsewhere: str

    @classmethod
    def with_gateways(cls, fleet: Fleet) -> TenantWithGateways:
        tenant = Tenant.of(fleet)
        place, elsewhere = tenant.location(), tenant.location()
        online, offline, provisioning = (fleet.hardware(model=MODEL) for _ in range(3))
        made = cls(
            **tenant.core,
            place=place,
            online=tenant.gateway(place, online),
            offline=tenant.gateway(place, offline),
            provisioning=tenant.gateway(place, provisioning),
            hardware={hardware.sn: hardware for hardware in (online, offline, provisioning)},
            spare=fleet.hardware(),
            reader=fleet.key(tenant.organization, access="READ_ONLY"),
            key_of_place=tenant.limited_key(place),
            key_of_elsewhere=tenant.limited_key(elsewhere),
        )
        fleet.online(made.online)
        fleet.offline(made.offline)
        return made

    @property
    def not_online(self) -> tuple[Card, Card]:
        """The gateways that are not online."""
        return self.offline, self.provisioning
