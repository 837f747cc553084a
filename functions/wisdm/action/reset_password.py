from edge.request import Call
from fleet.errors import NotFound, TooMany, Unreachable
from fleet.model.gateway import Factory, Gateway
from fleet.services import actions
from fleet.store.actions import Latest
from wisdm.dialect import api
from wisdm.shapes.action import PasswordIn, given_password


@api.route(
    "POST",
    "/v4/gateway/{sn}/password",
    "reset_gateway_password",
    scope="WRITE_RESET_PASSWORD",
    loads=given_password,
    uses=(actions.set_password,),
    raises=(NotFound, TooMany, Unreachable),
    status=204,
)
def handler(call: Call, loaded: tuple[Gateway, Latest, Factory], body: PasswordIn) -> None:
    """Set a new password for the root user of a gateway."""
    gateway, latest, factory = loaded
    actions.set_password(call.reach, (gateway, latest), factory, body.password, call.now)
