from edge.request import Call
from fleet.configuration.register import Candidate
from fleet.errors import Conflict, TooMany, WrongMode
from fleet.lifecycle import claim
from wisdm.dialect import api
from wisdm.shapes.registration import GatewayRegistered, RegistrationIn, candidate


@api.route(
    "POST",
    "/v4/location/{locationId}/gateways",
    "register_gateway",
    scope="WRITE_ADD_GATEWAY_TO_LOCATION",
    loads=candidate,
    uses=(claim.claim,),
    raises=(WrongMode, Conflict, TooMany),
    status=201,
)
def handler(call: Call, loaded: Candidate, body: RegistrationIn) -> GatewayRegistered:
    """Register a gateway in a location."""
    card = claim.claim(call.reach, body.to_registration(), loaded, call.now)
    return GatewayRegistered(location_id=loaded.location.id, sn=card.sn, eui=body.eui)
