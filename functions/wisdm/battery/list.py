from edge.request import Call
from fleet.errors import NotFound
from fleet.keyed import make_token, read_token
from fleet.model.location import Location
from fleet.store.batteries import Batteries
from wisdm.dialect import api
from wisdm.shapes.battery import BatteryPage
from wisdm.shapes.page import Page, PageQuery
from wisdm.shapes.paths import location


@api.route(
    "GET",
    "/v4/location/{locationId}/gateways/battery",
    "list_gateway_battery",
    scope="READ",
    loads=location,
    uses=(Batteries.in_location, make_token, read_token),
    raises=(NotFound,),
)
def handler(call: Call, loaded: Location, query: PageQuery) -> BatteryPage:
    """Read the batteries of a location's gateways that are monitored, a page at a time."""
    page = Page.of(query, "list_gateway_battery", loaded, loaded.batteries)
    batteries = list(Batteries.in_location(call.reach, loaded.organization, loaded.id, page.after, page.size + 1))
    return BatteryPage.of(page, batteries[: page.size], more=len(batteries) > page.size)
