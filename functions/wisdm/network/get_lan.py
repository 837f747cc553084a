from edge.request import Call
from fleet.configuration import desire
from fleet.configuration.configuration import Configured
from fleet.errors import Unreachable
from wisdm.dialect import api
from wisdm.shapes.lan import LanOut
from wisdm.shapes.settings_path import settings


@api.route("GET", "/v4/gateway/{sn}/network/lan", "get_lan", scope="READ", loads=settings, uses=(desire.reveal_lan,), raises=(Unreachable,))
def handler(call: Call, loaded: Configured) -> LanOut:
    """Read the settings of a gateway's local network."""
    return LanOut.of(loaded, desire.reveal_lan(call.reach, loaded))
