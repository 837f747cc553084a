from itertools import islice

from edge.request import Call
from fleet.commands.device_commands import DeviceCommands
from fleet.registry.device import Device
from fleet.tenancy.organization import Organization
from fleet.times import unix_ms
from wegnology.dialect import api
from wegnology.shapes.device_command import MOST, DeviceCommandsOut, DeviceCommandsQuery
from wegnology.shapes.paths import application, device


@api.route(
    "GET",
    "/applications/{applicationId}/devices/{deviceId}/command",
    "get_device_commands",
    scope="getCommand",
    parent=application,
    loads=device,
    uses=(DeviceCommands.newest,),
)
def handler(call: Call, parent: Organization, loaded: Device, query: DeviceCommandsQuery) -> DeviceCommandsOut:
    """List the newest commands that were sent to a device."""
    newest = DeviceCommands.newest(call.reach, loaded, query.since, unix_ms(call.now))
    return DeviceCommandsOut.of(islice(newest, min(query.limit, MOST)))
