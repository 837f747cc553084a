from edge.request import Call
from fleet.errors import TooMany
from fleet.query import names, select_devices
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.names import TagValues, TagValuesQuery
from wegnology.shapes.paths import application


@api.route(
    "GET",
    "/applications/{applicationId}/devices/tagValues",
    "get_tag_values",
    scope="tagValues",
    loads=application,
    uses=(select_devices.select,),
    raises=(TooMany,),
    memory=1769,
)
def handler(call: Call, loaded: Organization, query: TagValuesQuery) -> TagValues:
    """List the values of devices' tags with one key."""
    rows = select_devices.select(call.reach, loaded.id, query.listing(call.principal.devices), call.now)
    return TagValues(tag_key=query.key, tag_values=names.tag_values(rows, query.key, query.starts_with))
