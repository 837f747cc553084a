"""The paths of commands, and what they ask for. They stand apart from other paths, so that a route loads only what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field

from fleet.model.command import Command
from fleet.model.gateway import Gateway
from fleet.services import commands
from fleet.store.ask import Ask
from fleet.store.commands import Head
from wisdm.shapes.paths import GatewayPath


class CommandPath(GatewayPath):
    """`commandId` is decimal digits, with or without `cmd-` before them."""

    command_id: Annotated[str, Field(pattern=r"^(cmd-)?[1-9][0-9]{0,15}$"), AfterValidator(lambda text: text.removeprefix("cmd-"))]


def commanded(path: GatewayPath) -> Ask[tuple[Gateway, Head]]:
    return commands.addressed(path.sn)


def command(path: CommandPath) -> Ask[tuple[Gateway, Callable[[], Command]]]:
    return commands.answered(path.sn, int(path.command_id))
