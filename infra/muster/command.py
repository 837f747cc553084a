"""The operator's command, `muster`. Each subcommand imports what it needs when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.words import dotted
from fleet.errors import FleetError, Invalid
from muster.operator import (
    device_options,
    doctor_options,
    job_options,
    options,
    outbox_options,
    people_options,
    secret_options,
    thingsee_options,
    token_options,
)

REFUSED, MISUSED = 1, 2
"""Exit status when the command cannot be carried out."""
_UNREADABLE = "For devices, their rows, groups and locations run `muster doctor registry`; put back anything else from a backup"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand. A failure prints one line on standard error that says what to do next."""
    from botocore.exceptions import BotoCoreError, ClientError

    parsed = _parser().parse_args(arguments)
    try:
        if hasattr(parsed, "stack"):
            _resolve_environment(parsed.stack)
        code: int = parsed.run(parsed)
    except Invalid as error:
        return _refuse("; ".join(f"--{dotted(problem)} {problem.message}" for problem in error.details) or error.message, MISUSED)
    except FleetError as error:
        return _refuse(error.message, REFUSED)
    except (KeyError, ValueError) as error:
        if not (keys := getattr(error, "__notes__", [])):
            raise
        return _refuse(f"{keys[0]} holds what cannot be read. {_UNREADABLE}", REFUSED)
    except (BotoCoreError, ClientError) as error:
        reason = str(error).rstrip(".")
        return _refuse(
            f"{reason}. Start the local cloud with `make up`, or check the credentials, the region and AWS_ENDPOINT_URL", REFUSED
        )
    return code


def _refuse(message: str, code: int) -> int:
    print(f"muster: {' '.join(message.split())}", file=sys.stderr)
    return code


def _resolve_environment(stack: str | None) -> None:
    from muster.operator import environment

    environment.resolve(stack)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="muster", description="Operates a Muster deployment, on AWS or on the local cloud.")
    nouns = parser.add_subparsers(required=True, metavar="command")
    people_options.add(nouns)
    options.add(nouns)
    thingsee_options.add(nouns)
    device_options.add(nouns)
    doctor_options.add(nouns)
    outbox_options.add(nouns)
    job_options.add(nouns)
    secret_options.add(nouns)
    token_options.add(nouns)
    _simulate(nouns)
    _up(nouns)
    _generate(nouns)
    _route(nouns)
    _worker(nouns)
    _build(nouns)
    _deploy(nouns)
    _rehearse(nouns)
    return parser


def _simulate(nouns: Any) -> None:
    summary = "simulate gateways: they send reports and carry out commands"
    parser = nouns.add_parser(
        "simulate",
        help=summary,
        description=f"{summary}. Reads control commands from standard input: gasp SN, offline SN, online SN, syslog SN.",
    )
    parser.add_argument("--sn", action="append", default=[], help="a gateway of the key file (default: all of them)")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="the file with their keys (default: .muster/gateways.json)")
    parser.add_argument("--interval", type=float, default=10, metavar="SECONDS", help="between status reports (default 10)")
    parser.add_argument("--syslog-every", type=float, metavar="SECONDS", help="between uploads of a log (default: none)")
    parser.add_argument("--exec", dest="execute", action="store_true", help="execute the commands of the allow-list on this machine")
    parser.set_defaults(run=_run_simulate)


def _run_simulate(parsed: argparse.Namespace) -> int:
    from muster.operator import environment, keyring
    from muster.simulate import simulation

    environment.use_local_cloud()
    identities = keyring.load(parsed.keys or keyring.STORE, parsed.sn)
    return simulation.run(identities, interval=parsed.interval, syslog_every=parsed.syslog_every, execute_commands=parsed.execute)


def _up(nouns: Any) -> None:
    parser = nouns.add_parser("up", help="start the local cloud, the APIs, the workers and simulated gateways; Ctrl-C stops them")
    parser.add_argument("--port", type=_port, default=8080, help="where the APIs are served (default 8080)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the state there across restarts")
    parser.add_argument("--region", default="eu-west-1")
    parser.set_defaults(run=_run_up)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError("must be a port, 1 to 65535")
    return int(text)


def _run_up(parsed: argparse.Namespace) -> int:
    from muster import up

    return up.main(port=parsed.port, data=parsed.data, region=parsed.region)


def _generate(nouns: Any) -> None:
    parser = nouns.add_parser("generate", help="generate templates, OpenAPI and docs/routes.md from the routes' declarations")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail when a file is stale")
    parser.set_defaults(run=_run_generate)


def _run_generate(parsed: argparse.Namespace) -> int:
    from muster import generate

    return generate.main(check=parsed.check)


def _route(nouns: Any) -> None:
    parser = nouns.add_parser("route", help="create a route: its file, and a test that fails until both are filled in")
    for name, example in (("dialect", "wisdm"), ("name", "gateway/echo"), ("method", "GET"), ("url", "/v4/gateway/{sn}/echo")):
        parser.add_argument(name, help=f"like {example}")
    parser.set_defaults(run=_run_route)


def _run_route(parsed: argparse.Namespace) -> int:
    from muster import scaffold

    return scaffold.main(dialect=parsed.dialect, name=parsed.name, method=parsed.method, url=parsed.url)


def _worker(nouns: Any) -> None:
    parser = nouns.add_parser("worker", help="run workers of the local cloud")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a worker (default: all of them)")
    parser.set_defaults(run=_run_worker)


def _run_worker(parsed: argparse.Namespace) -> int:
    from muster.local import workers

    return workers.main(parsed.names)


def _build(nouns: Any) -> None:
    parser = nouns.add_parser("build", help="build the deployed packages: layers, functions, templates")
    _architecture(parser)
    parser.add_argument("--package", metavar="NAME", help="unpack only this one, with --into")
    parser.add_argument("--into", type=Path, metavar="DIR")
    parser.set_defaults(run=_run_build)


def _architecture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), default="arm64", help="of the functions (default arm64)")


def _run_build(parsed: argparse.Namespace) -> int:
    from muster import build

    return build.main(parsed.architecture, parsed.package, parsed.into)


def _deploy(nouns: Any) -> None:
    parser = nouns.add_parser("deploy", help="build, and deploy to the AWS account of the current credentials")
    _architecture(parser)
    parser.add_argument("--name", default="muster", metavar="STACK", help="of the stack (default muster)")
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="NAME=VALUE", help="a parameter of template.yaml")
    parser.add_argument("more", nargs="*", help="after --, further options of sam deploy")
    parser.set_defaults(run=_run_deploy)


def _run_deploy(parsed: argparse.Namespace) -> int:
    from muster.build import deploy

    return deploy.main(stack=parsed.name, architecture=parsed.architecture, settings=parsed.settings, more=parsed.more)


def _rehearse(nouns: Any) -> None:
    parser = nouns.add_parser(
        "rehearse", help="deploy to a local cloud that enforces permissions, call everything, compare used with granted permissions"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs and the ledger")
    parser.add_argument(
        "--api", action="append", default=[], dest="apis", metavar="NAME", help="call only the routes of this API (default: all)"
    )
    parser.set_defaults(run=_run_rehearse)


def _run_rehearse(parsed: argparse.Namespace) -> int:
    from muster import rehearse

    return rehearse.main(keep=parsed.keep, apis=parsed.apis)
