"""Applies messages to a thing: its newest values, how it is reached, and whether there is reason for an alert (device-plane.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fleet.alerts.alert import LOST, MISSED
from fleet.alerts.state import Name
from fleet.alerts.track import AlertTracker
from fleet.plane.status import parsed
from fleet.plane.thing_messages import Binary, Heartbeat, Software
from fleet.telemetry.message import Message
from fleet.times import unix_ms

_CONNECTION, _UP, _DOWN = 1000, 17, 18
_HEARTBEATS, _HEARTBEAT = 11200, 11201
_MOST_SLOTS, _LONGEST_SLOT = 4096, 2**31
"""Slots, and seconds of one, beyond which numbers are no measurements."""
Beat = tuple[str, int, float]
"""Of which thing, the bits of its slots, and over how many seconds they were gathered."""


def about(messages: Sequence[Message]) -> Iterator[str]:
    """The things that messages are from, or about."""
    for message in messages:
        yield message.tuid
        for tuid, _, _ in _beats(message):
            yield tuid


def of_connection(message: Message) -> bool:
    """Whether a message reports that a connection was made or lost."""
    return message.id == _CONNECTION and message.event in (_UP, _DOWN)


def apply(tracker: AlertTracker, messages: Sequence[Message], relay: tuple[str, str], received: datetime) -> None:
    """Apply the messages of one arrival that concern a thing. `relay` is the gateway that brought them: tuid and sn."""
    tuid, at = tracker.thing.tuid, unix_ms(received)
    if relay[0] == tuid:
        tracker.hear(at)
    for message in messages:
        if message.tuid == tuid:
            tracker.hear(at)
            _own(tracker, message, relay)
        elif relay[0] == tuid:
            tracker.end_silence(min(message.ts, received.timestamp()))
        for named, bits, span in _beats(message):
            if named == tuid and bits:
                tracker.hear(at)
                tracker.clear(MISSED, message.ts)
            elif named == tuid:
                tracker.alert(MISSED, message.ts, max(0.0, message.ts - span))


def _own(tracker: AlertTracker, message: Message, relay: tuple[str, str]) -> None:
    """Apply a message of the thing itself."""
    is_gateway = tracker.thing.kind == "gateway"
    tracker.observe(message.ts)
    if not is_gateway:
        tracker.read("relay", message.ts, message.arrival, {"tuid": relay[0], "sn": relay[1]})
    if message.id in _READ:
        name, read = _READ[message.id]
        value = read(message)
        if value is not None:
            tracker.read(name, message.ts, message.arrival, value)
    lost = is_gateway and message.id == _CONNECTION and message.event == _DOWN
    if not lost:
        tracker.end_silence(message.ts)
    elif tracker.thing.tuid == relay[0]:
        tracker.alert(LOST, message.ts, message.ts)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _battery(message: Message) -> float | None:
    level = _number(message.body.get("batl")) if message.event in (10, 101) else None
    return level if level is not None and 0 <= level <= 100 else None


def _software(message: Message) -> str | None:
    software = parsed(Software, message.body) if message.event in (11, 33) else None
    return software.version if software else None


def _binary(message: Message) -> str | None:
    binary = parsed(Binary, message.body)
    return binary.version if binary else None


def _location(message: Message) -> Mapping[str, float] | None:
    lat, lon = _number(message.body.get("lat")), _number(message.body.get("lon"))
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    return {"lat": lat, "lon": lon}


_READ: Mapping[int, tuple[Name, Callable[[Message], Any]]] = {
    1100: ("software", _software),
    1110: ("battery", _battery),
    1210: ("location", _location),
    1312: ("binary", _binary),
}


def _beats(message: Message) -> Iterator[Beat]:
    """The heartbeats that a message reports, all of them or none: one that breaks the rules is only stored."""
    body = message.body
    slots, seconds = _count(body.get("slotBitCount"), _MOST_SLOTS), _count(body.get("slotInterval"), _LONGEST_SLOT)
    if not slots or not seconds:
        return
    beats: Any = []
    if message.id == _HEARTBEATS and message.event in (10, 33):
        beats = body.get("heartbeats")
    elif message.id == _HEARTBEAT and message.event == 10:
        beats = [body]
    for each in beats if isinstance(beats, list) else ():
        heartbeat = parsed(Heartbeat, each)
        if heartbeat:
            yield heartbeat.tuid, heartbeat.bits & ((1 << slots) - 1), float(slots * seconds)


def _count(value: Any, most: int) -> int:
    """A whole number from 1 to `most`; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most else 0
