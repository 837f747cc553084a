from edge.request import Call
from fleet.configuration import desire
from fleet.configuration.configuration import Configured
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.network import PriorityIn
from wisdm.shapes.settings_path import settings


@api.route(
    "POST",
    "/v4/gateway/{sn}/network/priority",
    "set_network_priority",
    scope="WRITE_EDIT_NETWORK_INTERFACE",
    loads=settings,
    uses=(desire.set_priority,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: Configured, body: PriorityIn) -> None:
    """Set in which order a gateway tries its ways to the Internet."""
    desire.set_priority(call.reach, loaded, body.priority, call.principal.id, call.now)
