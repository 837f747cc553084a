from edge.request import Call
from fleet.errors import NotFound, TooMany, Unreachable
from fleet.model.configuration import Configured
from fleet.services import configuration
from wisdm.dialect import api
from wisdm.shapes.network import PriorityIn
from wisdm.shapes.settings_path import configured


@api.route(
    "POST",
    "/v4/gateway/{sn}/network/priority",
    "set_network_priority",
    scope="WRITE_EDIT_NETWORK_INTERFACE",
    loads=configured,
    uses=(configuration.set_priority,),
    raises=(NotFound, TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Configured, body: PriorityIn) -> None:
    """Set in which order a gateway tries its ways to the Internet."""
    configuration.set_priority(call.reach, loaded, body.priority, call.now)
