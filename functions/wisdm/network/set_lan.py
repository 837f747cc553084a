from edge.request import Call
from fleet.errors import NotFound, TooMany, Unreachable
from fleet.model.configuration import Configured
from fleet.services import configuration
from wisdm.dialect import api
from wisdm.shapes.lan import LanIn
from wisdm.shapes.settings_path import configured


@api.route(
    "POST",
    "/v4/gateway/{sn}/network/lan",
    "set_lan",
    scope="WRITE_EDIT_NETWORK_INTERFACE",
    loads=configured,
    uses=(configuration.set_lan,),
    raises=(NotFound, TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Configured, body: LanIn) -> None:
    """Change the settings of a gateway's access point."""
    configuration.set_lan(call.reach, loaded, body.wifi.given(), call.now)
