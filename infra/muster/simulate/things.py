"""A simulated Thingsee gateway: it relays messages from the sensors behind it, and settings to them."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterable, Mapping
from threading import Event
from typing import Any

from muster.operator.keyring import Identity
from muster.simulate.gateway import Answer, Gateway, Tell
from muster.simulate.wire import Order, Wire

_ENVIRONMENT, _BATTERY, _LOCATION, _SOFTWARE, _CONNECTION, _HEARTBEATS = 12100, 1110, 1210, 1100, 1000, 11200
_SLOTS, _SLOT = 12, 600
_CARRIED = frozenset({1500, 1501, 12200, 13200, 17110})
"""Commands that a sensor supports."""
_BATTERY_EVERY = 10
"""Every how many reports the sensors report their battery level."""


class ThingGateway(Gateway):
    """A gateway and its sensors. A `silent` sensor sends nothing; if it was heard before, the gateway's heartbeats show it as missing."""

    def __init__(self, identity: Identity, wire: Wire, tell: Tell = lambda line: None, stop: Event | None = None) -> None:
        super().__init__(identity, wire, None, tell, stop)
        self.sensors, self.silent = list(identity.things or ()), set(identity.silent)
        self._heard: set[str] = set()
        self.batteries = {tuid: 80.0 + number for number, tuid in enumerate(self.sensors)}
        self._random = random.Random(identity.sn)
        self._reports = 0
        self._does = {"thingsee.commands": self._carry_out}

    def start(self) -> None:
        """Boot: send the connection event, every thing's version, and a first report."""
        self._boot, self._seq = str(uuid.uuid4()), 0
        me = self.identity.sn
        self._bring(
            self._message(me, _CONNECTION, 17),
            self._message(me, _LOCATION, 10, lat=60.4 + self._random.random() / 10, lon=22.2 + self._random.random() / 10, lacr=20),
            *(self._message(tuid, _SOFTWARE, 11, swVersion="2026.1.0") for tuid in (me, *self._active_sensors())),
        )
        self.here, self._reports = True, 0
        self.report()
        self.tell("is online")

    def report(self) -> None:
        """Send each sensor's measurements, and heartbeats of those heard."""
        speaking = self._active_sensors()
        self._heard.update(speaking)
        readings = [self._message(tuid, _ENVIRONMENT, 10, **self._environment()) for tuid in speaking]
        if self._reports % _BATTERY_EVERY == 0:
            readings += [self._message(tuid, _BATTERY, 10, batl=round(self.batteries[tuid], 1)) for tuid in speaking]
        beats = [{"tuid": tuid, "slotBits": 0 if tuid in self.silent else (1 << _SLOTS) - 1} for tuid in sorted(self._heard)]
        heard = self._message(self.identity.sn, _HEARTBEATS, 10, slotInterval=_SLOT, slotBitCount=_SLOTS, heartbeats=beats)
        self._bring(*readings, heard)
        self._reports += 1
        self.batteries = {tuid: max(0.0, level - 0.1) for tuid, level in self.batteries.items()}

    def leave(self, reason: str) -> None:
        """Send a disconnect and go offline."""
        if self.here:
            self._bring(self._message(self.identity.sn, _CONNECTION, 18))
            self.here = False
            self.tell("is offline")

    def gasp(self) -> None:
        """Simulate a power failure: the network reports it like a disconnect."""
        self.leave("power")

    def ask_for_upload(self) -> None:
        """Do nothing: a Thingsee gateway uploads no logs."""

    def _active_sensors(self) -> list[str]:
        return [tuid for tuid in self.sensors if tuid not in self.silent]

    def _environment(self) -> Mapping[str, float]:
        chance = self._random
        return {
            "temp": round(chance.gauss(21, 0.5), 1),
            "humd": round(chance.gauss(41, 2)),
            "airp": round(chance.gauss(101_300, 50), 1),
            "lght": round(abs(chance.gauss(120, 40))),
        }

    def _message(self, tuid: str, id: int, event: int, **others: Any) -> dict[str, Any]:
        header = {"tsmId": id, "tsmEv": event, "tsmTs": int(time.time()), "tsmTuid": tuid, "tsmGw": self.identity.sn}
        return {**header, **others}

    def _bring(self, *messages: dict[str, Any]) -> None:
        self._send("thingsee.messages", {"messages": messages})

    def _carry_out(self, order: Order) -> Iterable[Answer]:
        """Relay settings to a thing; it answers each with what it applied."""
        if order.payload.get("notAfter", 0) < time.time():
            return
        messages = order.payload.get("messages")
        known = [each for each in messages if self._knows(each)] if isinstance(messages, list) else []
        newest = [each for each in known if self._sequence.takes(f"{each['tsmDstTuid']} {each['tsmId']}", order.number)]
        answers = [self._answer(each) for each in newest]
        if answers:
            self.tell(f"{answers[0]['tsmTuid']} applied {', '.join(str(each['tsmId']) for each in answers)}")
            yield "thingsee.messages", {"messages": answers}

    def _knows(self, message: Any) -> bool:
        if not isinstance(message, dict):
            return False
        return message.get("tsmId") in _CARRIED and message.get("tsmDstTuid") in (self.identity.sn, *self._active_sensors())

    def _answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        applied = {name: value for name, value in message.items() if not name.startswith("tsm")}
        return self._message(message["tsmDstTuid"], message["tsmId"], 31, **applied)
