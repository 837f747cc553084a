"""A simulated gateway: it reports what it measures and carries out the downlink messages that it receives."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from threading import Event
from typing import Any, Literal, TypeGuard

from fleet.commands import allow_list
from muster.operator.keyring import Identity
from muster.simulate.orders import Orders
from muster.simulate.radio import Radio
from muster.simulate.sequence import Sequence, subject
from muster.simulate.settings import Unsupported
from muster.simulate.shell import Outcome, Shell, simulated_shell
from muster.simulate.syslog import log_file
from muster.simulate.wire import Order, Wire
from muster.simulate.world import World

Answer = tuple[str, Mapping[str, Any]]
"""An uplink message: its type and payload."""
Tell = Callable[[str], None]
Wish = Literal["gasp", "offline", "online", "syslog"]
WISHES: tuple[Wish, ...] = ("gasp", "offline", "online", "syslog")
_REMEMBERED, _FILES = 1000, 4
_VISIBLE_AGAIN = 30


class Gateway:
    """One gateway, for one thread at a time. Only `receive` of the wire and executed commands block."""

    def __init__(
        self,
        identity: Identity,
        wire: Wire,
        shell: Shell | None = None,
        tell: Tell = lambda line: None,
        stop: Event | None = None,
        radio: Radio | None = None,
    ) -> None:
        self.identity, self.wire, self.world = identity, wire, World(identity)
        self.shell, self.stop = shell or simulated_shell(self.world), stop or Event()
        self.here = False
        self.applied = 0
        self.configuration: Mapping[str, Any] = {}
        self._tell = tell
        self._boot, self._seq, self._radio = "", 0, radio or Radio(identity.sn)
        self._answered: OrderedDict[str, list[Answer]] = OrderedDict()
        self._sequence = Sequence()
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._orders = Orders(wire, identity.firmware, self.tell)
        self._does: Mapping[str, Callable[[Order], Iterable[Answer]]] = {
            **self._orders.does,
            "location.config": self._configure,
            "config.desired": self._set,
            "command.exec": self._execute,
            "syslog.grant": self._upload,
        }

    def tell(self, line: str) -> None:
        self._tell(f"{self.identity.sn} {line}")

    def start(self) -> None:
        """Boot: send hello, presence and a first report."""
        self._boot, self._seq = str(uuid.uuid4()), 0
        self.world.boot()
        who = self.identity
        self._send(
            "gateway.hello",
            {
                "eui": who.eui,
                "mac": who.mac,
                "model": who.model,
                "firmware": self._orders.firmware,
                "channels": who.channels,
                "hasModem": self.world.has_modem,
                "hasBattery": self.world.has_battery,
                "appliedConfigVersion": max(self.applied, *self.world.settings.versions.values()),
            },
        )
        self._send("gateway.presence", {"connected": True, "reason": "started"})
        for report in self.world.settings.reports(self._encrypt):
            self._send("gateway.config.reported", report)
        self.here = True
        self.report()
        self.tell("is online")

    def report(self) -> None:
        """Report the status, the radio and, while it is monitored, the battery."""
        self.world.drift()
        key = self.world.wifi_key
        self._send("gateway.status", self.world.status(self.wire.seal("wifi.key", key.encode()) if key else None))
        if samples := self._radio.due(datetime.now(UTC)):
            self._send("gateway.perf", {"samples": samples})
        if self.world.settings.monitors_battery:
            self._send("gateway.battery", self.world.battery())

    def leave(self, reason: str) -> None:
        """Send a disconnect and go offline."""
        if self.here:
            self._send("gateway.presence", {"connected": False, "reason": reason})
            self.here = False
            self.tell("is offline")

    def gasp(self) -> None:
        """Simulate a power failure: send the last gasp and go offline."""
        if self.here:
            self._send("gateway.dyingGasp", {"at": _utc(), "cause": "power"})
            self.here = False
            self.tell("lost its power")

    def ask_for_upload(self) -> None:
        """Request an upload grant for the newest lines of the log; the file stays in memory until the grant arrives.

        File names are unique even within a second: a grant is for one content.
        """
        content, now = log_file(self.world), datetime.now(UTC)
        date, name = f"{now:%Y-%m-%d}", f"syslog-{now:%H%M%S}-{self._seq + 1}.txt.gz"
        self._files[f"logs/{self.identity.sn}/{date}/{name}"] = content
        while len(self._files) > _FILES:
            self._files.popitem(last=False)
        self._send(
            "gateway.syslog.request", {"date": date, "name": name, "sizeBytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        )

    def listen(self, wait: int) -> bool:
        """Receive one downlink message, carry it out and answer; False when none came within `wait` seconds."""
        order = self.wire.receive(wait)
        if order is None:
            return False
        work = _work(order)
        if work not in self._answered and not _past(order.payload) and self._sequence.takes(subject(order), order.number):
            self._answered[work] = list(self._does.get(order.type, _ignore)(order))
            while len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        for type, payload in self._answered.get(work, ()):
            self._send(type, payload)
        self.wire.delete(order)
        if self._orders.reboot:
            self._orders.reboot = False
            self.leave("rebooting")
            self.start()
        return True

    def _send(self, type: str, payload: Mapping[str, Any]) -> None:
        self._seq += 1
        self.wire.send(type, self._boot, self._seq, payload)

    def _configure(self, order: Order) -> Iterable[Answer]:
        """Decrypt and apply the location's configuration. An older version changes nothing."""
        errors = []
        try:
            version, server = int(order.payload["version"]), order.payload["server"]
            credentials = json.loads(self.wire.unseal("location.config", server["credentials"]["box"])) if "credentials" in server else {}
        except (ValueError, KeyError, TypeError):
            errors.append({"section": "server", "message": "The configuration cannot be read"})
        else:
            if version >= self.applied:
                self.configuration, self.applied = {**order.payload, "credentials": credentials}, version
                self.tell(f"runs on configuration {version}")
        yield "gateway.config.reported", {"version": self.applied, "errors": errors}

    def _set(self, order: Order) -> Iterable[Answer]:
        """Apply a section of the configuration and report the result at once."""
        section, settings = str(order.payload.get("section")), self.world.settings
        try:
            version = int(order.payload["version"])
            settings.apply(section, version, order.payload["value"], lambda box: self.wire.unseal(f"config.{section}", box).decode())
        except Unsupported as refused:
            error = {"section": section, "message": str(refused)}
            return [("gateway.config.reported", {"version": version, "errors": [error]})]
        except (ValueError, KeyError, TypeError, AttributeError):
            error = {"section": section, "message": "The configuration cannot be read"}
            return [("gateway.config.reported", {"version": max(self.applied, *settings.versions.values()), "errors": [error]})]
        self.tell(f"runs on {section} of version {version}")
        self.report()
        return [("gateway.config.reported", settings.report(section, lambda secret: self._encrypt(section, secret)))]

    def _encrypt(self, section: str, secret: str) -> str:
        return self.wire.seal(f"config.{section}", secret.encode())

    def _execute(self, order: Order) -> Iterable[Answer]:
        """Run a command if the gateway's own copy of the allow-list accepts it."""
        stages, timeout = order.payload.get("stages"), order.payload.get("timeoutS")
        if _is_pipeline(stages) and type(timeout) is int and 1 <= timeout <= 300 and allow_list.check(stages):
            self.wire.keep_hidden(order, timeout + _VISIBLE_AGAIN)
            outcome = self.shell(stages, timeout, self.stop)
        else:
            outcome = Outcome("REFUSED", (), "The gateway does not run this")
        self.tell(f"command {order.payload.get('commandId')}: {outcome.outcome} {list(outcome.exit_codes)}")
        yield (
            "gateway.command.result",
            {
                "commandId": order.payload.get("commandId"),
                "outcome": outcome.outcome,
                "exitCodes": list(outcome.exit_codes),
                "output": outcome.output,
                "truncated": outcome.truncated,
                "finishedAt": _utc(),
            },
        )

    def _upload(self, order: Order) -> Iterable[Answer]:
        """Upload the requested file to the granted URL."""
        key = str(order.payload.get("key"))
        content = self._files.pop(key, None)
        if content is None:
            return
        digest = hashlib.sha256(content)
        try:
            self.wire.put(str(order.payload.get("url")), content, digest.digest())
        except (OSError, ValueError) as error:
            self.tell(f"could not upload {key}: {error}")
            return
        self.tell(f"uploaded {key}, {len(content)} bytes")
        yield "gateway.syslog.done", {"key": key, "sha256": digest.hexdigest()}


def _work(order: Order) -> str:
    """What is to be done once: the message, or the command that it brings, which may come in two messages."""
    return f"command {order.payload.get('commandId')}" if order.type == "command.exec" else order.id


def _ignore(order: Order) -> Iterable[Answer]:
    """Ignore a message of an unknown type."""
    return ()


def _is_pipeline(stages: Any) -> TypeGuard[list[list[str]]]:
    return isinstance(stages, list) and all(isinstance(stage, list) and all(isinstance(word, str) for word in stage) for stage in stages)


def _utc() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _past(payload: Mapping[str, Any]) -> bool:
    """Whether the message came too late: its `deadline`, or the `expiresAt` of a grant, is past or malformed."""
    ends = payload.get("deadline", payload.get("expiresAt"))
    if ends is None:
        return False
    try:
        return time.time() > (ends if isinstance(ends, int | float) else datetime.fromisoformat(ends).timestamp())
    except (TypeError, ValueError):
        return True
