"""Deploys the data and queue templates through CloudFormation, to the local cloud or to AWS alike."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from muster.home import ROOT
from muster.operator.environment import variable

STACKS = ("queues", "data")
"""The templates in order of deployment: outputs of earlier ones are parameters of later ones."""
_PATIENCE = 900.0


class DeployFailed(Exception):
    """A stack could not be created or updated; the message holds CloudFormation's reasons."""


@dataclass(frozen=True)
class Deployment:
    """The outputs of the deployed stacks, by name."""

    prefix: str
    outputs: Mapping[str, str]

    def environment(self) -> dict[str, str]:
        """The functions' environment variables for resources: each logical name in upper snake case."""
        named = {variable(name): value for name, value in self.outputs.items() if not name.endswith("Arn")}
        return named | {"DOWNLINK_PREFIX": f"{self.prefix}-down", "DOWNLOAD_ROLE": "", "MEDIA_ROLE": "", "MAIL_FROM": ""}


def deploy(prefix: str = "muster") -> Deployment:
    """Create or update the stacks with this prefix, at the endpoint and with the credentials of the environment."""
    cloudformation = boto3.client("cloudformation")
    outputs: dict[str, str] = {}
    for stack in STACKS:
        body = (ROOT / "infra" / f"{stack}.yaml").read_text()
        declared = cloudformation.get_template_summary(TemplateBody=body).get("Parameters", [])
        values = outputs | {"Prefix": prefix}
        parameters = [{"ParameterKey": name, "ParameterValue": values[name]} for one in declared if (name := one["ParameterKey"]) in values]
        outputs |= apply(cloudformation, f"{prefix}-{stack}", {"TemplateBody": body, "Parameters": parameters})
    return Deployment(prefix, outputs)


def apply(cloudformation: Any, stack: str, wanted: Mapping[str, Any]) -> dict[str, str]:
    try:
        cloudformation.describe_stacks(StackName=stack)
    except ClientError:
        cloudformation.create_stack(StackName=stack, **wanted)
    else:
        try:
            cloudformation.update_stack(StackName=stack, **wanted)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise DeployFailed(f"{stack}: {error}") from error
    return _wait(cloudformation, stack)


def _wait(cloudformation: Any, stack: str) -> dict[str, str]:
    """Wait until the stack is stable; returns its outputs."""
    end, pause = time.monotonic() + _PATIENCE, 0.05
    while True:
        state = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        status = state["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        if time.monotonic() > end:
            raise DeployFailed(f"{stack} is still {status}")
        time.sleep(pause)
        pause = min(3.0, pause * 1.5)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeployFailed(f"{stack} is {status}: {_reasons(cloudformation, stack)}")
    return {output["OutputKey"]: output["OutputValue"] for output in state.get("Outputs", [])}


def _reasons(cloudformation: Any, stack: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed[::-1])
