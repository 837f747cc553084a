from edge.request import Call
from fleet.commands.command import Command
from fleet.errors import Unreachable
from fleet.registry.gateway import Gateway
from wisdm.dialect import api
from wisdm.shapes.command import CommandOut
from wisdm.shapes.command_path import command
from wisdm.shapes.paths import gateway


@api.route(
    "GET",
    "/v4/gateway/{sn}/async-cmd/{commandId}",
    "get_async_command",
    scope="READ",
    parent=gateway,
    loads=command,
    raises=(Unreachable,),
    also_at=("/v4/gateway/{sn}/async-cmd",),
)
def handler(call: Call, parent: Gateway, loaded: Command) -> CommandOut:
    """Read the state and the result of a command."""
    return CommandOut.of(parent, loaded, call.now)
