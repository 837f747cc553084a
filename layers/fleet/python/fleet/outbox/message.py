"""A message on its way to a gateway."""

from __future__ import annotations

from typing import Any, Literal

from fleet.values import Value

Type = Literal[
    "location.config",
    "config.desired",
    "command.exec",
    "syslog.grant",
    "action.reboot",
    "action.password",
    "action.upgrade",
    "thingsee.commands",
]


class Downlink(Value):
    """A message to be sent. It holds no secret but what is encrypted for the gateway: others are filled in when it is sent.

    `deadline` is the Unix second after which it must not be sent any more, or None.
    """

    id: str
    sn: str
    organization: str
    type: Type
    payload: dict[str, Any]
    deadline: int | None = None
