"""`muster up` from its first second to its second start: how long that takes, what it says meanwhile, what it saves and goes on with, and
how Ctrl-C ends it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from muster.home import HOME, ROOT
from muster.up import LOCAL, WISHES
from tests.cloud.conftest import free_port
from tests.cloud.test_up import client, operate, processes, until, without_aws
from tests.harness.sizes import size

pytestmark = pytest.mark.cloud

STEPS = ("starting the local cloud", "deploying tables", "starting the APIs", "creating organizations")
INTERRUPTED_AFTER = size((0.02, 0.4, 1.6, 3.0), tuple(step / 10 for step in range(120)))
"""Seconds after the start at which Ctrl-C is pressed."""
SECONDS = 10
"""For the start with a folder that was used before, on a machine that does nothing else."""
PUMPS, SYNC_LIMIT = size(250, 2_000), 100
PLAIN = {"deviceClass": "standalone"}
"""The query for the pumps, which are there beside gateways and sensors."""
ROUNDS = 5
"""Jobs that are begun at most until one of them is interrupted: nearly always the first is."""


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
        environment = {**without_aws(), "WEGNOLOGY_SYNC_LIMIT": str(SYNC_LIMIT)}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=written, stderr=written, start_new_session=True)
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


def test_a_port_that_is_in_use_is_refused_with_how_another_is_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = ["make", "-s", "up", f"PORT={port}"]
        ended = subprocess.run(command, cwd=ROOT, env=without_aws(), capture_output=True, text=True, timeout=60, check=False)
    assert f"muster: port {port} is in use: choose another with `make up PORT=…` or `muster up --port …`\n" in ended.stderr


def test_what_was_accepted_is_there_and_goes_on_at_the_next_start_on_another_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, begun = tmp_path / "data", time.monotonic()
    with up(tmp_path / "first", "--data", str(data)) as process:
        before = until_it_runs(process, tmp_path / "first")
        first = time.monotonic() - begun
        said = (tmp_path / "first").read_text()
        assert [said.find(step) >= 0 for step in STEPS] == [True] * len(STEPS), said
        written = [write(f"Quay {number}") for number in range(9)]
        interrupted = interrupted_job(process)
        press_ctrl_c(process)
        process.wait(60)
    assert "saving what the local cloud holds" in (tmp_path / "first").read_text()
    taken, begun = before["awsEndpoint"].rpartition(":")[2], time.monotonic()
    with socket.socket() as other, up(tmp_path / "second", "--data", str(data)) as process:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(taken)))
        other.listen()
        now = until_it_runs(process, tmp_path / "second")
        again = time.monotonic() - begun
        assert f":{taken}/" not in LOCAL.read_text() + (data / "gateways.json").read_text()
        assert now["queues"]["uplink"].startswith(now["awsEndpoint"])
        assert now["organizations"] == before["organizations"]
        http, one = client("readKey")
        with http:
            locations = http.get(f"/v4/organization/{one['id']}/locations").json()["locations"]
        assert {location["name"] for location in locations} >= set(written)
        goes_on(*interrupted)
    with capsys.disabled():
        print(f"\nmake up with a new folder: {first:.1f} s, with one that was used before: {again:.1f} s")
    assert again < max(SECONDS, 2 * first), "a machine that is busy takes twice as long at most"


def application() -> httpx.Client:
    """A client of the devices of the first organization's application."""
    document = json.loads(LOCAL.read_text())
    one = document["organizations"][0]
    base = f"{document['baseUrl']}/applications/{one['applicationId']}/devices"
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {one['wegnology']['token']}"}, timeout=30)


def counted(devices: httpx.Client, query: Any) -> int:
    """How many devices are as a query says."""
    answer = devices.get("", params={"query": json.dumps(query), "perPage": 1})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["totalCount"])


def interrupted_job(up: subprocess.Popen[bytes]) -> tuple[str, Any]:
    """Create devices, and kill the workers in the middle of a job about them; its id, and the query for those that it has changed.

    What workers have received comes again after minutes, to whichever workers there are then: the job stands still.
    """
    with application() as devices:
        with ThreadPoolExecutor(4) as together:
            made = list(together.map(lambda number: devices.post("", json={"name": f"Pump {number}"}), range(2, PUMPS + 1)))
        assert {answer.status_code for answer in made} == {201}
        for number in map(str, range(ROUNDS)):
            id, changed = killed_amid_a_job(devices, number, workers_of(up))
            if job(id)["state"] == "running":
                return id, changed
    raise AssertionError("no job lasts long enough to be interrupted")


def killed_amid_a_job(devices: httpx.Client, number: str, workers: int) -> tuple[str, Any]:
    """Kill the process with the workers once it has changed some of the devices."""
    answer = devices.patch("", json={"query": PLAIN, "updateFields": {"tags": [{"key": "round", "value": number}]}})
    assert answer.status_code == 202, answer.text
    changed = {"tags": {"round": number}}
    until(lambda: counted(devices, changed) > 0, 60)
    os.kill(workers, signal.SIGKILL)
    return str(answer.json()["jobId"]), changed


def workers_of(up: subprocess.Popen[bytes]) -> int:
    """The id of the process with the workers, a few generations below that of `make up`; a dead one is replaced within seconds."""
    until(lambda: len(_workers_of(up)) == 1, 30)
    return _workers_of(up)[0]


def _workers_of(up: subprocess.Popen[bytes]) -> list[int]:
    listed = processes()
    parents = {pid: parent for pid, parent, _ in listed}

    def above(pid: int) -> Iterator[int]:
        while pid := parents.get(pid, 0):
            yield pid

    return [pid for pid, _, command in listed if "muster.local.workers" in command and up.pid in above(pid)]


def job(id: str) -> Any:
    (found,) = json.loads(operate("job", "show", "--job", id, "--json"))
    return found


def goes_on(id: str, changed: Any) -> None:
    """The job ends by itself, each device once; and devices are created, found and listed as before."""
    with application() as devices:
        until(lambda: bool(job(id)["state"] != "running"), 60)
        assert (job(id)["state"], job(id)["counts"]) == ("completed", {"updated": PUMPS})
        assert (counted(devices, changed), counted(devices, PLAIN)) == (PUMPS, PUMPS)
        assert devices.post("", json={"name": "Fan"}).status_code == 201
        assert (counted(devices, {"name": "Fan"}), counted(devices, PLAIN)) == (1, PUMPS + 1)


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
