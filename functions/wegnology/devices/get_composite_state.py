from edge.request import Call
from fleet.errors import TooMany
from fleet.telemetry import composite_states
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.composite_state import CompositeStateList, CompositeStateQuery
from wegnology.shapes.paths import application


@api.route(
    "GET",
    "/applications/{applicationId}/devices/compositeState",
    "get_composite_state",
    scope="getCompositeState",
    loads=application,
    uses=(composite_states.composite_states,),
    raises=(TooMany,),
    memory=1769,
    timeout=28,
)
def handler(call: Call, loaded: Organization, query: CompositeStateQuery) -> CompositeStateList:
    """List the newest state of devices."""
    listing, (start, end) = query.listing_by(query.sort_field, call.principal.devices), query.range(call.now)
    found = composite_states.composite_states(call.reach, loaded.id, listing, query.names, start, end, call.now)
    return CompositeStateList.of(loaded.id, query, found)
