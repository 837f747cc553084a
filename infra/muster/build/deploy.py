"""`muster deploy`: build, then `sam deploy`, with the defaults of samconfig.toml."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from muster import build
from muster.home import HOME, ROOT
from muster.virtualenvs import prepare

_LOCK = Path(__file__).with_name("sam.lock")
_CONFIG = ROOT / "samconfig.toml"
_HELP = "name a profile in AWS_PROFILE, or sign in with the AWS CLI, and say where in AWS_REGION"


def main(*, stack: str, architecture: str, settings: Sequence[str], more: Sequence[str]) -> int:
    """Deploy to the account of the environment's credentials. `settings` are parameters as NAME=VALUE, `more` is passed on to sam.

    Enables the stack's termination protection. Returns 1 without credentials, before building.
    """
    try:
        account = boto3.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        print(f"muster: there are no AWS credentials that work ({str(error).rstrip('.')}): {_HELP}", file=sys.stderr)
        return 1
    print(f"To account {account}, as stack {stack}.", flush=True)
    built = build.build(architecture)
    print(build.summary(built), flush=True)
    code = subprocess.run(
        [str(_sam()), *_arguments(built.template, stack, architecture, settings, more)], env=_environment(), check=False
    ).returncode
    if code == 0:
        boto3.client("cloudformation").update_termination_protection(StackName=stack, EnableTerminationProtection=True)
        print(summary(stack))
    return code


def _sam() -> Path:
    """The SAM CLI, in a virtual environment of its own because its pins conflict with ours."""
    return prepare(HOME / "sam", _LOCK).with_name("sam")


def _environment() -> dict[str, str]:
    return {**os.environ, "SAM_CLI_TELEMETRY": "0"}


def _arguments(template: Path, stack: str, architecture: str, settings: Sequence[str], more: Sequence[str]) -> list[str]:
    """The arguments of sam. Parameters that are not set keep the value of the last deployment."""
    parameters = [f"Architecture={architecture}", *settings]
    where = ["--template-file", str(template), "--config-file", str(_CONFIG), "--stack-name", stack]
    return ["deploy", *where, "--parameter-overrides", *parameters, *more]


def summary(stack: str) -> str:
    """The next steps."""
    option = "" if stack == "muster" else f" --stack {stack}"
    return "\n".join(
        [
            "Deployed. The first organization, a key to WisDM's API and a token of WEGnology's:",
            f"  .venv/bin/muster organization create{option} --name Harbour --slug harbour",
            f"  .venv/bin/muster api-key create{option} --organization harbour --name first --access READ_ONLY --days 90",
            f"  .venv/bin/muster token create{option} --organization harbour --name first --scope all.Application.read --days 90",
        ]
    )
