"""`muster up` from its first second to its second start: what it says meanwhile, what it saves, and how Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from muster.home import HOME, ROOT
from muster.up import LOCAL, WISHES
from tests.cloud.conftest import free_port
from tests.cloud.test_up import client, until, without_aws
from tests.harness.sizes import size

pytestmark = pytest.mark.cloud

STEPS = ("starting the local cloud", "deploying tables", "starting the APIs", "creating organizations")
INTERRUPTED_AFTER = size((0.02, 0.4, 1.6, 3.0), tuple(step / 10 for step in range(120)))
"""Seconds after the start at which Ctrl-C is pressed."""


@pytest.fixture(autouse=True)
def in_the_foreground() -> Iterator[None]:
    """What a shell starts in the background ignores Ctrl-C, and so does all that it starts, unless it handles the signal itself."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def up(out: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`make up` in a process group of its own, as in a terminal of its own; its output in `out`."""
    command = ["make", "-s", "up", f"PORT={free_port()}", f"ARGS={' '.join(more)}"]
    with out.open("wb") as written:
        process = subprocess.Popen(command, cwd=ROOT, env=without_aws(), stdout=written, stderr=written, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            press_ctrl_c(process)
            process.wait(60)


def press_ctrl_c(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGINT)


def until_it_runs(process: subprocess.Popen[bytes], out: Path) -> Any:
    """Wait until everything has started; the contents of local.json."""
    until(lambda: "What happens" in out.read_text() or process.poll() is not None, 90)
    assert process.poll() is None, out.read_text()
    return json.loads(LOCAL.read_text())


def test_accepted_writes_are_there_at_the_next_start_on_another_port(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with up(tmp_path / "first", "--data", str(data)) as process:
        before = until_it_runs(process, tmp_path / "first")
        said = (tmp_path / "first").read_text()
        assert [said.find(step) >= 0 for step in STEPS] == [True] * len(STEPS), said
        written = [write(f"Quay {number}") for number in range(9)]
        press_ctrl_c(process)
        process.wait(60)
    assert "saving what the local cloud holds" in (tmp_path / "first").read_text()
    taken = before["awsEndpoint"].rpartition(":")[2]
    with socket.socket() as other, up(tmp_path / "second", "--data", str(data)) as process:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(taken)))
        other.listen()
        now = until_it_runs(process, tmp_path / "second")
        assert f":{taken}/" not in LOCAL.read_text() + (data / "gateways.json").read_text()
        assert now["queues"]["uplink"].startswith(now["awsEndpoint"])
        assert now["organizations"] == before["organizations"]
        http, one = client("readKey")
        with http:
            locations = http.get(f"/v4/organization/{one['id']}/locations").json()["locations"]
        assert {location["name"] for location in locations} >= set(written)


def write(name: str) -> str:
    """Create a location; its name."""
    http, one = client("writeKey")
    server = {"serverType": "LNS", "serverURL": "wss://lns.example", "serverPort": 443, "authenticationMode": "None"}
    location = {"name": name, "workMode": "Basics station", "basicStation": server, "advancedFrequencySettings": {"region": "EU868"}}
    with http:
        assert http.post(f"/v4/organization/{one['id']}/locations", json=location).status_code == 201
    return name


@pytest.mark.parametrize("seconds", INTERRUPTED_AFTER)
def test_ctrl_c_ends_a_start_without_a_traceback(tmp_path: Path, seconds: float) -> None:
    with up(tmp_path / "out") as process:
        time.sleep(seconds)
        press_ctrl_c(process)
        process.wait(60)
    said = (tmp_path / "out").read_text()
    assert [word for word in ("Traceback", "Exception", "Error:") if word in said] == [], said
    assert not LOCAL.exists()
    assert not WISHES.exists()


def test_a_first_start_says_what_it_installs_and_nothing_is_saved_without_data(tmp_path: Path) -> None:
    mark = HOME / "ministack/.locked"
    locked = mark.read_text()
    mark.write_text("of another lock")
    with up(tmp_path / "out") as process:
        until_it_runs(process, tmp_path / "out")
        assert "installing the local cloud" in (tmp_path / "out").read_text()
        assert mark.read_text() == locked
        (folder,) = HOME.glob("up-*")
        time.sleep(6)  # longer than from one save to the next
        assert not (folder / "cloud").exists()
        press_ctrl_c(process)
        process.wait(60)
    assert "saving" not in (tmp_path / "out").read_text()
    assert not folder.exists()
