"""`muster rehearse`: deploys the built packages to a local cloud that enforces permissions.

The built packages and the real root template are deployed, updated, and called: every route through the gateway, every
worker by its source. Then what each role used is held against what it was granted.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.entry import Entry
from muster import build, generate, virtualenvs
from muster.build import bytecode
from muster.entries import routes_of
from muster.generate.collect import collect
from muster.generate.model import Api, Project
from muster.home import HOME, ROOT
from muster.local.deploy import DeployFailed
from muster.local.ministack import MiniStack, NotStarted
from muster.operator import environment, organization
from muster.rehearse import jobs, ledger, probe, report, workers
from muster.rehearse.applications import Applications
from muster.rehearse.client import Client
from muster.rehearse.files import Files
from muster.rehearse.gateways import Gateways
from muster.rehearse.stack import ArtifactBucket, deploy_stack
from muster.rehearse.things import Things
from muster.rehearse.walk import Row, Walk, undeclared_requests
from muster.rehearse.world import PreconditionFailed, World

PREFIX, REGION, STAGE = "rehearsal", "eu-west-1", "live"
_REPAIRS = ("deploy", "functions", "gateway", "leading_keys", "mails", "permissions", "streams")
_MOST_WORKERS = 40
_GRACE = 10.0
_OLD, _NEW = {"LogRetentionDays": "7"}, {"LogRetentionDays": "14"}
"""Parameters of the stack at creation, and after the update."""


_LEDGER, _FAILURES = "ledger.jsonl", "failures.jsonl"


@dataclass(frozen=True)
class Stage:
    """A rehearsal's cloud, and the folder for its output."""

    cloud: MiniStack
    folder: Path


def main(keep: bool = False, apis: Sequence[str] = ()) -> int:
    """Rehearse all APIs, or the named ones, and print the report. 1 when a route, worker or grant differs from its declaration."""
    started = time.monotonic()
    if generate.main(check=True):
        return 1
    try:
        with _stage(keep) as stage:
            rows, lines = _rehearse(stage, _select(collect(ROOT), apis))
    except (NotStarted, DeployFailed, bytecode.NoInterpreter) as error:
        print(f"muster: {error}", file=sys.stderr)
        return 1
    print(report.table(rows))
    print(f"\n{len(rows)} rows in {time.monotonic() - started:.0f} s. " + ("Nothing is wrong." if not lines else "What is wrong:"))
    print("".join(f"  {line}\n" for line in lines), end="")
    return 1 if lines else 0


def _select(project: Project, apis: Sequence[str]) -> Project:
    """The whole project, or the chosen APIs without workers, which could not use all their grants."""
    return Project([api for api in project.apis if api.name in apis], []) if apis else project


def _rehearse(stage: Stage, project: Project) -> tuple[list[Row], list[str]]:
    _deploy(stage)
    outputs = environment.of_stack(PREFIX)
    os.environ.update(outputs)
    base_url = f"{stage.cloud.endpoint}/_aws/execute-api/{outputs['API_ID']}/{STAGE}"
    stuck: list[str] = []
    with contextlib.ExitStack() as cleanup:
        gateways = _simulate_gateways(base_url, stuck, cleanup)
        rows = [row for api in project.apis for row in _walk(_world(api, gateways, base_url, stuck), api, stuck)]
        with _record_failures(stuck):
            workers.forge(gateways)
            workers.change_at_gateway(gateways)
            workers.expire(gateways)
            workers.relay(gateways, project.workers)
            workers.deliver(gateways)
            workers.directory_folded(gateways)
            workers.call_seldom(PREFIX, project.workers)
    rows += [_log(row) for row in workers.rows(PREFIX, project.workers)]
    wrong = [*stuck, *report.troubles(rows, _reasons(stage, project)), *_findings(stage, project, outputs)]
    return rows, [*wrong, *_probe(gateways, project)]


def _probe(gateways: Gateways, project: Project) -> list[str]:
    """Probe what is enforced, if the route is deployed. It comes last: what it denies is meant to be."""
    functions = [each.function for api in project.apis for each in api.routes if each.route.name == probe.ROUTE]
    return [line for each in functions for line in probe.differences(gateways, f"{PREFIX}-{each.deployed_name}")]


def _simulate_gateways(base_url: str, stuck: list[str], cleanup: contextlib.ExitStack) -> Gateways:
    """Start the simulated gateways for all APIs; `cleanup` stops them."""
    owner = organization.create("Rehearsal", "rehearsal").id
    gateways = Gateways(Client(base_url), _entries("wisdm"), owner)
    cleanup.callback(gateways.simulation.stop)
    with _record_failures(stuck):
        gateways.prepare()
    workers.age(gateways)
    workers.change_directory()
    return gateways


def _world(api: Api, gateways: Gateways, base_url: str, stuck: list[str]) -> World:
    if api.name == "wisdm":
        return gateways
    client, entries = Client(base_url), _entries(api.name)
    world = World(client, entries)
    match api.name:
        case "thingsee":
            world = Things(client, entries, gateways.owner, gateways.identity)
        case "wegnology":
            world = Applications(client, entries, gateways)
        case "media":
            world = Files(client, entries)
    with _record_failures(stuck):
        world.prepare()
    return world


def _entries(api: str) -> dict[str, Entry]:
    return {entry.route.name: entry for entry in routes_of(api).values()}


def _walk(world: World, api: Api, stuck: list[str]) -> Iterator[Row]:
    yield from map(_log, Walk(world, list(world.routes.values())).rows())
    yield from map(_log, undeclared_requests(world, api))
    with _record_failures(stuck):
        world.end()


@contextlib.contextmanager
def _record_failures(stuck: list[str]) -> Iterator[None]:
    """Record a failed precondition and continue."""
    try:
        yield
    except PreconditionFailed as error:
        stuck.append(str(error))


def _log(row: Row) -> Row:
    print(f"  {row.name} {'FAILED' if row.trouble else 'ok'}", flush=True)
    return row


def _deploy(stage: Stage) -> None:
    """Create the stack of the root template, then update it. Raises DeployFailed when the update does not reach every function."""
    built = build.build(architecture())
    print(build.summary(built), flush=True)
    bucket = ArtifactBucket(f"{PREFIX}-artifacts", stage.cloud.endpoint)
    parameters = {"Prefix": PREFIX, "Stage": STAGE, "Architecture": architecture(), "GatewayLogRole": "keep", **jobs.SETTINGS}
    for verb, change in (("Created", _OLD), ("Updated", _NEW)):
        started = time.monotonic()
        deploy_stack(PREFIX, bucket, built.template, {**parameters, **change})
        print(f"{verb} the stack in {time.monotonic() - started:.1f} s", flush=True)
    retention = {group["logGroupName"]: group.get("retentionInDays") for group in workers.groups(PREFIX)}
    if set(retention.values()) != {int(_NEW["LogRetentionDays"])}:
        raise DeployFailed(f"the update has not reached every log group: {retention}")


def _findings(stage: Stage, project: Project, outputs: Mapping[str, str]) -> Iterator[str]:
    functions = {f"{PREFIX}-{function.deployed_name}": function.name for api in project.apis for function in api.functions}
    functions |= {f"{PREFIX}-{each.function.deployed_name}": each.function.name for each in project.workers}
    signers = {"DOWNLOAD_ROLE": "the role that signs downloads", "MEDIA_ROLE": "the role that signs what links lead to"}
    others = {outputs[name].rpartition("/")[2]: purpose for name, purpose in signers.items()} if project.workers else {}
    for finding in ledger.findings_by_name(ledger.read(stage.folder / _LEDGER), functions, others, outputs["STREAM_DEAD_LETTERS_ARN"]):
        yield f"{finding.function}: {finding.text}"


def _reasons(stage: Stage, project: Project) -> dict[str, Sequence[str]]:
    """The reasons of failures, by the name of route or worker."""
    failures = report.failures(stage.folder / _FAILURES)
    found: dict[str, Sequence[str]] = {}
    functions = [function for api in project.apis for function in api.functions] + [each.function for each in project.workers]
    for function in functions:
        deployed = f"{PREFIX}-{function.deployed_name}"
        found[function.name] = [*failures.get(deployed, ()), *report.reasons(workers.log(deployed))]
    return found


@contextlib.contextmanager
def _stage(keep: bool) -> Iterator[Stage]:
    """A new cloud, and this process's environment as its owner; both are removed afterwards."""
    HOME.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=HOME))
    (folder / "tmp").mkdir()
    stage = Stage(MiniStack(port=_free_port(), region=REGION, log=folder / "ministack.log", more=_settings(folder)), folder)
    try:
        stage.cloud.start()
        os.environ.update(stage.cloud.credentials())
        yield stage
    finally:
        stage.cloud.stop()
        _end(stage.cloud)
        if keep:
            print(f"Kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _end(cloud: MiniStack) -> None:
    """Wait for the processes of functions, which are in the cloud's process group; kill those that do not end."""
    group = cloud.child.process.pid if cloud.child and cloud.child.process else None
    end = time.monotonic() + _GRACE
    with contextlib.suppress(ProcessLookupError):
        while group is not None:
            os.killpg(group, signal.SIGKILL if time.monotonic() > end else 0)
            time.sleep(0.1)


def _settings(folder: Path) -> dict[str, str]:
    """The settings of the cloud's launcher."""
    return {
        "REPAIRS": " ".join(_REPAIRS),
        "LAMBDA_PYTHON": bare_python(),
        "MAX_WORKERS": str(_MOST_WORKERS),
        "FAILURES": str(folder / _FAILURES),
        "LEDGER": str(folder / _LEDGER),
        "TMPDIR": str(folder / "tmp"),
    }


def architecture() -> str:
    """This machine's architecture in Lambda's terms: functions must run here."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def bare_python(folder: Path = HOME / "bare") -> str:
    """A Python of Lambda's version without packages: functions' imports must come from their layers."""
    python = folder / "bin" / "python"
    if not python.exists():
        virtualenvs.uv("venv", "--clear", "--python", bytecode.interpreter(), str(folder))
    return str(python)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
