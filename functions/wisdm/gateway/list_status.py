from edge.request import Call
from fleet.errors import NotFound
from fleet.keyed import make_token, read_token
from fleet.model.location import Location
from fleet.services import secrets
from fleet.store.gateways import Gateways
from wisdm.dialect import api
from wisdm.shapes.page import Page, PageQuery
from wisdm.shapes.paths import location
from wisdm.shapes.status import StatusPage


@api.route(
    "GET",
    "/v4/location/{locationId}/gateways/status",
    "list_gateway_status",
    scope="READ",
    loads=location,
    uses=(Gateways.in_location, make_token, read_token, secrets.opened),
    raises=(NotFound,),
)
def handler(call: Call, loaded: Location, query: PageQuery) -> StatusPage:
    """Read what the gateways of a location last reported, a page at a time."""
    page = Page.of(query, "list_gateway_status", loaded, loaded.gateways)
    gateways = list(Gateways.in_location(call.reach, loaded.organization, loaded.id, page.after, page.size + 1))
    shown = [secrets.opened(call.reach, gateway) for gateway in gateways[: page.size]]
    return StatusPage.of(page, shown, more=len(gateways) > page.size, now=call.now)
