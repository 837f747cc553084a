"""`muster up`: the local cloud with all that belongs to it, from one command to Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from fleet.aws import clients
from muster.home import HOME
from muster.local.alone import Taken, alone
from muster.local.calls import instructions
from muster.local.children import Child, Supervisor
from muster.local.deploy import DeployFailed, Deployment, deploy
from muster.local.feed import Feed, Tail
from muster.local.ministack import MiniStack, NotStarted
from muster.local.seed import SeededOrganization, SeedingFailed, seed
from muster.local.streams import POSITIONS, Stream
from muster.operator import environment

LOCAL = HOME / "local.json"
"""URLs, keys and gateways of the running local cloud, for scripts."""
WISHES = HOME / "wishes"
"""A named pipe: commands for simulated gateways and sensors, one a line."""
CLOUD_PORT = 4566
_MAIL_FROM = "muster@muster.example"
"""Who sends mails here. The local cloud shows them at /_ministack/ses/messages."""
_PATIENCE = 30.0
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_CLIENT = ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_EC2_METADATA_DISABLED")


class UpFailed(Exception):
    """A problem that the user can solve; the message says how."""


class _Interrupts:
    """Handles Ctrl-C and SIGTERM: the first raises KeyboardInterrupt, others do nothing while everything is being stopped."""

    def __init__(self) -> None:
        self.heeded = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._receive)

    def _receive(self, *_: object) -> None:
        if self.heeded:
            self.heeded = False
            raise KeyboardInterrupt


def main(*, port: int = 8080, data: Path | None = None, region: str = "eu-west-1") -> int:
    """Start everything, show what happens, and stop everything at Ctrl-C or SIGTERM. 1 when it cannot go on."""
    interrupts = _Interrupts()
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_alone())
            folder = stack.enter_context(_folder(data))
            try:
                _run(port, folder, region, stack, lasting=data is not None)
            finally:
                interrupts.heeded = False
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return 0
    except (UpFailed, NotStarted, DeployFailed, SeedingFailed) as error:
        print(f"muster: {error}", file=sys.stderr)
        return 1
    return 0


def _run(port: int, folder: Path, region: str, stack: contextlib.ExitStack, *, lasting: bool) -> None:
    """`stack` stops what was started, the last first. `lasting`: what the local cloud holds is saved in `folder`."""
    if not _free(port):
        raise UpFailed(f"port {port} is in use: choose another with `make up PORT=…` or `muster up --port …`")
    mini = None if os.environ.get("AWS_ENDPOINT_URL") else _cloud(folder, region, stack, lasting)
    os.environ.setdefault("AWS_DEFAULT_REGION", region)
    _tell("deploying tables, queues and buckets")
    deployment = deploy()
    settings = _settings(deployment)
    os.environ.update(settings)
    environment.resolve(None)
    environment.save({name: value for name, value in settings.items() if mini or name not in _CREDENTIALS})
    stack.callback(environment.discard)
    supervisor = Supervisor(_children(port, folder), _tell)
    stack.callback(supervisor.stop)
    _tell("starting the APIs and the workers")
    supervisor.start()
    base_url = f"http://127.0.0.1:{port}"
    _wait_for(port, supervisor)
    _tell("creating organizations, gateways and things, unless they are there")
    organizations = seed(base_url, folder)
    _write_local(base_url, settings, organizations)
    stack.callback(LOCAL.unlink, missing_ok=True)
    stack.enter_context(_pipe(WISHES))
    print(instructions(base_url, settings["AWS_ENDPOINT_URL"], WISHES, organizations), flush=True)
    answers = folder / "answers"
    files = [str(file) for file in (folder / "gateways.json", WISHES, answers, LOCAL)]
    simulator = Supervisor([_child("simulator", ["muster.local.simulator", *files], folder)], _tell)
    stack.callback(simulator.stop)
    simulator.start()
    _show(deployment, mini, (supervisor, simulator), Tail(answers))


def _show(deployment: Deployment, mini: MiniStack | None, supervisors: Sequence[Supervisor], answers: Tail) -> None:
    """Until interrupted: print fleet events and the simulator's answers, and restart children that die."""
    feed = Feed(Stream(deployment.outputs["FleetTableStreamArn"], only_new=True).read, _tell)
    while mini is None or mini.alive:
        for supervisor in supervisors:
            supervisor.restart_dead()
        feed.look()
        for answer in answers.new_lines():
            _tell(f"{WISHES.name}: {answer}")
        time.sleep(0.3)
    raise UpFailed(f"the local cloud has ended; its log is {mini.log}. With --data, what it saved last is there again when you start anew")


def _cloud(folder: Path, region: str, stack: contextlib.ExitStack, lasting: bool) -> MiniStack:
    cloud_port = CLOUD_PORT if _free(CLOUD_PORT) else _any_port()
    data = folder / "cloud" if lasting else None
    mini = MiniStack(port=cloud_port, region=region, log=folder / "ministack.log", data=data, positions=folder / "positions")
    stack.callback(_stop, mini)
    mini.start(_tell)
    os.environ.update(mini.credentials())
    clients.sesv2().create_email_identity(EmailIdentity=_MAIL_FROM)  # again where its state was loaded, which changes nothing
    return mini


def _stop(mini: MiniStack) -> None:
    """Stop the local cloud, and say what becomes of its state."""
    if running := mini.data is not None and mini.alive:
        _tell("saving what the local cloud holds")
    if not mini.stop(_tell) and running:
        raise UpFailed(f"the state was not saved: {mini.data} is as it was a few seconds before; look for the reason in {mini.log}")


def _settings(deployment: Deployment) -> dict[str, str]:
    """The environment of functions here: what AWS clients need, where the resources are, a limit that simulated gateways, which upload
    a log file twice a minute, do not reach, callbacks to this machine, and an address that mails are sent from.
    """
    passed_on = {name: os.environ[name] for name in (*_CLIENT, *_CREDENTIALS) if name in os.environ}
    here = {"UPLOAD_GRANTS": str(24 * 3600 // 5), "PRIVATE_HOSTS": "localhost", "MAIL_FROM": _MAIL_FROM}
    return passed_on | deployment.environment() | here


def _children(port: int, folder: Path) -> Iterator[Child]:
    yield _child("server", ["muster.local.server", "--port", str(port)], folder)
    yield _child("workers", ["muster.local.workers"], folder)


def _child(name: str, module: Sequence[str], folder: Path) -> Child:
    more = {POSITIONS: str(folder / "positions"), "PYTHONUNBUFFERED": "1"}
    return Child(name, [sys.executable, "-m", *module], {**os.environ, **more}, folder / "logs" / f"{name}.log")


def _wait_for(port: int, supervisor: Supervisor) -> None:
    end = time.monotonic() + _PATIENCE
    while _free(port):
        if time.monotonic() > end:
            raise UpFailed(f"the server does not start; its log is {supervisor.children[0].log}")
        supervisor.restart_dead()
        time.sleep(0.05)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Lock this folder: only one `muster up` at a time, since it has one set of files."""
    try:
        with alone(HOME / "up.lock"):
            yield
    except Taken as taken:
        raise UpFailed(f"`muster up` already runs in this folder{taken}: stop it first") from None


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The folder for state: `--data`, or a temporary folder that is deleted at the end."""
    if data is None and os.environ.get("AWS_ENDPOINT_URL"):
        data = HOME / "elsewhere"
    folder = data.resolve() if data else Path(tempfile.mkdtemp(prefix="up-", dir=HOME))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        yield folder
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _pipe(path: Path) -> Iterator[None]:
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_local(base_url: str, settings: Mapping[str, str], organizations: Sequence[SeededOrganization]) -> None:
    document = {
        "baseUrl": base_url,
        "awsEndpoint": settings["AWS_ENDPOINT_URL"],
        "region": settings["AWS_DEFAULT_REGION"],
        "queues": {"uplink": settings["UPLINK_QUEUE"]},
        "buckets": {"files": settings["FILES_BUCKET"]},
        "organizations": [asdict(one) for one in organizations],
    }
    environment.write_private(LOCAL, json.dumps(document, indent=2) + "\n")


def _tell(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)
