from edge.request import Call
from fleet.edits import create_device
from fleet.errors import TooMany
from fleet.tenancy.organization import Organization
from fleet.tenancy.organizations import Disabled
from wegnology.dialect import api
from wegnology.shapes.device import DevicePost
from wegnology.shapes.device_out import Connection, DeviceOut, Shaping
from wegnology.shapes.paths import application


@api.route(
    "POST",
    "/applications/{applicationId}/devices",
    "post_device",
    scope="post",
    loads=application,
    uses=(create_device.create,),
    raises=(Disabled, TooMany),
    status=201,
)
def handler(call: Call, loaded: Organization, query: Shaping, body: DevicePost) -> DeviceOut:
    """Create a device."""
    device = create_device.create(call.reach, loaded.id, body.fields(), call.now)
    return DeviceOut.of(device, query, Connection())
