from edge.answer import Reply
from edge.request import Call
from fleet.bulk import bulk_patch
from fleet.bulk.order import enqueue, most_at_once
from fleet.delivery.links import media_url
from fleet.edits import patch_devices
from fleet.errors import TooMany
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.bulk import JobQueued
from wegnology.shapes.patch import DevicesPatch, DevicesUpdated
from wegnology.shapes.paths import application


@api.route(
    "PATCH",
    "/applications/{applicationId}/devices",
    "patch_devices",
    scope="patch",
    loads=application,
    uses=(patch_devices.check_named, bulk_patch.chosen, bulk_patch.patch_now, enqueue, media_url),
    raises=(TooMany,),
    also=(202,),
    settings=("WegnologySyncLimit",),
    memory=1769,
    timeout=28,
)
def handler(call: Call, loaded: Organization, body: DevicesPatch) -> Reply[DevicesUpdated | JobQueued]:
    """Change many devices."""
    patch, asker, query = body.patch(), body.asker(call), body.selection()
    patch_devices.check_named(call.reach, loaded.id, patch)
    ids = bulk_patch.chosen(call.reach, loaded.id, body.ids, query, call.now)
    if len(ids) > most_at_once():
        job = enqueue(call.reach, loaded.id, bulk_patch.PATCH_KIND.name, bulk_patch.what(patch, body.ids, query.document), asker, call.now)
        return Reply(JobQueued.of(job), status=202)
    return Reply(DevicesUpdated.of(bulk_patch.patch_now(call.reach, loaded.id, ids, patch, asker, call.now), asker.base))
