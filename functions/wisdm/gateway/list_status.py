from edge.request import Call
from fleet.aws.hashes import make_token, read_token
from fleet.registry import reveal_secrets
from fleet.registry.gateways import Gateways
from fleet.values import Page
from wisdm.dialect import api
from wisdm.shapes.page import PageRequest, page_of
from wisdm.shapes.status import StatusPage


@api.route(
    "GET",
    "/v4/location/{locationId}/gateways/status",
    "list_gateway_status",
    scope="READ",
    loads=page_of("list_gateway_status"),
    uses=(Gateways.in_location, make_token, read_token, reveal_secrets.reveal),
)
def handler(call: Call, loaded: PageRequest) -> StatusPage:
    """Read what the gateways of a location last reported, a page at a time."""
    location = loaded.location
    page = Gateways.in_location(call.reach, location.organization, location.id, loaded.after, loaded.size)
    shown = [reveal_secrets.reveal(call.reach, gateway) for gateway in page.entities]
    return StatusPage.of(loaded, Page(shown, page.next), call.now)
