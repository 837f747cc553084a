from edge.request import Call
from fleet.bulk import export_devices
from fleet.bulk.order import enqueue
from fleet.errors import TooMany
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.bulk import JobQueued
from wegnology.shapes.exports import Export, ExportQuery
from wegnology.shapes.paths import application


@api.route(
    "POST",
    "/applications/{applicationId}/devices/export",
    "export_devices",
    scope="export",
    loads=application,
    uses=(enqueue,),
    raises=(TooMany,),
    status=202,
)
def handler(call: Call, loaded: Organization, query: ExportQuery, body: Export) -> JobQueued:
    """Export devices to a file."""
    what, asker = body.what(), body.to(call, query)
    return JobQueued.of(enqueue(call.reach, loaded.id, export_devices.EXPORT.name, what, asker, call.now))
