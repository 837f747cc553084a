"""Messages of a thing (thingsee.md 3.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import ConfigDict

from edge.shape import Strict
from edge.sizes import fill
from fleet.telemetry.messages import MessageFilter, StoredMessage
from thingsee.shapes.query import Filter, Limit, cap


class MessagesQuery(Filter):
    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": "10"}]})

    limit: Limit

    @property
    def message_filter(self) -> MessageFilter:
        return MessageFilter(cap(self.limit), self.first, self.last, self.messageid, self.eventid)


class MessagesOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {
                            "tsmId": 12100,
                            "tsmEv": 10,
                            "tsmTs": 1767608100,
                            "tsmTuid": "TSPD04A1B2C3D4E05",
                            "tsmGw": "TSGW02A1B2C3D4E01",
                            "deploymentGroupId": "prfi00lobby",
                            "temp": 21.3,
                            "humd": 41,
                            "airp": 101320.4,
                            "lght": 12,
                        }
                    ]
                }
            ]
        }
    )

    data: list[dict[str, Any]]

    @classmethod
    def of(cls, messages: Iterable[StoredMessage]) -> Self:
        """The newest messages that fit into one answer."""
        return cls(data=fill(map(_to_json, messages))[0])


def _to_json(message: StoredMessage) -> dict[str, Any]:
    """The message as the thing sent it, with its time in whole seconds and the name of its group."""
    header = {name: value for name, value in message.body.items() if name.startswith("tsm") and value is not None}
    others = {name: value for name, value in message.body.items() if not name.startswith("tsm")}
    return {**header, "tsmTs": int(message.ts), **others, "deploymentGroupId": message.group}
