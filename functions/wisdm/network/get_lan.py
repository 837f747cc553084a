from edge.request import Call
from fleet.errors import NotFound, Unreachable
from fleet.model.configuration import Configured
from fleet.services import configuration
from wisdm.dialect import api
from wisdm.shapes.lan import LanOut
from wisdm.shapes.settings_path import configured


@api.route(
    "GET",
    "/v4/gateway/{sn}/network/lan",
    "get_lan",
    scope="READ",
    loads=configured,
    uses=(configuration.opened,),
    raises=(NotFound, Unreachable),
)
def handler(call: Call, loaded: Configured) -> LanOut:
    """Read the settings of a gateway's local network."""
    return LanOut.of(loaded, configuration.opened(call.reach, loaded.gateway.card, "lan", LanOut.stored(loaded)))
