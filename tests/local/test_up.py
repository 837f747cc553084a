"""Why `muster up` does not begin."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from muster.command import main
from muster.local.alone import Taken, alone


@pytest.mark.parametrize("port", ["0", "65536", "80000", "-1", "x", "8_0", "٨٠"])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["up", f"--port={port}"])
    assert ended.value.code == 2
    assert "argument --port: must be a port, 1 to 65535" in capsys.readouterr().err


def test_whoever_holds_the_lock_is_named_by_process(tmp_path: Path) -> None:
    lock = tmp_path / "muster" / "up.lock"
    with alone(lock):
        for _ in range(2):
            with pytest.raises(Taken, match=f"^ as process {os.getpid()}$"), alone(lock):
                pass
    lock.write_text("123456789\n")
    with alone(lock):
        assert lock.read_text() == f"{os.getpid()}\n"
