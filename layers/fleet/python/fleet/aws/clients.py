"""The only place that knows boto3: settings of the environment, and clients, each made once and when first used."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fleet.build import commit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sts.client import STSClient


CONNECTIONS = 10
"""Requests that a client has under way at once: it keeps as many connections, and would open and close one for each beyond."""


def setting(name: str) -> str:
    """A variable that the template gives this function. KeyError names the one that is missing."""
    return os.environ[name]


def number(name: str, otherwise: int) -> int:
    """A number that the template may give this function, or the one that is meant otherwise."""
    return int(os.environ.get(name, otherwise))


def names(name: str) -> frozenset[str]:
    """The names in a variable, divided by commas, in lower case: none where it is empty, or not there."""
    return frozenset(part.strip().lower() for part in os.environ.get(name, "").split(",")) - {""}


@functools.cache
def session() -> Any:
    """The boto3 session of all clients. Its events tell observers what is asked of AWS."""
    import boto3

    return boto3.session.Session()


def _make(service: str, *, patience: float = 5, attempts: int = 3, credentials: Mapping[str, str] | None = None) -> Any:
    """A client that gives up on a silent endpoint well within a route's time, and repeats what may be repeated.

    `patience` is how many seconds it waits for an answer, `attempts` how often it sends a request at most.

    Path-style S3 addresses work for every endpoint; a regional S3 signature outlives redirects. Without a `user_agent` of
    ours botocore composes one twice for each request, which takes a quarter of the request's CPU.
    """
    from botocore.config import Config

    config = Config(
        user_agent=f"muster/{commit()}",
        connect_timeout=min(1, patience),
        read_timeout=patience,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"addressing_style": "path"},
        signature_version="s3v4" if service == "s3" else None,
    )
    return session().client(service, config=config, **(credentials or {}))


@functools.cache
def _client(service: str) -> Any:
    return _make(service)


def dynamodb() -> DynamoDBClient:
    client: DynamoDBClient = _client("dynamodb")
    return client


@functools.cache
def dynamodb_in_passing() -> DynamoDBClient:
    """A client for what nobody may have to wait for: it sends a request once, and has given up after a second."""
    client: DynamoDBClient = _make("dynamodb", patience=0.5, attempts=1)
    return client


def failures() -> tuple[type[Exception], ...]:
    """What clients raise: a request was refused, or did not get through."""
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError


def reason(error: Exception) -> str:
    """Why a client raised this: the code of AWS, or the kind of error."""
    answer: Mapping[str, Any] = getattr(error, "response", None) or {}
    return str(answer.get("Error", {}).get("Code") or type(error).__name__)


def kms() -> KMSClient:
    client: KMSClient = _client("kms")
    return client


def s3(**credentials: str) -> S3Client:
    """The S3 client; with credentials, a new one that signs with them."""
    client: S3Client = _make("s3", credentials=credentials) if credentials else _client("s3")
    return client


def secretsmanager() -> SecretsManagerClient:
    client: SecretsManagerClient = _client("secretsmanager")
    return client


@functools.cache
def sesv2() -> Any:
    """The client of SES. It sends a request once: one that is repeated after its answer is lost is a second mail."""
    return _make("sesv2", attempts=1)


def sqs() -> SQSClient:
    client: SQSClient = _client("sqs")
    return client


def sts() -> STSClient:
    client: STSClient = _client("sts")
    return client


def forget() -> None:
    """Drop the session and every client: for tests and tools that change credentials or endpoints."""
    _client.cache_clear()
    dynamodb_in_passing.cache_clear()
    sesv2.cache_clear()
    session.cache_clear()
