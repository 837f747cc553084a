from edge.request import Call
from fleet.errors import TooMany
from fleet.query import list_devices
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.device_list import DeviceList
from wegnology.shapes.device_list_query import DeviceListQuery
from wegnology.shapes.paths import application


@api.route(
    "GET",
    "/applications/{applicationId}/devices",
    "get_devices",
    scope="get",
    loads=application,
    uses=(list_devices.list_devices,),
    raises=(TooMany,),
    memory=1769,
    timeout=28,
)
def handler(call: Call, loaded: Organization, query: DeviceListQuery) -> DeviceList:
    """List devices."""
    listing, deleted, connected = query.listing(call.principal.devices), query.query_deleted, not query.exclude_connection_info
    listed = list_devices.list_devices(call.reach, loaded.id, listing, call.now, deleted=deleted, connected=connected)
    return DeviceList.of(loaded.id, query, listed)
