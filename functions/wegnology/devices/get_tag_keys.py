from edge.request import Call
from fleet.errors import TooMany
from fleet.query import names, select_devices
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.names import NamesQuery, TagKeys
from wegnology.shapes.paths import application


@api.route(
    "GET",
    "/applications/{applicationId}/devices/tagKeys",
    "get_tag_keys",
    scope="tagKeys",
    loads=application,
    uses=(select_devices.select,),
    raises=(TooMany,),
    memory=1769,
)
def handler(call: Call, loaded: Organization, query: NamesQuery) -> TagKeys:
    """List the keys of devices' tags."""
    rows = select_devices.select(call.reach, loaded.id, query.listing(call.principal.devices), call.now)
    return TagKeys(tag_keys=names.tag_keys(rows, query.starts_with))
