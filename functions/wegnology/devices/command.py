from edge.answer import Reply
from edge.request import Call
from fleet.bulk import bulk_command
from fleet.bulk.order import Asker, enqueue, most_at_once
from fleet.errors import TooMany
from fleet.lifecycle import command_devices
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.bulk import JobQueued
from wegnology.shapes.multi_command import MultiDeviceCommand
from wegnology.shapes.paths import application
from wegnology.shapes.state import Done


@api.route(
    "POST",
    "/applications/{applicationId}/devices/command",
    "send_device_command",
    scope="sendCommand",
    loads=application,
    uses=(bulk_command.chosen, bulk_command.command_now, enqueue),
    raises=(TooMany,),
    also=(202,),
    settings=("WegnologySyncLimit",),
    memory=1769,
    timeout=28,
)
def handler(call: Call, loaded: Organization, body: MultiDeviceCommand) -> Reply[Done | JobQueued]:
    """Send a command to many devices."""
    audience, command = body.audience(call.principal.devices), body.command(call.now)
    command_devices.check(command)
    ids = bulk_command.chosen(call.reach, loaded.id, audience, call.now)
    if len(ids) > most_at_once():
        asker = Asker(call.principal.id, call.request.base)
        what = bulk_command.what(audience, command)
        return Reply(JobQueued.of(enqueue(call.reach, loaded.id, bulk_command.COMMAND.name, what, asker, call.now)), status=202)
    bulk_command.command_now(call.reach, loaded.id, ids, command)
    return Reply(Done.done())
