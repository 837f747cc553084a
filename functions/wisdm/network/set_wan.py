from edge.request import Call
from fleet.configuration import desire
from fleet.configuration.configuration import Configured
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.settings_path import settings
from wisdm.shapes.wan import WanIn


@api.route(
    "POST",
    "/v4/gateway/{sn}/network/wan",
    "set_wan",
    scope="WRITE_EDIT_NETWORK_INTERFACE",
    loads=settings,
    uses=(desire.set_wan,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Configured, body: WanIn) -> None:
    """Change the settings of some of a gateway's ways to the Internet."""
    desire.set_wan(call.reach, loaded, body.settings(), call.principal.id, call.now)
