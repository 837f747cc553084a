"""A job about half of a thousand devices, whose worker is killed twice in the middle of a step: each device is changed once."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.jobs.job import Job
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from muster.local.children import Child
from muster.local.streams import POSITIONS
from tests.cloud.conftest import Cloud, free_port, running
from tests.cloud.halting import AFTER, BEFORE
from tests.cloud.many_devices import settle, stored
from tests.harness import jobs
from tests.harness.fleet import Fleet
from tests.harness.sizes import size
from tests.harness.wegnology_world import WegnologyWorld
from tests.operator.console import Console

pytestmark = pytest.mark.cloud

DEVICES, SYNC_LIMIT = size(1_000, 10_000), 100
RETURNS_AFTER = 3
"""The queue's visibility timeout in seconds: much less than the 360 that are deployed, so that the test is short."""
WORKERS = ("outbox_relay", "job_step", "directory_fold")
PATIENCE = size(60.0, 300.0)
"""Seconds in which whatever is waited for has to come, on a machine that does other work too."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(Cloud(tmp_path_factory.mktemp("cloud"), lasting=False)) as started:
        yield started


@dataclass(frozen=True)
class Api:
    """The API of an application over HTTP."""

    world: WegnologyWorld
    http: httpx.Client

    def patch(self, body: Any) -> str:
        """Patch devices, by a job; its id."""
        answer = self.http.patch(self._path, json=body)
        assert answer.status_code == 202, answer.text
        assert answer.json() == {"success": True, "jobQueued": True, "jobId": answer.json()["jobId"]}
        return str(answer.json()["jobId"])

    def count(self, query: Any) -> int:
        """The number of devices that a query means."""
        answer = self.http.get(self._path, params={"query": json.dumps(query), "perPage": 1})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["totalCount"])

    @property
    def _path(self) -> str:
        return f"/applications/{self.world.organization.id}/devices"


@pytest.fixture
def api(cloud: Cloud, tmp_path: Path) -> Iterator[Api]:
    world, port = WegnologyWorld.of(Fleet()), free_port()
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=world.bearer(), timeout=30)
    with child(tmp_path, "muster.local.server", "--port", str(port)), client as http:
        until(lambda: answers(http), tmp_path)
        yield Api(world, http)


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/").status_code > 0
    except httpx.ConnectError:
        return False


@contextmanager
def child(folder: Path, module: str, *arguments: str) -> Iterator[Child]:
    """A process of the local cloud, with its log in the folder, until the end of the block at most."""
    here = {"WEGNOLOGY_SYNC_LIMIT": str(SYNC_LIMIT), "POWERTOOLS_METRICS_NAMESPACE": "Muster", POSITIONS: str(folder / "positions")}
    made = Child(module, [sys.executable, "-m", module, *arguments], {**os.environ, **here}, folder / "log")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def until(true: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, (folder / "log").read_text()[-4000:]
        time.sleep(0.02)


def killed_in(step: int, where: str, id: str, folder: Path) -> Job:
    """Start workers, and kill them with `kill -9` in this step of the job; the job as it is then."""
    told = folder / f"{where} step {step}"
    with child(folder, "tests.cloud.halting_worker", str(step), where, str(told), *WORKERS) as worker:
        until(told.exists, folder)
        assert worker.process is not None
        assert worker.alive
        os.kill(worker.process.pid, signal.SIGKILL)
        assert worker.wait(10)
        assert worker.status == -signal.SIGKILL
    return jobs.job(id)


def test_each_device_is_changed_once_although_the_worker_is_killed_twice_in_the_middle_of_a_step(
    api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What they are changed in is what they are selected by, so that a call that goes on finds others than the first."""
    clients.sqs().set_queue_attributes(QueueUrl=os.environ["JOBS_QUEUE"], Attributes={"VisibilityTimeout": str(RETURNS_AFTER)})
    halls = [
        {"name": f"Pump {number}", "tags": [{"key": "hall", "value": "north" if number % 2 else "south"}]} for number in range(DEVICES)
    ]
    devices = settle(api.world.organization.id, halls)
    moved = [device for device in devices if device.tags[0].value == "north"]
    assert (api.count({"tags": {"hall": "north"}}), len(moved)) == (DEVICES // 2, DEVICES // 2)
    id = api.patch({"query": {"tags": {"hall": "north"}}, "updateFields": {"tags": [{"key": "hall", "value": "east"}]}})
    assert jobs.job(id).state == "queued"

    first = killed_in(4, BEFORE, id, tmp_path)
    assert (first.state, first.steps) == ("running", 3), "the fourth step was not carried out"
    second = killed_in(9, AFTER, id, tmp_path)
    assert (second.state, second.steps) == ("running", 9), "the ninth step was carried out, by a worker that did not live to know"
    assert 0 < first.counts["updated"] < second.counts["updated"] < DEVICES // 2
    assert first.cursor < second.cursor
    with child(tmp_path, "muster.local.workers", *WORKERS):
        until(lambda: not jobs.job(id).open, tmp_path)

    shown = Console(capsys)("job", "show", "--job", id, "--json").json
    assert [(each["state"], each["counts"]) for each in shown] == [("completed", {"updated": DEVICES // 2})]
    assert jobs.job(id).output == {"updated": DEVICES // 2, "failed": 0, "skipped": 0}
    check_each_was_changed_once(devices, moved)
    assert [api.count({"tags": {"hall": hall}}) for hall in ("north", "east", "south")] == [0, DEVICES // 2, DEVICES // 2]
    entries = [json.loads(line) for line in jobs.exported(id).splitlines()]
    assert [(entry["id"], entry["status"]) for entry in entries] == [(device.id, "updated") for device in moved]
    assert jobs.log(id) == entries


def check_each_was_changed_once(devices: list[Device], moved: list[Device]) -> None:
    """Those that were to be moved have the next version and all others their first, also in the directory."""
    ids = [device.id for device in devices]
    wanted = {device.id: 1 for device in devices} | {device.id: 2 for device in moved}
    assert {id: device.version for id, device in stored(ids).items()} == wanted
    rows = Devices.all_there(EVERYWHERE, devices[0].organization)
    assert Counter((row.id, row.version) for row in rows) == Counter(wanted.items())
