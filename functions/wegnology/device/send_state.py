from edge.request import Call
from fleet.registry.device import Device
from fleet.telemetry import report_state
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
)
def handler(call: Call, parent: Organization, loaded: Device, body: StatesIn) -> Done:
    """Report the state of a device."""
    arrival = int(call.now.timestamp() * 1_000_000)
    reports = report_state.judged(loaded, body.said(call.now), arrival, call.now, lambda number: (number,))
    report_state.store(call.reach, loaded, reports, call.now)
    return Done.done()
