from edge.request import Call
from fleet.registry.locations import Locations
from fleet.tenancy.organization import Organization
from wisdm.dialect import api
from wisdm.shapes.location import LocationsOut
from wisdm.shapes.paths import organization


@api.route(
    "GET", "/v4/organization/{organizationId}/locations", "list_locations", scope="READ", loads=organization, uses=(Locations.names,)
)
def handler(call: Call, loaded: Organization) -> LocationsOut:
    """List the locations of the organization that the key may see, by name."""
    names = Locations.names(call.reach, loaded.id)
    limit = call.principal.locations
    return LocationsOut.of([(id, name) for id, name in names if limit is None or id in limit])
