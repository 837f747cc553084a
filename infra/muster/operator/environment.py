"""Finds the deployment that an operator's command works on, and takes over the environment of its functions."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from fleet.aws import clients, device_crypto, objects, secret
from fleet.errors import FleetError
from fleet.tenancy import encryption
from muster.home import HOME

LOCAL = HOME / "environment.json"
"""What `muster up` writes while it runs: a flat JSON object of environment variables."""
STACK = "muster"
REQUIRED = (
    "FLEET_TABLE",
    "FLEET_KEY",
    "CREDENTIAL_SECRET",
    "LINK_SECRET",
    "PAGING_SECRET",
    "SIGN_IN_SECRET",
    "UPLINK_SECRET",
    "UPLINK_QUEUE",
    "DOWNLINK_PREFIX",
)


class NoFleet(FleetError):
    """The local cloud is not running: start it with `make up`. Nor is a stack `muster` deployed: `make deploy`, or name one with --stack"""


def resolve(stack: str | None, file: Path = LOCAL) -> None:
    """Set this process's environment to that of a function.

    The order: the named stack; variables that are already set; the running local cloud; the stack that `make deploy`
    creates. Raises NoFleet when there is none, or variables are missing.
    """
    if stack is None and REQUIRED[0] not in os.environ:
        _apply(json.loads(file.read_text()) if file.exists() else _outputs(None))
    elif stack is not None:
        _apply(_outputs(stack))
    missing = [name for name in REQUIRED if name not in os.environ]
    if missing:
        raise NoFleet(f"Not all of a Muster is here, {', '.join(missing)} is missing: deploy it again, or name its stack with --stack")


def _outputs(stack: str | None) -> dict[str, str]:
    """The variables of the named stack, or of the one that `make deploy` creates. NoFleet says what to do where there is none."""
    try:
        return of_stack(stack or STACK)
    except NoFleet:
        if stack is None:
            raise NoFleet from None
        raise
    except (BotoCoreError, ClientError) as error:
        reason = str(error).rstrip(".")
    if stack is None:
        raise NoFleet(
            "The local cloud is not running: start it with `make up`. For a deployed Muster, check the credentials and the region, "
            f"and name its stack with --stack ({reason})"
        )
    raise NoFleet(
        f"The stack {stack} cannot be found ({reason}): check its name, the credentials and the region, "
        "or leave --stack out to use the local cloud of `make up`"
    )


def _apply(variables: Mapping[str, str]) -> None:
    """Set these variables, and drop clients and secrets that were cached under other values."""
    changed = {name for name, value in variables.items() if os.environ.get(name) != value}
    os.environ.update(variables)
    if any(name.startswith("AWS_") for name in changed):
        clients.forget()
    if changed:
        for module in (device_crypto, encryption, objects, secret):
            module.forget()


def use_local_cloud(file: Path = LOCAL) -> None:
    """Use the endpoint and credentials of the running local cloud, unless others are set: enough for a simulated gateway."""
    if "AWS_ENDPOINT_URL" not in os.environ and REQUIRED[0] not in os.environ and file.exists():
        _apply({name: value for name, value in json.loads(file.read_text()).items() if name.startswith("AWS_")})


def save(variables: Mapping[str, str], file: Path = LOCAL) -> None:
    """Let commands in other terminals find the local cloud. Only the owner can read the file."""
    write_private(file, json.dumps(dict(variables), indent=2, sort_keys=True))


def discard(file: Path = LOCAL) -> None:
    """Remove the file: the local cloud has stopped."""
    file.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def variable(output: str) -> str:
    """The environment variable for an output of a stack: FleetTable → FLEET_TABLE."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", output).upper()


def of_stack(name: str) -> dict[str, str]:
    """The outputs of a stack and its nested stacks, as environment variables. Raises NoFleet when there is no such stack."""
    client = clients.session().client("cloudformation")
    try:
        stacks = [_describe(client, name), *(_describe(client, nested) for nested in _nested_stacks(client, name))]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise NoFleet(f"There is no stack {name}: name another with --stack, or leave it out to use the local cloud of `make up`") from None
    prefix = next(
        (parameter["ParameterValue"] for parameter in stacks[0].get("Parameters", []) if parameter["ParameterKey"] == "Prefix"), name
    )
    outputs = {variable(out["OutputKey"]): out["OutputValue"] for stack in stacks for out in stack.get("Outputs", [])}
    return {"DOWNLINK_PREFIX": f"{prefix}-down", "DOWNLOAD_ROLE": "", "MEDIA_ROLE": "", **outputs}


def _describe(client: Any, name: str) -> Any:
    return client.describe_stacks(StackName=name)["Stacks"][0]


def _nested_stacks(client: Any, name: str) -> Iterator[str]:
    for page in client.get_paginator("list_stack_resources").paginate(StackName=name):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::CloudFormation::Stack" and "PhysicalResourceId" in resource:
                yield resource["PhysicalResourceId"]
