from edge.request import Call
from fleet.configuration.configuration import Configured
from fleet.errors import Unreachable
from wisdm.dialect import api
from wisdm.shapes.settings_path import settings
from wisdm.shapes.wan import WanOut


@api.route("GET", "/v4/gateway/{sn}/network/wan", "get_wan", scope="READ", loads=settings, raises=(Unreachable,))
def handler(call: Call, loaded: Configured) -> WanOut:
    """Read the settings of a gateway's ways to the Internet, without their secrets."""
    return WanOut.of(loaded)
