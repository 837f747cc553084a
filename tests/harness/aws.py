"""An AWS in memory: what infra/data.yaml and infra/queues.yaml describe, under the names that functions get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from moto import mock_aws

from fleet import aws, device_crypto, envelope, keyed, objects
from tests.harness.template import resources

REGION: Literal["eu-west-1"] = "eu-west-1"


def variable(resource: str) -> str:
    """The environment variable that names a resource: FleetTable → FLEET_TABLE."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", resource).upper()


@contextmanager
def aws_in_memory(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A fresh AWS and the environment of a function in it, by variable name."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_DEFAULT_REGION", REGION)
    patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Muster")
    with mock_aws():
        environment = _environment()
        for name, value in environment.items():
            patch.setenv(name, value)
        forget()
        yield environment
    forget()


def forget() -> None:
    """Drop what functions keep of AWS between calls, as a new container would; clients stay, since making them is slow."""
    for module in (device_crypto, envelope, keyed, objects):
        module.forget()


def _environment() -> dict[str, str]:
    dynamodb, sqs = aws.dynamodb(), aws.sqs()
    for name in ("FleetTable", "SeriesTable"):
        properties: dict[str, Any] = resources("data")[name]["Properties"]
        wanted = {part: properties[part] for part in ("AttributeDefinitions", "KeySchema", "BillingMode")}
        stream = properties.get("StreamSpecification")
        dynamodb.create_table(TableName=name, **wanted, **({"StreamSpecification": stream | {"StreamEnabled": True}} if stream else {}))
    aws.s3().create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
    secrets = aws.secretsmanager()
    queues = [name for name, resource in resources("queues").items() if resource["Type"] == "AWS::SQS::Queue"]
    return {
        "FLEET_TABLE": "FleetTable",
        "SERIES_TABLE": "SeriesTable",
        "FILES_BUCKET": "files",
        # moto makes a slow RSA pair behind every key unless told otherwise; data keys are the same for all
        "FLEET_KEY": aws.kms().create_key(KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"],
        "ACCESS_SECRET": secrets.create_secret(Name="AccessSecret", SecretString="a" * 64)["ARN"],
        "UPLINK_SECRET": secrets.create_secret(Name="UplinkSecret", SecretString="u" * 64)["ARN"],
        "DOWNLOAD_ROLE": "",
        "DOWNLINK_PREFIX": "muster-down",
        **{variable(name): sqs.create_queue(QueueName=name)["QueueUrl"] for name in queues},
    }
