from edge.request import Call
from fleet.bulk import remove_data
from fleet.bulk.order import enqueue
from fleet.errors import TooMany
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.bulk import JobQueued
from wegnology.shapes.exports import RemoveData
from wegnology.shapes.paths import application


@api.route(
    "POST",
    "/applications/{applicationId}/devices/removeData",
    "remove_device_data",
    scope="removeData",
    loads=application,
    uses=(enqueue,),
    raises=(TooMany,),
    status=202,
)
def handler(call: Call, loaded: Organization, body: RemoveData) -> JobQueued:
    """Remove what is stored of devices in a time; the devices stay."""
    what, asker = body.what(call.now), body.asker(call)
    return JobQueued.of(enqueue(call.reach, loaded.id, remove_data.REMOVE.name, what, asker, call.now))
