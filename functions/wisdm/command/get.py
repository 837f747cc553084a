from collections.abc import Callable

from edge.request import Call
from fleet.commands.command import Command
from fleet.errors import NotFound, Unreachable
from fleet.registry.gateway import Gateway
from wisdm.dialect import api
from wisdm.shapes.command import CommandOut
from wisdm.shapes.command_path import command


@api.route(
    "GET", "/v4/gateway/{sn}/async-cmd/{commandId}", "get_async_command", scope="READ", loads=command, raises=(NotFound, Unreachable)
)
def handler(call: Call, loaded: tuple[Gateway, Callable[[], Command]]) -> CommandOut:
    """Read the state and the result of a command."""
    gateway, command_of = loaded
    return CommandOut.of(gateway, command_of(), call.now)
