from edge.request import Call
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from wisdm.dialect import api
from wisdm.shapes.gateway import GatewaysOut
from wisdm.shapes.paths import location


@api.route("GET", "/v4/location/{locationId}/gateways", "list_gateways", scope="READ", loads=location, uses=(Gateways.in_location,))
def handler(call: Call, loaded: Location) -> GatewaysOut:
    """List the gateways of a location, by serial number."""
    return GatewaysOut.of(Gateways.in_location(call.reach, loaded.organization, loaded.id), call.now)
