"""What happens to one gateway: what it says, what it is asked for, and what it then gets."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import Any

import time_machine

from edge.entry import Entry
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import call
from tests.harness.fleet import Fleet, Hardware
from tests.workers.configuration import now
from tests.workers.messages import UplinkMessage, deliver, deliver_rows, downlink_messages, hello, outbox, uplink_message


class Story:
    """What happens to one gateway, at the test's clock."""

    def __init__(self, fleet: Fleet, hardware: Hardware, key: str, clock: time_machine.Traveller) -> None:
        self.fleet, self.hardware, self.key, self.clock = fleet, hardware, key, clock
        self.boot, self._seq, self._rows = str(uuid.uuid4()), itertools.count(1), list[Any]()

    def later(self, **duration: float) -> None:
        self.clock.shift(timedelta(**duration))

    def message(self, type: str, payload: dict[str, Any]) -> UplinkMessage:
        return uplink_message(self.hardware, type, payload, boot=self.boot, seq=next(self._seq), received=now())

    def says(self, type: str, payload: dict[str, Any]) -> None:
        assert deliver(receive, self.message(type, payload)) == []

    def starts(self, applied: int = 1) -> None:
        self.boot = str(uuid.uuid4())
        self.says("hello", hello(self.hardware, applied=applied, firmware="2.2.20"))
        self.says("presence", {"connected": True})

    def leaves(self) -> None:
        self.says("presence", {"connected": False})

    def asks(self, route: Entry, body: Any) -> Any:
        answer = call(route, {"sn": self.hardware.sn}, body=body, key=self.key)
        assert answer.status in (200, 204), answer.json
        return answer.json if answer.status == 200 else None

    def gets(self) -> list[dict[str, Any]]:
        """The payloads of what has come into the gateway's queue since the last call, or since `queue_forgets`."""
        rows = [row for row in outbox(self.hardware) if row["sk"] not in self._rows]
        self._rows += [row["sk"] for row in rows]
        assert not rows or deliver_rows(dispatch, rows) == []
        return [message["payload"] for _ in range(len(rows) + 1) for message in downlink_messages(self.hardware)]

    queue_forgets = gets
