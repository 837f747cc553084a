from edge.request import Call
from fleet.commands import run_shell
from fleet.commands.commands import Earlier
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
    uses=(run_shell.run,),
    raises=(TooMany, Unreachable),
)
def handler(call: Call, loaded: tuple[Gateway, Earlier], body: CommandIn) -> CommandAccepted:
    """Send a diagnostic command to a gateway."""
    gateway, earlier = loaded
    command = run_shell.run(call.reach, gateway, earlier, body.stages(), body.timeout, call.principal.id, call.now)
    return CommandAccepted(command_id=int(command.id))
