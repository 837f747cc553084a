"""MiniStack as a child process, in a virtual environment of its own with locked packages."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from muster import virtualenvs
from muster.home import HOME
from muster.local.children import Child

_LOCK = Path(__file__).with_name("ministack.lock")
_LAUNCHER = Path(__file__).with_name("launcher.py")
_CHECKPOINT = 5
"""Seconds between two saves of the state, when it is persistent, and between two trims of streams."""
_PATIENCE = 30.0
_LOADS = 2_000_000
"""Bytes of saved state that a start loads in a second, at least."""
_WORD = 5.0
"""Seconds between two lines about a save that takes long."""


_SAVED = (0, -signal.SIGTERM)
"""Exit statuses after a save, and of a MiniStack that was stopped before it had loaded anything."""


class NotStarted(Exception):
    """MiniStack did not start; the message names its log."""


def prepare(folder: Path = HOME / "ministack", tell: Callable[[str], None] = lambda line: None) -> Path:
    """Create MiniStack's virtual environment unless it matches the lock; returns the path of its Python.

    It is separate because MiniStack pins a botocore that the product's boto3 refuses. `tell` receives a line before it is created.
    """
    if not virtualenvs.is_there(folder, _LOCK):
        tell("installing the local cloud (once, up to a minute)")
    return virtualenvs.prepare(folder, _LOCK)


class MiniStack:
    """One MiniStack on the loopback interface. `data` is the folder for its state; without it, nothing is persistent.

    `positions` is the folder in which readers of table streams record their positions (`Stream`); what all of them have read is trimmed.
    It checks signatures and permissions (AUTH), so that a request without credentials is refused as on AWS.
    `more` holds further environment variables of its launcher.
    """

    def __init__(
        self,
        *,
        port: int,
        region: str,
        log: Path,
        data: Path | None = None,
        positions: Path | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.port, self.region, self.data, self.positions, self.more = port, region, data, positions, more or {}
        self.endpoint = f"http://127.0.0.1:{port}"
        self.log = log
        self.child: Child | None = None

    def start(self, tell: Callable[[str], None] = lambda line: None) -> None:
        """Start it and wait until it is healthy; `tell` receives a line for each step."""
        if self._answers():
            raise NotStarted(f"port {self.port} is in use: another cloud may be running")
        python = prepare(tell=tell)
        tell("starting the local cloud" + (f" with the {size / 1e6:.1f} MB that were saved" if (size := self._saved()) else ""))
        self.child = Child("ministack", [str(python), "-P", str(_LAUNCHER)], self._environment(), self.log)
        self.child.start()
        end = time.monotonic() + _PATIENCE + self._saved() / _LOADS
        while not self._healthy():
            if not self.child.alive or time.monotonic() > end:
                self.child.stop()
                raise NotStarted(f"MiniStack does not start; its log is {self.log}")
            time.sleep(0.05)

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    def stop(self, tell: Callable[[str], None] = lambda line: None) -> bool:
        """Stop it. Persistent state is saved first, for as long as that takes, with a line to `tell` every few seconds.

        Whether it was saved; True when nothing is persistent.
        """
        if self.child is None or self.data is None:
            if self.child is not None:
                self.child.stop()
            return True
        begun = time.monotonic()
        self.child.ask_to_stop()
        while not self.child.wait(_WORD):
            tell(f"still saving, for {time.monotonic() - begun:.0f} seconds; the last save had {self._saved() / 1e6:.1f} MB")
        return self.child.status in _SAVED

    def credentials(self) -> dict[str, str]:
        """Environment variables with which AWS clients reach it as the account's owner."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _environment(self) -> dict[str, str]:
        """A clean environment: none of our variables may affect it."""
        given = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        given |= {
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",  # by default it listens on every interface
            "MINISTACK_REGION": self.region,
            "AUTH": "true",
            "LOG_LEVEL": "WARNING",
            "CHECKPOINT": str(_CHECKPOINT),
        }
        if self.data:
            given |= {"PERSIST_STATE": "1", "STATE_DIR": str(self.data / "state")}
            given |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(self.data / "objects")}
        if self.positions:
            given |= {"STREAM_POSITIONS": str(self.positions)}
        return {**given, **self.more}

    def _saved(self) -> int:
        """The bytes of the last save."""
        file = self.data / "state" / "state.json" if self.data else None
        return file.stat().st_size if file and file.exists() else 0

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=1) as answer:
                return "services" in json.load(answer)
        except (urllib.error.URLError, OSError, ValueError):
            return False
