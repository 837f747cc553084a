from edge.request import Call
from fleet.bulk import count_payloads
from fleet.bulk.order import enqueue
from fleet.errors import TooMany
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.bulk import JobQueued
from wegnology.shapes.exports import PayloadCounts
from wegnology.shapes.paths import application


@api.route(
    "POST",
    "/applications/{applicationId}/devices/payloadCounts",
    "export_payload_counts",
    scope="payloadCounts",
    loads=application,
    uses=(enqueue,),
    raises=(TooMany,),
    status=202,
)
def handler(call: Call, loaded: Organization, body: PayloadCounts) -> JobQueued:
    """Export how many payloads devices have sent and were sent."""
    what, asker = body.what(call.now), body.to(call)
    return JobQueued.of(enqueue(call.reach, loaded.id, count_payloads.COUNT.name, what, asker, call.now))
