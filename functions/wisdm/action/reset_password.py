from edge.request import Call
from fleet.commands import give_order
from fleet.commands.commands import Earlier
from fleet.errors import TooMany, Unreachable
from fleet.registry.gateway import Factory, Gateway
from wisdm.dialect import api
from wisdm.shapes.action import PasswordIn, gateway_and_last_password


@api.route(
    "POST",
    "/v4/gateway/{sn}/password",
    "reset_gateway_password",
    scope="WRITE_RESET_PASSWORD",
    loads=gateway_and_last_password,
    uses=(give_order.set_password,),
    raises=(TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: tuple[Gateway, Earlier, Factory], body: PasswordIn) -> None:
    """Set a new password for the root user of a gateway."""
    gateway, earlier, factory = loaded
    give_order.set_password(call.reach, (gateway, earlier), factory, body.password, call.principal.id, call.now)
