from edge.request import Call
from fleet.errors import NotFound, TooMany, Unreachable
from fleet.services import actions
from wisdm.dialect import api
from wisdm.shapes.action import rebooted


@api.route(
    "POST",
    "/v4/gateway/{sn}/reboot",
    "reboot_gateway",
    scope="WRITE_REBOOT_GATEWAY",
    loads=rebooted,
    uses=(actions.reboot,),
    raises=(NotFound, TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: actions.Addressed) -> None:
    """Reboot a gateway."""
    actions.reboot(call.reach, loaded, call.now)
