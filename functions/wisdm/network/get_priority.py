from edge.request import Call
from fleet.configuration.configuration import Configured
from fleet.errors import Unreachable
from wisdm.dialect import api
from wisdm.shapes.network import PriorityOut
from wisdm.shapes.settings_path import settings


@api.route("GET", "/v4/gateway/{sn}/network/priority", "get_network_priority", scope="READ", loads=settings, raises=(Unreachable,))
def handler(call: Call, loaded: Configured) -> PriorityOut:
    """Read in which order a gateway tries its ways to the Internet."""
    return PriorityOut.of(loaded)
