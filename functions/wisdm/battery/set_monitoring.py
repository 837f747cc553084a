from edge.request import Call
from fleet.configuration import desire
from fleet.configuration.battery import Monitored
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.battery import MonitoringIn
from wisdm.shapes.settings_path import battery


@api.route(
    "POST",
    "/v4/gateway/{sn}/battery",
    "set_battery_monitoring",
    scope="WRITE_ENABLE_BATTERY_MONITORING",
    loads=battery,
    uses=(desire.set_monitoring,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Monitored, body: MonitoringIn) -> None:
    """Have a gateway's battery monitored, or no longer."""
    desire.set_monitoring(call.reach, loaded, body.enabled, call.principal.id, call.now)
