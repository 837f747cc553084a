from edge.request import Call
from fleet.configuration import desire
from fleet.configuration.configuration import Configured
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.lan import LanIn
from wisdm.shapes.settings_path import settings


@api.route(
    "POST",
    "/v4/gateway/{sn}/network/lan",
    "set_lan",
    scope="WRITE_EDIT_NETWORK_INTERFACE",
    loads=settings,
    uses=(desire.set_lan,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Configured, body: LanIn) -> None:
    """Change the settings of a gateway's access point."""
    body.check_ethernet(loaded)
    desire.set_lan(call.reach, loaded, body.wifi.settings(), call.principal.id, call.now)
