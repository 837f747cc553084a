"""The kinds of commands: how each is remembered, and the message to the gateway that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fleet.commands.command import Command
from fleet.ids import derived_uuid
from fleet.outbox.message import CommandKind, Downlink, Type


@dataclass(frozen=True)
class Kind:
    """One kind of command.

    `type` and `payload` are the message's; `payload` computes it from the command and the message's id. `memory` is what is remembered:

    * `newest`: the newest command of an address, in place of the one before.
    * `numbered`: each command of an address; ids are numbers that rise.
    * `history`: the same, and a device's commands are listed.
    * `embedded`: the newest, as a part of another entity, which stores it.

    `lifetime` is for how many seconds after acceptance it is remembered (None: without limit), `limit` how many of an address
    may be open at once.
    """

    type: Type
    payload: Callable[[Command, str], Mapping[str, Any]]
    memory: Literal["newest", "numbered", "history", "embedded"]
    lifetime: int | None = None
    limit: int | None = None


def _action(command: Command, id: str) -> Mapping[str, Any]:
    return {"actionId": command.id, **command.payload}


def _shell(command: Command, id: str) -> Mapping[str, Any]:
    return {"commandId": int(command.id), "stages": command.payload["stages"], "timeoutS": command.payload["timeout"]}


def _messages(command: Command, id: str) -> Mapping[str, Any]:
    return {"commandId": id, "notAfter": _second(command.expires), "messages": command.payload["messages"]}


def _section(command: Command, id: str) -> Mapping[str, Any]:
    return {"version": int(command.id), "section": command.payload["section"]}


KINDS: Mapping[CommandKind, Kind] = {
    "shell": Kind("command.exec", _shell, "numbered", lifetime=24 * 3600, limit=10),
    "reboot": Kind("action.reboot", _action, "newest"),
    "password": Kind("action.password", _action, "newest"),
    "upgrade": Kind("action.upgrade", _action, "newest"),
    "message": Kind("thingsee.commands", _messages, "history"),
    "configure": Kind("config.desired", _section, "embedded"),
}
"""Limits and lifetimes: wisdm.md 6.1 and 6.3, thingsee.md 4.1."""


def message(command: Command, occasion: str = "", sn: str | None = None, **more: Any) -> Downlink:
    """The message that carries out a command, one for each `occasion` on which it is sent, with `more` in its payload.

    `sn` is the gateway that gets it, by default the address of the command.
    """
    kind = KINDS[command.kind]
    id = derived_uuid(kind.type, f"{command.device}/{command.address}/{command.id}{occasion}")
    return Downlink(
        id=id,
        sn=command.address if sn is None else sn,
        organization=command.organization,
        type=kind.type,
        payload={**kind.payload(command, id), **more},
        number=command.number,
        deadline=_second(command.expires),
        command=None if kind.memory == "embedded" else command.name,
    )


def is_forgotten(command: Command, now: datetime) -> bool:
    """Whether a command has outlived its kind's lifetime; its row is deleted some time later."""
    lifetime = KINDS[command.kind].lifetime
    return lifetime is not None and now.timestamp() > command.accepted.timestamp() + lifetime


def _second(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
