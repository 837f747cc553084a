from edge.request import Call
from fleet.aws.tokens import make_paging_token, read_paging_token
from fleet.registry import reveal_secrets
from fleet.registry.gateways import Gateways
from wisdm.dialect import api
from wisdm.shapes.page import PageRequest, page_of
from wisdm.shapes.status import StatusPage


@api.route(
    "GET",
    "/v4/location/{locationId}/gateways/status",
    "list_gateway_status",
    scope="READ",
    loads=page_of("list_gateway_status"),
    uses=(Gateways.in_location, make_paging_token, read_paging_token, reveal_secrets.reveal),
)
def handler(call: Call, loaded: PageRequest) -> StatusPage:
    """Read what the gateways of a location last reported, a page at a time."""
    location = loaded.location
    gateways = Gateways.in_location(call.reach, location.organization, location.id, loaded.after, loaded.size + 1)
    return StatusPage.of(loaded, (reveal_secrets.reveal(call.reach, gateway) for gateway in gateways), call.now)
