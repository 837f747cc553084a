from edge.request import Call
from fleet.errors import TooMany
from fleet.registry.device import Device
from fleet.telemetry import report_state
from fleet.telemetry.device_state import arrival
from fleet.tenancy.organization import Organization
from wegnology.dialect import api
from wegnology.shapes.paths import application, device
from wegnology.shapes.state import Done, StatesIn


@api.route(
    "POST",
    "/applications/{applicationId}/devices/{deviceId}/state",
    "send_device_state",
    scope="sendState",
    parent=application,
    loads=device,
    uses=(report_state.store,),
    raises=(TooMany,),
)
def handler(call: Call, parent: Organization, loaded: Device, body: StatesIn) -> Done:
    """Report the state of a device."""
    first = arrival(call.now, call.now.microsecond % 1000 * 1000)
    reports = report_state.judged(loaded, body.said(call.now), first, call.now, lambda number: (number,))
    report_state.store(call.reach, loaded, reports, call.now)
    return Done.done()
