from edge.answer import Reply
from edge.request import Call
from fleet.bulk import retire_devices
from fleet.bulk.order import enqueue, most_at_once
from fleet.bulk.select_devices import select
from fleet.errors import TooMany
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.bulk import DeleteOrRestore, JobQueued, Removed
from wegnology.shapes.paths import application


@api.route(
    "POST",
    "/applications/{applicationId}/devices/delete",
    "delete_devices",
    scope="delete",
    loads=application,
    uses=(select, retire_devices.delete, enqueue),
    raises=(TooMany,),
    also=(202,),
    settings=("WegnologySyncLimit",),
    memory=1769,
    timeout=28,
)
def handler(call: Call, loaded: Organization, body: DeleteOrRestore) -> Reply[Removed | JobQueued]:
    """Delete devices so that they can be restored."""
    selection, asker = body.selection(), body.asker(call)
    rows = select(call.reach, loaded.id, selection, call.now)
    if body.force_job or len(rows) > most_at_once():
        job = enqueue(call.reach, loaded.id, retire_devices.DELETE.name, {"query": body.query}, asker, call.now)
        return Reply(JobQueued.of(job), status=202)
    return Reply(Removed.of(retire_devices.delete(call.reach, [row.id for row in rows], call.now)))
