from edge.request import Call
from fleet.configuration.battery import Monitored
from wisdm.dialect import api
from wisdm.shapes.battery import BatteryOut
from wisdm.shapes.settings_path import battery


@api.route("GET", "/v4/gateway/{sn}/battery", "get_gateway_battery", scope="READ", loads=battery)
def handler(call: Call, loaded: Monitored) -> BatteryOut:
    """Read what a gateway last reported of its battery, while that is monitored."""
    return BatteryOut.of_monitored(loaded, call.now)
