from edge.answer import Reply
from edge.request import Call
from fleet.bulk import retire_devices
from fleet.bulk.order import enqueue, most_at_once
from fleet.bulk.select_devices import select_deleted
from fleet.errors import TooMany
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.bulk import DeleteOrRestore, JobQueued, Restored
from wegnology.shapes.paths import application


@api.route(
    "POST",
    "/applications/{applicationId}/devices/restore",
    "restore_devices",
    scope="restore",
    loads=application,
    uses=(select_deleted, retire_devices.restore, enqueue),
    raises=(TooMany,),
    also=(202,),
    settings=("WegnologySyncLimit",),
    memory=1769,
    timeout=28,
)
def handler(call: Call, loaded: Organization, body: DeleteOrRestore) -> Reply[Restored | JobQueued]:
    """Restore deleted devices."""
    selection, asker = body.selection(), body.asker(call)
    rows = select_deleted(call.reach, loaded.id, selection, call.now)
    if body.force_job or len(rows) > most_at_once():
        job = enqueue(call.reach, loaded.id, retire_devices.RESTORE.name, {"query": body.query}, asker, call.now)
        return Reply(JobQueued.of(job), status=202)
    return Reply(Restored.of(retire_devices.restore(call.reach, loaded.id, [row.id for row in rows], asker, call.now)))
