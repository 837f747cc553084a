"""Fleet events as short lines: state changes of gateways, commands, alerts, uploaded files once a minute, answers of the simulator."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
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
_UPLOADS = 60.0
"""Seconds of which uploaded files are summed up."""
_UNREADABLE = (FleetError, ValueError, LookupError, TypeError, AttributeError)
"""What reading a row raises that is gone, or not of the form that the code expects."""


class Feed:
    """Follows the table's stream: `read` returns what is new in it, as `Stream.read` does; `clock` counts seconds."""

    def __init__(
        self, read: Callable[[int], Iterable[Batch]], tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read, self._tell, self._clock = read, tell, clock
        self._states: dict[str, str] = {}
        self._uploads = Uploads(clock())

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
        if (line := self._uploads.sum_up(self._clock())) is not None:
            self._tell(line)

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
        self._tell(f'alert "{alert.type}" of thing {alert.name}' + ("" if alert.end is None else " has ended"))

    def _is_new(self, name: str, state: str) -> bool:
        before, self._states[name] = self._states.get(name), state
        return before != state

    def _file(self, sn: str, image: Mapping[str, Any]) -> None:
        self._uploads.add(sn, LogFile.model_validate_json(image["body"]["S"]).size)


class Uploads:
    """Counts uploaded log files: every gateway uploads one every few seconds, which is nothing to look at one by one."""

    def __init__(self, now: float) -> None:
        self._begin(now)

    def _begin(self, now: float) -> None:
        self._since, self._gateways, self._files, self._size = now, set[str](), 0, 0

    def add(self, sn: str, size: int) -> None:
        self._gateways.add(sn)
        self._files, self._size = self._files + 1, self._size + size

    def sum_up(self, now: float) -> str | None:
        """A line about the last minute, when it is over and there were any."""
        if now < self._since + _UPLOADS:
            return None
        files, gateways, size = self._files, len(self._gateways), self._size
        self._begin(now)
        return f"{files} log files uploaded in the last minute, by {gateways} gateways, {size} bytes in all" if files else None


class Tail:
    """The lines that another process adds to a file."""

    def __init__(self, file: Path) -> None:
        self._file, self._place = file, file.stat().st_size if file.exists() else 0

    def new_lines(self) -> list[str]:
        """Whole lines since the last call, without their ends."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as lines:
            lines.seek(self._place)
            whole = lines.read().rpartition(b"\n")[0]
        self._place += len(whole) + 1 if whole else 0
        return whole.decode(errors="replace").splitlines()
