"""The AWS clients of a process that calls handlers in several threads."""

from __future__ import annotations

from fleet.aws import clients


def make() -> None:
    """Make the clients that handlers share before any thread is started: boto3 cannot make two at the same time safely."""
    for client in (clients.dynamodb, clients.sqs, clients.s3, clients.kms, clients.secretsmanager):
        client()
