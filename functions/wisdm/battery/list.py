from edge.request import Call
from fleet.aws.tokens import make_paging_token, read_paging_token
from fleet.configuration.batteries import Batteries
from wisdm.dialect import api
from wisdm.shapes.battery import BatteryPage
from wisdm.shapes.page import PageRequest, page_of


@api.route(
    "GET",
    "/v4/location/{locationId}/gateways/battery",
    "list_gateway_battery",
    scope="READ",
    loads=page_of("list_gateway_battery"),
    uses=(Batteries.in_location, make_paging_token, read_paging_token),
)
def handler(call: Call, loaded: PageRequest) -> BatteryPage:
    """Read the batteries of a location's gateways that are monitored, a page at a time."""
    location = loaded.location
    return BatteryPage.of(loaded, Batteries.in_location(call.reach, location.organization, location.id, loaded.after, loaded.size))
