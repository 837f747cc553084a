"""The paths of commands, and the loaders of what they name. Apart from the other paths, so that a route imports only what it needs."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from fleet.aws.reads import Read
from fleet.commands import run_shell
from fleet.commands.command import Command
from fleet.commands.commands import Commands, Earlier
from fleet.grants import uses
from fleet.registry.gateway import Gateway
from wisdm.shapes.paths import GatewayPath


class CommandPath(GatewayPath):
    """`commandId` is decimal digits, with or without `cmd-` before them."""

    command_id: Annotated[str, Field(pattern=r"^(cmd-)?[1-9][0-9]{0,15}$"), AfterValidator(lambda text: text.removeprefix("cmd-"))]


@uses(run_shell.addressed)
def gateway_and_last_command(path: GatewayPath) -> Read[tuple[Gateway, Earlier]]:
    return run_shell.addressed(path.sn)


@uses(Commands.by_number)
def command(path: CommandPath) -> Read[Command]:
    return Commands.by_number(path.sn, int(path.command_id))
