from edge.request import Call
from fleet.errors import Conflict, NotAllowed, TooMany
from fleet.registry import manage_locations
from fleet.tenancy.organization import Organization
from wisdm.dialect import api
from wisdm.shapes.location import LocationCreated, LocationIn
from wisdm.shapes.paths import organization


@api.route(
    "POST",
    "/v4/organization/{organizationId}/locations",
    "create_location",
    scope="WRITE_ADD_LOCATION_TO_ORGANIZATION",
    loads=organization,
    uses=(manage_locations.create,),
    raises=(Conflict, TooMany),
    status=201,
)
def handler(call: Call, loaded: Organization, body: LocationIn) -> LocationCreated:
    """Create a location and its Basics Station configuration."""
    if call.principal.locations is not None:
        raise NotAllowed
    body.check_combination()
    location = manage_locations.create(call.reach, body.to_location(loaded), body.basic_station.credentials())
    return LocationCreated.of(location, body.work_mode)
