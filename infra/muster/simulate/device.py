"""A simulated WEGnology device: it reports its state over HTTP, and reads what it is commanded."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any

from fleet.times import unix_ms

Ask = Callable[[str, str, Any], Any]
"""A call of the API: method, path, and a body or None. The answer as JSON; OSError, HTTPException or ValueError where there is none."""
Tell = Callable[[str], None]
ATTRIBUTES = ({"name": "flow", "dataType": "number"}, {"name": "target", "dataType": "number"}, {"name": "running", "dataType": "boolean"})
"""The attributes that it reports: the flow follows its target."""
SET = "set"
"""The command that sets attributes to the values of its payload; all others it only tells about."""
REPORT_EVERY = 10.0
"""Seconds from one report to the next, unless it is commanded something."""
_MOST = 100
_PATIENCE = 10.0


@dataclass(frozen=True)
class DeviceIdentity:
    """A device of an application, and its token."""

    application: str
    id: str
    token: str


class Device:
    """One device, for one thread."""

    def __init__(self, identity: DeviceIdentity, ask: Ask, tell: Tell = lambda line: None) -> None:
        self.identity = identity
        self.state: dict[str, float | bool] = {"flow": 12.0, "target": 12.0, "running": True}
        self.silent = False
        """Whether it is out of reach: it neither reports nor hears what it is commanded."""
        self._ask, self._tell = ask, tell
        self._since, self._next_report = int(time.time() * 1000), 0.0
        self._random = random.Random(identity.id)
        self._path = f"/applications/{identity.application}/devices/{identity.id}"

    def step(self) -> None:
        """Carry out what came since the last step; report when something did, or it is time. What fails is told, and done later."""
        if self.silent:
            return
        try:
            if self.listen() or time.time() >= self._next_report:
                self.report()
        except (OSError, ValueError, HTTPException) as error:
            self._tell(f"{self.identity.id} cannot reach the API: {error}")

    def report(self) -> None:
        """Measure, and report the state."""
        goal = float(self.state["target"]) if self.state["running"] else 0.0
        self.state["flow"] = round(max(0.0, goal + self._random.uniform(-0.5, 0.5)), 2)
        self._ask("POST", f"{self._path}/state", {"data": self.state})
        self._next_report = time.time() + REPORT_EVERY

    def listen(self) -> bool:
        """Carry out the commands that came since the last time, or since it was made; whether there were any."""
        commands = self._ask("GET", f"{self._path}/command?limit={_MOST}&since={self._since}", None)
        for command in commands:
            self._since = max(self._since, unix_ms(datetime.fromisoformat(command["time"])) + 1)
            payload = command.get("payload")
            if command["name"] == SET and isinstance(payload, Mapping):
                self._set(payload)
            self._tell(f"{self.identity.id} was commanded {command['name']}")
        return bool(commands)

    def _set(self, values: Mapping[str, Any]) -> None:
        """Take over values of the right type of attributes that can be set."""
        if type(values.get("target")) in (int, float):
            self.state["target"] = values["target"]
        if type(values.get("running")) is bool:
            self.state["running"] = values["running"]


def over_http(url: str, token: str) -> Ask:
    """Calls of the API at a URL."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(method: str, path: str, body: Any) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url + path, sent, headers, method=method), timeout=_PATIENCE) as answer:
            return json.load(answer)

    return ask


def run(device: Device, interval: float, stop: threading.Event) -> None:
    """A step at every interval of so many seconds, until the event is set."""
    while not stop.wait(interval):
        device.step()
