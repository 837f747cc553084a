from edge.request import Call
from fleet.errors import NotFound, TooMany, Unreachable
from fleet.model.configuration import Configured
from fleet.services import configuration
from wisdm.dialect import api
from wisdm.shapes.settings_path import configured
from wisdm.shapes.wan import WanIn


@api.route(
    "POST",
    "/v4/gateway/{sn}/network/wan",
    "set_wan",
    scope="WRITE_EDIT_NETWORK_INTERFACE",
    loads=configured,
    uses=(configuration.set_wan,),
    raises=(NotFound, TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Configured, body: WanIn) -> None:
    """Change the settings of some of a gateway's ways to the Internet."""
    configuration.set_wan(call.reach, loaded, body.given(), call.now)
