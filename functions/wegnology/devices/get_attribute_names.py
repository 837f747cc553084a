from edge.request import Call
from fleet.errors import TooMany
from fleet.query import names, select_devices
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.names import AttributeNames, AttributeNamesQuery
from wegnology.shapes.paths import application


@api.route(
    "GET",
    "/applications/{applicationId}/devices/attributeNames",
    "get_attribute_names",
    scope="attributeNames",
    loads=application,
    uses=(select_devices.select,),
    raises=(TooMany,),
    memory=1769,
)
def handler(call: Call, loaded: Organization, query: AttributeNamesQuery) -> AttributeNames:
    """List the names of devices' attributes."""
    rows = select_devices.select(call.reach, loaded.id, query.listing(call.principal.devices), call.now)
    return AttributeNames(attribute_names=names.attribute_names(rows, query.data_type, query.starts_with))
