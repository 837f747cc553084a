"""`muster up` as a user runs it: it starts, works, survives the death of a worker, and cleans up."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from muster.home import ROOT
from muster.up import LOCAL, WISHES
from tests.cloud.conftest import free_port
from tests.cloud.walkthrough import Section, missing, sections, whole
from tests.harness.sizes import size

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(Path(sys.executable).with_name("muster")), "up", "--port", str(free_port()), "--data", str(folder / "data")]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, env=without_aws(), stdout=out, stderr=out)
    try:
        until(lambda: "What happens" in (folder / "out").read_text() or process.poll() is not None, 90)
        assert process.poll() is None, (folder / "out").read_text()
        yield process
        _stops_with_all_its_children(process)
    finally:
        process.kill()
        process.wait()


def without_aws() -> dict[str, str]:
    """The environment of somebody who has no AWS account."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _stops_with_all_its_children(process: subprocess.Popen[bytes]) -> None:
    left = children(process)
    assert len(left) == 4, left  # the cloud, the server, the workers, the simulator
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not LOCAL.exists()
    assert not WISHES.exists()
    for pid in left:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def children(process: subprocess.Popen[bytes]) -> dict[int, str]:
    """The child processes of a process, with their command lines."""
    return {pid: command for pid, parent, command in processes() if parent == process.pid}


def processes() -> list[tuple[int, int, str]]:
    """All processes: their ids, those of their parents, and their command lines."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return [(int(pid), int(parent), command) for pid, parent, command in rows]


def client(name: str) -> tuple[httpx.Client, Any]:
    document = json.loads(LOCAL.read_text())
    one = document["organizations"][0]
    return httpx.Client(base_url=document["baseUrl"], headers={"X-API-KEY": one["wisdm"][name]}), one


def operate(*command: str) -> str:
    """What a command of the operator's says, on the running local cloud."""
    muster = str(Path(sys.executable).with_name("muster"))
    return subprocess.run([muster, *command], env=without_aws(), cwd=ROOT, capture_output=True, text=True, check=True).stdout


def until_all_are_online(http: httpx.Client, one: Any) -> None:
    path = f"/v4/location/{one['locations'][0]}/gateways/status/"
    until(lambda: [g["status"] for g in http.get(path).json()["gateways"]] == ["ONLINE"] * 3, 20)


def test_the_seeded_gateways_come_online(running: subprocess.Popen[bytes]) -> None:
    http, one = client("readKey")
    with http:
        until_all_are_online(http, one)
        assert http.get("/v4/organization").json() == {"id": one["id"], "name": "Harbour"}
        assert http.get("/elsewhere").status_code == 404


def test_a_second_one_names_the_first(running: subprocess.Popen[bytes]) -> None:
    command = [str(Path(sys.executable).with_name("muster")), "up"]
    second = subprocess.run(command, env=without_aws(), capture_output=True, text=True, timeout=60, check=False)
    said = f"muster: `muster up` already runs in this folder as process {running.pid}: stop it first\n"
    assert (second.returncode, second.stderr) == (1, said)


def test_the_seeded_tokens_have_names_and_an_owner_where_results_go(running: subprocess.Popen[bytes]) -> None:
    found = json.loads(operate("token", "list", "--organization", "harbour", "--json"))
    assert {each["name"]: each.get("ownerEmail") for each in found} == {"local": "admin@harbour.example", "pump": None}


def test_a_command_is_carried_out_although_the_workers_are_killed(running: subprocess.Popen[bytes]) -> None:
    http, one = client("writeKey")
    with http:
        path = f"/v4/gateway/{one['gateways'][0]}/async-cmd"
        until_all_are_online(http, one)  # what the workers have received of others comes again only after three minutes
        (workers,) = [pid for pid, command in children(running).items() if "muster.local.workers" in command]
        os.kill(workers, signal.SIGKILL)
        sent = http.post(path, json={"command": "ping", "args": "-c 1 localhost"})
        assert sent.status_code == 200
        until(  # what the worker has received of this gateway's comes again after 36 seconds, and the command waits for it
            lambda: bool(http.get(f"{path}/{sent.json()['commandId']}").json()["status"] == "SUCCESS"), 60
        )


def test_a_gateway_that_is_away_gets_what_may_wait_when_it_is_back(running: subprocess.Popen[bytes], folder: Path) -> None:
    http, one = client("writeKey")
    sn = one["gateways"][1]
    path, wan = f"/v4/gateway/{sn}", {"ethernet": {"enabled": True, "protocol": "dhcp", "dhcpClient": {"useDNS": False}}}
    with http:
        until(lambda: bool(http.get(f"{path}/status").json().get("status") == "ONLINE"), 20)
        WISHES.write_text(f"offline {sn}\n")
        until(lambda: bool(http.get(f"{path}/status").json()["status"] == "OFFLINE"), 20)
        assert http.post(f"{path}/reboot").status_code == 500
        assert http.post(f"{path}/network/lan", json={"wifi": {"enabled": False}}).status_code == 500
        assert http.post(f"{path}/network/wan", json=wan).status_code == 204
        assert http.get(f"{path}/network/wan").json()["ethernet"]["dhcpClient"] == {"useDNS": False}
        WISHES.write_text(f"online {sn}\n")
        until(lambda: f"{sn} runs on wan" in (folder / "data/logs/simulator.log").read_text(), 20)


def test_a_blocked_gateway_is_refused_and_sent_nothing_until_it_is_unblocked(running: subprocess.Popen[bytes], folder: Path) -> None:
    http, one = client("writeKey")
    sn = one["gateways"][2]
    path = f"/v4/gateway/{sn}/async-cmd"

    def sends() -> str:
        sent: str = http.post(path, json={"command": "ping", "args": "-c 1 localhost"}).json()["commandId"]
        return sent

    with http:
        until_all_are_online(http, one)
        operate("gateway", "block", "--sn", sn)
        WISHES.write_text(f"syslog {sn}\n")
        until(lambda: "UplinkBlocked" in (folder / "data/logs/workers.log").read_text(), 20)
        while_blocked = sends()
        until(lambda: operate("outbox", "list", "--sn", sn) == "There are none.\n", 20)
        operate("gateway", "unblock", "--sn", sn)
        afterwards = sends()
        until(lambda: bool(http.get(f"{path}/{afterwards}").json()["status"] == "SUCCESS"), 30)
        assert http.get(f"{path}/{while_blocked}").json()["status"] == "PENDING"


def test_a_wish_is_answered_among_the_events(running: subprocess.Popen[bytes], folder: Path) -> None:
    _, one = client("readKey")
    WISHES.write_text(f"dance {one['gateways'][0]}\nsyslog {one['gateways'][0]}\nonline 918100A1B2C3FFFF\n")
    answers = (
        "not understood; write",
        f"syslog {one['gateways'][0]}: understood",
        "there is no such gateway, sensor or device; there are 918100A1B2C3",
    )
    until(lambda: all(answer in (folder / "out").read_text() for answer in answers), 20)


WALKTHROUGH = {
    "A gateway that is away": ['"dhcpClient":{"useDNS":false}'],
    "API keys": ["api_key.regenerated", "api_key.deleted"],
    "Things": ['"reportInterval":600'],
    "Devices of an application": [
        '"target":{"value":20.5',
        '"removed":2,"failed":0',
        '"jobQueued":true',
        '"updated":2,"failed":0,"skipped":0',
        "devices.restore: completed",
        "lastUpdated,batch",
    ],
}
"""The sections of docs/walkthrough.md, and what their output has in it besides statuses."""


def test_every_section_of_the_walkthrough_is_tried() -> None:
    assert sections().keys() == WALKTHROUGH.keys()


SHELLS = ("sh", "bash", "zsh")
"""The shells into which the page is pasted, one after the other: each time but the first is a repetition."""
INTERACTIVE = {"zsh": ("-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr")}
"""How a shell is started that reads scripts otherwise than what is pasted: # begins no comment."""
PASTES = [(title, shell) for title in WALKTHROUGH for shell in size(("sh",) if title == "API keys" else ("sh", "zsh"), SHELLS)]
"""Sections with the shells that they are pasted into; one waits a minute and a half for codes."""


@pytest.fixture
def shell(request: pytest.FixtureRequest) -> str:
    """The shell of a test's parameters, if this machine has it."""
    if shutil.which(request.param) is None:
        pytest.skip(f"there is no {request.param} on this machine")
    return str(request.param)


@pytest.mark.parametrize("title", WALKTHROUGH)
@pytest.mark.parametrize("shell", SHELLS, indirect=True)
def test_every_shell_can_read_the_walkthrough(title: str, shell: str) -> None:
    """Also one into which a section is not pasted, because it would take too long."""
    read = subprocess.run([shell, "-n"], input=sections()[title].script, capture_output=True, text=True, check=False, timeout=60)
    assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.parametrize(("title", "shell"), PASTES, indirect=["shell"])
def test_the_walkthrough_answers_what_it_says(running: subprocess.Popen[bytes], title: str, shell: str) -> None:
    http, one = client("readKey")
    with http:
        until_all_are_online(http, one)
    output = answers(sections()[title], shell)
    assert [text for text in WALKTHROUGH[title] if text not in output] == []


def answers(section: Section, shell: str) -> str:
    """What a section's blocks print when pasted into a shell; its calls answer the statuses that the text says."""
    script = section.script.replace("%{http_code}", "status=%{http_code}")
    done = subprocess.run(
        [shell, "-eu", *INTERACTIVE.get(shell, ())],
        input=script,
        cwd=ROOT,
        env={**without_aws(), "PS1": "", "PS2": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert len(section.statuses) > 3
    assert re.findall(r"status=(\d{3})$", done.stdout, re.MULTILINE) == section.statuses, done.stdout
    return done.stdout.replace("status=", "")


def test_one_gateway_is_shown_as_its_page_says(running: subprocess.Popen[bytes]) -> None:
    http, one = client("readKey")
    with http:
        until_all_are_online(http, one)
    output = answers(whole("one-gateway.md"), "sh")
    assert missing("one-gateway.md", output) == [], output
