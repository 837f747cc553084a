"""Organizations whose routes are called, and what they have."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from fleet.ids import to_uuid
from fleet.registry.gateway import Card
from fleet.registry.location import Location
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet, Hardware

MODEL = "RAK7289CV2"
"""A model that can have a battery."""


@dataclass(frozen=True)
class Tenant:
    """An organization, and a key of it that may do everything."""

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
        """What a subclass is made of besides its own."""
        return {each.name: getattr(self, each.name) for each in fields(Tenant)}

    def location(self, **members: Any) -> Location:
        return self.fleet.location(self.organization, **members)

    def gateway(self, location: Location | None = None, hardware: Hardware | None = None, **members: Any) -> Card:
        return self.fleet.gateway(self.organization, location, hardware, **members)

    def limited(self, *locations: Location, **members: Any) -> str:
        """A key that is limited to these locations."""
        return self.fleet.key(self.organization, locations=tuple(location.id for location in locations), **members)


@dataclass(frozen=True)
class TenantWithGateways(Tenant):
    """A tenant with a gateway in each state, all of one location, and with keys that may not do everything.

    `boxes` are the gateways' hardware by serial number; `spare` is a gateway that nobody owns.
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
    def furnished(cls, fleet: Fleet) -> TenantWithGateways:
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
            key_of_place=tenant.limited(place),
            key_of_elsewhere=tenant.limited(elsewhere),
        )
        fleet.online(made.online)
        fleet.offline(made.offline)
        return made

    @property
    def away(self) -> tuple[Card, Card]:
        """The gateways that are not online."""
        return self.offline, self.provisioning
