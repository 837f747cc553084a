"""The paths of the API, and the loaders of the objects that they name."""

from __future__ import annotations

from fleet.aws.reads import Read
from fleet.grants import uses
from fleet.ids import from_uuid
from fleet.registry.gateway import Gateway
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.tenancy.organization import Organization
from fleet.tenancy.organizations import Organizations
from wisdm.shapes.fields import SerialNumber, Uuid, WisdmShape


class OrganizationPath(WisdmShape):
    organization_id: Uuid


class LocationPath(WisdmShape):
    location_id: Uuid


class GatewayPath(WisdmShape):
    sn: SerialNumber


@uses(Organizations.by_id)
def organization(path: OrganizationPath) -> Read[Organization]:
    return Organizations.by_id(from_uuid(path.organization_id) or path.organization_id)


@uses(Locations.by_id)
def location(path: LocationPath) -> Read[Location]:
    return Locations.by_id(path.location_id)


@uses(Gateways.by_sn)
def gateway(path: GatewayPath) -> Read[Gateway]:
    return Gateways.by_sn(path.sn)
