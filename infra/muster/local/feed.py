"""Fleet events as short lines: state changes of gateways, commands, alerts, uploaded files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.alerts.alert import Alert
from fleet.aws.reads import fetch
from fleet.commands.commands import Commands
from fleet.errors import FleetError, NotFound
from fleet.files.file import LogFile
from fleet.registry.gateways import Gateways
from muster.local.streams import Batch

_RESULT = 60
"""Most characters of a command's outcome that are shown."""
_UNREADABLE = (FleetError, ValueError, LookupError, TypeError, AttributeError)
"""What reading a row raises that is gone, or not of the form that the code expects."""


class Feed:
    """Follows the table's stream: `read` returns what is new in it, as `Stream.read` does."""

    def __init__(self, read: Callable[[int], Iterable[Batch]], tell: Callable[[str], None]) -> None:
        self._read, self._tell = read, tell
        self._states: dict[str, str] = {}

    def look(self) -> None:
        """Report new events."""
        gateways: set[str] = set()
        for batch in self._read(1000):
            for record in batch.records:
                kind, _, name = record["dynamodb"]["Keys"]["pk"]["S"].partition("#")
                if kind == "SN":
                    gateways.add(name)
                with self._unreadable_skipped(f"{kind}#{name}"):
                    self._show(kind, name, record)
        for sn in sorted(gateways):
            with self._unreadable_skipped(f"SN#{sn}"):
                self._gateway(sn)

    def _show(self, kind: str, name: str, record: Mapping[str, Any]) -> None:
        change = record["dynamodb"]
        if kind == "COMMANDS":
            self._command(name, change["Keys"]["sk"]["S"])
        elif kind == "ALERTS" and record["eventName"] != "REMOVE":
            self._alert(change["NewImage"])
        elif kind == "LOGS" and record["eventName"] == "INSERT":
            self._file(name.rpartition("#")[2], change["NewImage"])

    @contextmanager
    def _unreadable_skipped(self, partition: str) -> Iterator[None]:
        """Report a row that nothing can be made of, and go on: the feed only watches."""
        try:
            yield
        except _UNREADABLE as error:
            self._tell(f"a row of {partition} cannot be read ({type(error).__name__}): look at it with the AWS CLI, or delete it")

    def _gateway(self, sn: str) -> None:
        try:
            gateway = fetch(EVERYWHERE, Gateways.by_sn(sn))
        except NotFound:  # provisioned, but not claimed
            return
        status = gateway.status(datetime.now(UTC))
        if self._is_new(f"gateway {sn}", status):
            self._tell(f"gateway {sn} is {status}")

    def _command(self, sn: str, key: str) -> None:
        kind, _, number = key.partition("#")
        if kind != "shell" or not number.isdecimal():
            return
        command = fetch(EVERYWHERE, Commands.by_number(sn, int(number)))
        asked = " | ".join(" ".join(stage) for stage in command.payload["stages"])
        if not self._is_new(f"command {sn} {number}", command.state):
            return
        outcome = " ".join(command.result.split())[:_RESULT]
        self._tell(f"gateway {sn} command {command.id} {command.state}: {asked}" + (f" -> {outcome}" if outcome else ""))

    def _alert(self, image: Mapping[str, Any]) -> None:
        alert = Alert.model_validate_json(image["body"]["S"])
        self._tell(f"thing {alert.name} {alert.type}" + ("" if alert.end is None else ": over"))

    def _is_new(self, name: str, state: str) -> bool:
        before, self._states[name] = self._states.get(name), state
        return before != state

    def _file(self, sn: str, image: Mapping[str, Any]) -> None:
        file = LogFile.model_validate_json(image["body"]["S"])
        self._tell(f"gateway {sn} uploaded {file.key.rpartition('/')[2]}, {file.size} bytes")
