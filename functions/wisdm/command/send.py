from edge.request import Call
from fleet.commands import accept
from fleet.commands.commands import Head
from fleet.errors import TooMany, Unreachable
from fleet.registry.gateway import Gateway
from wisdm.dialect import api
from wisdm.shapes.command import CommandAccepted, CommandIn
from wisdm.shapes.command_path import gateway_and_last_command


@api.route(
    "POST",
    "/v4/gateway/{sn}/async-cmd",
    "send_async_command",
    scope="WRITE",
    loads=gateway_and_last_command,
    uses=(accept.accept,),
    raises=(TooMany, Unreachable),
)
def handler(call: Call, loaded: tuple[Gateway, Head], body: CommandIn) -> CommandAccepted:
    """Send a diagnostic command to a gateway."""
    gateway, head = loaded
    return CommandAccepted(command_id=accept.accept(call.reach, gateway, head, body.stages(), body.timeout, call.now).id)
