"""A local cloud that enforces policies as a rehearsal's does, and roles in it. There is no table: who may do something is told so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from muster.local.ministack import MiniStack
from tests.cloud.conftest import free_port

REGION = "eu-west-1"
TABLE = f"arn:aws:dynamodb:{REGION}:000000000000:table/"
_TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
_TABLES = re.compile(r"\$\{(FleetTable|SeriesTable)Arn\}")
_CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@contextmanager
def enforcing(folder: Path) -> Iterator[Path]:
    """Start the cloud, with the environment of its owner in this process; yields its ledger."""
    ledger = folder / "ledger.jsonl"
    more = {"REPAIRS": "leading_keys permissions", "LEDGER": str(ledger)}
    mini = MiniStack(port=free_port(), region=REGION, log=folder / "ministack.log", more=more)
    try:
        mini.start()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in mini.credentials().items():
                patch.setenv(name, value)
            yield ledger
    finally:
        mini.stop()


class Role:
    """A role with one policy, and a session of it."""

    def __init__(self, name: str, statements: Sequence[Mapping[str, Any]]) -> None:
        self.name = name
        arn = boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
        if statements:
            self.grant(statements)
        session = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        self._credentials = {
            "aws_access_key_id": session["AccessKeyId"],
            "aws_secret_access_key": session["SecretAccessKey"],
            "aws_session_token": session["SessionToken"],
        }

    def grant(self, statements: Sequence[Mapping[str, Any]]) -> None:
        """Put a policy in place of the one that it has; a policy has at least one statement, so without any there is none."""
        if not statements:
            boto3.client("iam").delete_role_policy(RoleName=self.name, PolicyName="grants")
            return
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        boto3.client("iam").put_role_policy(RoleName=self.name, PolicyName="grants", PolicyDocument=document)

    def may(self, operation: str, request: Mapping[str, Any]) -> bool:
        """Whether a request to DynamoDB is allowed; what else may be wrong with it is for DynamoDB to say."""
        try:
            getattr(self._dynamodb, xform_name(operation))(**request)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise
            return error.response["Error"]["Code"] != "AccessDeniedException"
        return True

    @cached_property
    def _dynamodb(self) -> Any:
        return boto3.client("dynamodb", config=_CONFIG, **self._credentials)


def on_tables(statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The statements of a generated role that are about tables, with the tables' ARNs here."""
    about = [each for each in statements if _TABLES.search(str(each["Resource"]))]
    return [{**each, "Resource": _TABLES.sub(lambda found: TABLE + found[1], each["Resource"]["Fn::Sub"])} for each in about]
