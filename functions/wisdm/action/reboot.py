from edge.request import Call
from fleet.commands import give_order
from fleet.errors import TooMany, Unreachable
from wisdm.dialect import api
from wisdm.shapes.action import gateway_and_last_reboot


@api.route(
    "POST",
    "/v4/gateway/{sn}/reboot",
    "reboot_gateway",
    scope="WRITE_REBOOT_GATEWAY",
    loads=gateway_and_last_reboot,
    uses=(give_order.reboot,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: give_order.Addressed) -> None:
    """Reboot a gateway."""
    give_order.reboot(call.reach, loaded, call.principal.id, call.now)
