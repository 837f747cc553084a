from edge.request import Call
from fleet.errors import TooMany
from fleet.query import names, select_devices
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.names import DeviceNames, NamesQuery
from wegnology.shapes.paths import application


@api.route(
    "GET",
    "/applications/{applicationId}/devices/deviceNames",
    "get_device_names",
    scope="deviceNames",
    loads=application,
    uses=(select_devices.select,),
    raises=(TooMany,),
    memory=1769,
)
def handler(call: Call, loaded: Organization, query: NamesQuery) -> DeviceNames:
    """List the names of devices."""
    rows = select_devices.select(call.reach, loaded.id, query.listing(call.principal.devices), call.now)
    return DeviceNames.of(names.device_names(rows, query.starts_with))
