"""Why `muster up` does not begin, in one line that says what to do."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

import pytest

from muster import up
from muster.command import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what `muster up` keeps, and no handlers of signals."""
    monkeypatch.setattr(up, "HOME", tmp_path / "muster")
    monkeypatch.setattr(up.signal, "signal", lambda *_: None)
    return tmp_path / "muster"


@pytest.mark.parametrize("port", ["0", "65536", "80000", "-1", "x", "8_0", "٨٠"])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["up", f"--port={port}"])
    assert ended.value.code == 2
    assert "argument --port: must be a port, 1 to 65535" in capsys.readouterr().err


def test_a_port_that_is_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert up.main(port=port) == 1
    assert capsys.readouterr().err == f"muster: port {port} is in use: choose another with `make up PORT=…` or `muster up --port …`\n"


def test_whoever_runs_already_is_named_by_process(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir()
    (home / "up.lock").write_text("4321\n")
    with (home / "up.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for _ in range(2):
            assert up.main() == 1
            assert capsys.readouterr().err == "muster: `muster up` already runs in this folder as process 4321: stop it first\n"


def test_the_lock_names_the_newest_process(home: Path) -> None:
    home.mkdir()
    (home / "up.lock").write_text("123456789\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert up.main(port=server.getsockname()[1]) == 1
    assert (home / "up.lock").read_text() == f"{os.getpid()}\n"
